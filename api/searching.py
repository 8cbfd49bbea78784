"""The saved-search language asked of the list of tenders: one search, the same words as in an alert, read by the database.

The list may find a little more than an alert does (an ending, an accent, the clock of another zone), never less: so a word that is
wanted is found loosely, and one that is not wanted (`-road`) only as it is written, since `board` holds `road`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, false, func, literal, not_, or_, select, true
from sqlmodel import col

from api.presentation import HOME_ZONE
from crawler.filters import in_files, in_line
from crawler.models import Sighting, Tender
from notifier.query import Closes, Code, Either, Every, Node, Query, Without, Words
from notifier.words import squash, stems

FIELDS: dict[str, tuple[Any, ...]] = {
    "any": (Tender.title, Tender.number, Tender.buyer, Tender.type, Tender.description, Tender.ocid),
    "title": (Tender.title,),
    "buyer": (Tender.buyer,),
    "number": (Tender.number,),
}
BENT = frozenset("cly")  # last letters that the stem of a plural or a French word puts in place of another
LONG = 6  # letters from which an accent may stand on any vowel


@dataclass(frozen=True, slots=True)
class Known:
    """What a search's codes may mean: program lines with their names, types as printed, sources with their titles; and the time."""

    programs: Mapping[str, Iterable[str]]
    types: Iterable[str]
    sources: Mapping[str, str]
    now: datetime


def condition(query: Query, known: Known) -> ColumnElement[bool]:
    """The search as a condition on Tender."""
    return _asked(query.root, known)


def _asked(node: Node, known: Known) -> ColumnElement[bool]:
    return NODES[type(node)](node, known)


def _words(node: Words, known: Known, *, loose: bool = True) -> ColumnElement[bool]:
    if node.field == "source":
        return _sources(known, lambda name, title: _holds(node.stems, f"{name} {title}"))
    says = _says if loose else _says_plainly
    found: list[ColumnElement[bool]] = [says(column, node.stems) for column in FIELDS[node.field]]
    if node.field == "any":
        lines = [key for key, names in known.programs.items() if any(_holds(node.stems, name) for name in names)]
        found += [in_line(key) for key in lines]
        found += [in_files(pattern(node.stems))] if loose else []
    return or_(*found)


def _says(column: Any, wanted: tuple[str, ...]) -> ColumnElement[bool]:
    return func.coalesce(col(column), "").ilike(pattern(wanted), escape="\\")


def _says_plainly(column: Any, wanted: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether the words stand there between spaces, the last perhaps with a plural's s."""
    text = literal(" ").concat(func.coalesce(col(column), "")).concat(" ")
    words = " ".join(map(_escaped, wanted))
    return or_(*(text.ilike(f"% {words}{ending} %", escape="\\") for ending in ("", "s")))


def _without(node: Without, known: Known) -> ColumnElement[bool]:
    return not_(_words(node.part, known, loose=False) if isinstance(node.part, Words) else _asked(node.part, known))


def _code(node: Code, known: Known) -> ColumnElement[bool]:
    return CODES[node.field](node.codes, known)


def _program(codes: frozenset[str], known: Known) -> ColumnElement[bool]:
    lines = [key for key, names in known.programs.items() if codes & {squash(name) for name in (key, *names)}]
    return or_(false(), *(in_line(key) for key in lines))


def _type(codes: frozenset[str], known: Known) -> ColumnElement[bool]:
    return col(Tender.type).in_([one for one in known.types if codes & type_codes(one)])


def _source(codes: frozenset[str], known: Known) -> ColumnElement[bool]:
    return _sources(known, lambda name, _title: squash(name) in codes)


def _sources(known: Known, wanted: Callable[[str, str], bool]) -> ColumnElement[bool]:
    names = [name for name, title in known.sources.items() if wanted(name, title)]
    return col(Tender.id).in_(select(col(Sighting.tender_id)).where(col(Sighting.source).in_(names)))


def _closes(node: Closes, known: Known) -> ColumnElement[bool]:
    closes = col(Tender.closes_at)
    if isinstance(node.limit, timedelta):
        end = known.now + node.limit
        return closes >= end if ">" in node.relation else closes.between(known.now, end)
    begin, after = _midnight(node.limit), _midnight(node.limit + timedelta(days=1))
    return {
        "<": closes < begin,
        "<=": closes < after,
        ">": closes >= after,
        ">=": closes >= begin,
    }.get(node.relation, and_(closes >= begin, closes < after))


def pattern(wanted: Iterable[str]) -> str:
    """The LIKE pattern of stems that follow each other; what a stem may have lost or bent is left open."""
    return f"%{'%'.join(map(_loose, wanted))}%"


def _loose(stem: str) -> str:
    root = stem[:-1] if len(stem) > 3 and stem[-1] in BENT else stem
    return re.sub("[aceiou]", "_", root) if len(root) >= LONG else _escaped(root)


def _escaped(stem: str) -> str:
    return stem.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _holds(wanted: tuple[str, ...], text: str) -> bool:
    return f" {' '.join(wanted)} " in f" {' '.join(stems(text))} "


def type_codes(printed: str) -> frozenset[str]:
    """What a type of tender answers to: itself, its words, its initials (Request for Proposals, RFP)."""
    words = re.findall(r"[^\W\d_]+", printed.casefold())
    initials = "".join(word[0] for word in words) if len(words) > 1 else ""
    return frozenset({squash(printed), initials, *map(squash, words)}) - {""}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(HOME_ZONE))


CODES: dict[str, Callable[[frozenset[str], Known], ColumnElement[bool]]] = {
    "program": _program,
    "status": lambda codes, _known: col(Tender.status).in_(sorted(codes)),
    "type": _type,
    "source": _source,
}
NODES: dict[type, Callable[[Any, Known], ColumnElement[bool]]] = {
    Words: _words,
    Code: _code,
    Closes: _closes,
    Without: _without,
    Every: lambda node, known: and_(true(), *(_asked(part, known) for part in node.parts)),
    Either: lambda node, known: or_(*(_asked(part, known) for part in node.parts)),
}
