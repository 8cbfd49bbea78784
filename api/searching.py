"""The saved-search language asked of the list of tenders: one search, the same words as in an alert, read by the database.

Whatever in a search can be is asked of the index of words first, so that only what holds the words is looked at closely.
The list may find a little more than an alert does (an ending, an accent, the clock of another zone), never less: so a word that is
wanted is found loosely, and one that is not wanted (`-road`) only as it is written, since `board` holds `road`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, false, func, literal, not_, or_, select, true
from sqlmodel import Session, col

from api.presentation import HOME_ZONE
from crawler.filters import in_files
from crawler.fulltext import Match, in_programs, matching
from crawler.models import Sighting, Tender
from notifier.query import Closes, Code, Either, Every, Node, Query, Without, Words
from notifier.words import beginnings, squash, stems

FIELDS: dict[str, tuple[Any, ...]] = {
    "any": (Tender.title, Tender.number, Tender.buyer, Tender.type, Tender.description, Tender.ocid),
    "title": (Tender.title,),
    "buyer": (Tender.buyer,),
    "number": (Tender.number,),
}
BENT = frozenset("cly")  # last letters that the stem of a plural or a French word puts in place of another


@dataclass(frozen=True, slots=True)
class Known:
    """What a search's codes may mean: program lines with their names, types as printed, sources with their titles; and the time.

    Types and sources are asked for only where a search names one.
    """

    session: Session
    programs: Mapping[str, Iterable[str]]
    types: Callable[[], Iterable[str]]
    sources: Callable[[], Mapping[str, str]]
    now: datetime
    loose: bool = True  # false: what is asked is to be left out

    def lines(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """The program lines that go by a name with these stems."""
        return tuple(key for key, names in self.programs.items() if any(_holds(wanted, name) for name in names))


def condition(query: Query, known: Known) -> ColumnElement[bool]:
    """The search as a condition on Tender."""
    return _every(query.root.parts if isinstance(query.root, Every) else (query.root,), known)


def _asked(node: Node, known: Known) -> ColumnElement[bool]:
    return NODES[type(node)](node, known)


def _every(parts: Iterable[Node], known: Known) -> ColumnElement[bool]:
    """All of the parts: their words asked of the index at once, and then what it does not answer alone."""
    asked = [(part, _indexed(part, known)) for part in parts]
    # words that are to stand in one field or together ask the index themselves
    words = [one.match for part, one in asked if one is not None and (one.whole or not isinstance(part, Words))]
    first = [matching(known.session, Match.every(words))] if words else []
    return and_(true(), *first, *(_asked(part, known) for part, one in asked if one is None or not one.whole))


@dataclass(frozen=True, slots=True)
class Indexed:
    """What the index knows of a part of a search: it finds nothing but what matches, and with `whole` all of that."""

    match: Match
    whole: bool = True


def _indexed(node: Node, known: Known) -> Indexed | None:
    """What the index says of a part; None where it knows nothing of it."""
    return INDEXED[type(node)](node, known) if known.loose and type(node) in INDEXED else None


def _indexed_words(node: Words, known: Known) -> Indexed | None:
    if node.field == "source":
        return None
    match = Match.every(Match.either(map(Match.begins, beginnings(stem))) for stem in node.stems)
    if node.field != "any":
        return Indexed(match, whole=False)
    lines = [Match.line(key) for key in known.lines(node.stems)]
    return Indexed(Match.either([match, *lines]), whole=len(node.stems) == 1)


def _indexed_code(node: Code, known: Known) -> Indexed | None:
    lines = _lines_of(node.codes, known) if node.field == "program" else []
    return Indexed(Match.either(map(Match.line, lines))) if lines else None


def _indexed_every(node: Every, known: Known) -> Indexed | None:
    found = [one for part in node.parts if (one := _indexed(part, known)) is not None]
    whole = len(found) == len(node.parts) and all(one.whole for one in found)
    return Indexed(Match.every(one.match for one in found), whole) if found else None


def _indexed_either(node: Either, known: Known) -> Indexed | None:
    found = [one for part in node.parts if (one := _indexed(part, known)) is not None]
    whole = all(one.whole for one in found)
    return Indexed(Match.either(one.match for one in found), whole) if len(found) == len(node.parts) else None


INDEXED: dict[type, Callable[[Any, Known], Indexed | None]] = {
    Words: _indexed_words,
    Code: _indexed_code,
    Every: _indexed_every,
    Either: _indexed_either,
}


def _words(node: Words, known: Known) -> ColumnElement[bool]:
    if node.field == "source":
        return _sources(known, lambda name, title: _holds(node.stems, f"{name} {title}"))
    indexed = _indexed(node, known)
    if indexed is not None and indexed.whole:
        return matching(known.session, indexed.match)
    says = _says if known.loose else _says_plainly
    found: list[ColumnElement[bool]] = [says(column, node.stems) for column in FIELDS[node.field]]
    if node.field == "any":
        found += [in_programs(known.session, key) for key in known.lines(node.stems)]
        found += [in_files(pattern(node.stems))] if known.loose else []
    first = [matching(known.session, indexed.match)] if indexed else []
    return and_(*first, or_(*found))


def _says(column: Any, wanted: tuple[str, ...]) -> ColumnElement[bool]:
    return func.coalesce(col(column), "").ilike(pattern(wanted), escape="\\")


def _says_plainly(column: Any, wanted: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether the words stand there between spaces, the last perhaps with a plural's s."""
    text = literal(" ").concat(func.coalesce(col(column), "")).concat(" ")
    words = " ".join(map(_escaped, wanted))
    return or_(*(text.ilike(f"% {words}{ending} %", escape="\\") for ending in ("", "s")))


def _without(node: Without, known: Known) -> ColumnElement[bool]:
    return not_(_asked(node.part, replace(known, loose=not known.loose)))


def _code(node: Code, known: Known) -> ColumnElement[bool]:
    return CODES[node.field](node.codes, known)


def _program(codes: frozenset[str], known: Known) -> ColumnElement[bool]:
    return or_(false(), *(in_programs(known.session, key) for key in _lines_of(codes, known)))


def _lines_of(codes: frozenset[str], known: Known) -> list[str]:
    return [key for key, names in known.programs.items() if codes & {squash(name) for name in (key, *names)}]


def _type(codes: frozenset[str], known: Known) -> ColumnElement[bool]:
    return col(Tender.type).in_([one for one in known.types() if codes & type_codes(one)])


def _source(codes: frozenset[str], known: Known) -> ColumnElement[bool]:
    return _sources(known, lambda name, _title: squash(name) in codes)


def _sources(known: Known, wanted: Callable[[str, str], bool]) -> ColumnElement[bool]:
    names = [name for name, title in known.sources().items() if wanted(name, title)]
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
    root = stem[:-1] if len(stem) > 2 and stem[-1] in BENT else stem
    # any of them may carry an accent, or be written as one letter
    return re.sub("[aceinouy]", "_", re.sub("oe|ae|ss|f[il]", "%", _escaped(root)))


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
    Every: lambda node, known: _every(node.parts, known),
    Either: lambda node, known: or_(*(_asked(part, known) for part in node.parts)),
}
