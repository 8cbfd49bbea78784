"""Why a search found a piece of news: each part of it that holds, with the posting's own words and where they stand; pure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from notifier.news import News
from notifier.query import Closes, Code, Either, Every, Node, Query, QueryError, Reading, Without, Words, parse
from notifier.words import squash, stems

_WORD = re.compile(r"[^\W_](?:[\w'’ʼ]*[^\W_])?")
_PLACES = ("title", "number", "buyer", "type", "description")
MOST_REASONS = 6  # what a reader takes in


@dataclass(frozen=True, slots=True)
class Reason:
    """Words of the posting, or a code that it has, and the field they stand in."""

    words: str
    field: str


def why(query: str, news: News) -> list[Reason]:
    """The parts of a search that hold for this news; none for the empty search, or for one that can't be read."""
    read = _parsed(query)
    if read is None or not query.strip():
        return []
    found: list[Reason] = []
    for reason in _reasons(read.root, Reading(news)):
        said = [one.words.casefold() for one in found if one.field == reason.field]
        if not any(reason.words.casefold() in words for words in said):
            found.append(reason)
    return found[:MOST_REASONS]


@lru_cache(maxsize=4096)
def _parsed(query: str) -> Query | None:
    try:
        return parse(query)
    except QueryError:
        return None


def _reasons(node: Node, reading: Reading) -> Iterator[Reason]:
    yield from _OF[type(node)](node, reading)


def _of_parts(node: Every | Either, reading: Reading) -> Iterator[Reason]:
    for part in node.parts:
        if part.holds(reading):
            yield from _reasons(part, reading)


def _of_words(node: Words, reading: Reading) -> Iterator[Reason]:
    news = reading.news
    places = _PLACES if node.field == "any" else (node.field,)
    for place in places:
        text = f"{news.source} {news.source_title}" if place == "source" else getattr(news, place) or ""
        if said := _said(text, node.stems):
            yield Reason(said, place)
            return
    for name in news.program_names:
        if said := _said(name, node.stems):
            yield Reason(said, "program")
            return


def _of_code(node: Code, reading: Reading) -> Iterator[Reason]:
    news = reading.news
    named = {
        "program": (*news.program_names, *news.programs),
        "status": (news.status.value,),
        "type": (news.type or "",),
        "source": (news.source_title or news.source,),
    }[node.field]
    held = [name for name in named if squash(name) in node.codes] or list(named)
    yield Reason(held[0] if held else "", node.field)


def _of_closes(_node: Closes, _reading: Reading) -> Iterator[Reason]:
    yield Reason("", "closes")


def _of_without(_node: Without, _reading: Reading) -> Iterator[Reason]:
    yield from ()


_OF: dict[type, Callable[[Any, Reading], Iterator[Reason]]] = {
    Every: _of_parts,
    Either: _of_parts,
    Words: _of_words,
    Code: _of_code,
    Closes: _of_closes,
    Without: _of_without,
}


def _said(text: str, wanted: tuple[str, ...]) -> str:
    """The words of `text` whose stems are these, as they are written; empty where they are not in it."""
    words = [(match.group(), tuple(stems(match.group()))) for match in _WORD.finditer(text)]
    for start in range(len(words)):
        found: tuple[str, ...] = ()
        for end in range(start, len(words)):
            found += words[end][1]
            if found == wanted:
                return " ".join(word for word, _ in words[start : end + 1])
            if len(found) >= len(wanted):
                break
    return ""
