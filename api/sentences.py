"""Sentences with values in them, in the language of the answer, whoever wrote them and whenever they were stored.

A reason that a crawl gave last year, the title of a duty, a refusal of a room: each is English text that was made of a pattern. The
catalogue holds the patterns (`{lost} of {rows} rows could not be read`); the one that fits says which words are values, and
they are put into its translation. So rows need no code beside their text, old rows are translated too, and what fits
nothing is shown as it is.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache

from api.languages import catalogue, language, speaking
from api.presentation import calendar_day
from api.translations import patterns
from contracts.days import Span

HOLE = re.compile(r"\{(\w+)\}")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
DEEPEST = 4  # sentences within sentences


def sentence(text: str | None) -> str:
    """`text` as the reader's language says it; its days as the language writes them."""
    return _said(text, language(), DEEPEST) if text else ""


def sentence_in(text: str, wanted: str) -> str:
    """`text` in the language `wanted`, for a mail, whose reader is not who asks now."""
    with speaking(wanted):
        return sentence(text)


def term_value(value: str, unit: str | None = None) -> str:
    """A term's value as a person reads it: `P90D` as 90 days, a day as the language writes it, anything else as it is."""
    words = duration_value(value, unit)
    if words != value:
        return words
    return f"{sentence(value) if DAY.fullmatch(value) else value}{f' {unit}' if unit else ''}"


def duration_value(value: str, unit: str | None = None) -> str:
    """A term's value as a person may change it: `P90D` as 90 days, in one unit alone, anything else as it is."""
    try:
        span = Span.parse(value, unit)
    except ValueError:
        return value
    return value if span.months and span.days else sentence(str(span))


@lru_cache(4096)
def _said(text: str, wanted: str, deep: int) -> str:
    if DAY.fullmatch(text):
        return _day(text)
    whole = str(catalogue(wanted).gettext(text))
    if whole != text or not deep:
        return whole
    for pattern, known in _patterns():
        if found := known.fullmatch(text):
            values = {name: _said(value, wanted, deep - 1) for name, value in found.groupdict().items()}
            if _telling(pattern, found.groupdict(), values):
                return _filled(str(catalogue(wanted).gettext(pattern)), values)
    return f"{_said(text[:-1], wanted, deep - 1)}." if text.endswith(".") else text


def _telling(pattern: str, values: Mapping[str, str], said: Mapping[str, str]) -> bool:
    """Whether a match proves anything: a pattern of one word fits by chance, unless a value is a number or known itself."""
    words = HOLE.sub("", pattern).split()
    return (
        len(words) > 1
        or (words and pattern.startswith(words[0]))
        or any(value.isdecimal() or value != said[name] for name, value in values.items())
    )


def _day(text: str) -> str:
    try:
        return calendar_day(date.fromisoformat(text))
    except ValueError:
        return text


def _filled(template: str, values: Mapping[str, str]) -> str:
    return HOLE.sub(lambda hole: values[hole[1]], template)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each pattern with the expression that knows its sentences; those with most words of their own first."""
    known = sorted(patterns(), key=lambda pattern: -len(HOLE.sub("", pattern)))
    return tuple((pattern, re.compile(_expression(pattern), re.DOTALL)) for pattern in known)


def _expression(pattern: str) -> str:
    """`row {row} of {name}` as `row (?>(?P<row>.*?) of )(?P<name>.*)`.

    A value ends where the words behind it first stand. Looking no further for them keeps the time in proportion to the text, which
    may be anybody's.
    """
    before, *pieces = HOLE.split(pattern)  # text, name, text, name, … text
    holes = [(name, re.escape(text)) for name, text in zip(pieces[::2], pieces[1::2], strict=True)]
    if not holes:
        return re.escape(before)
    *others, (last, end) = holes
    return f"{re.escape(before)}{''.join(f'(?>(?P<{name}>.*?){text})' for name, text in others)}(?P<{last}>.*){end}"
