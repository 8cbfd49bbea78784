"""The saved-search language, parsed once and asked of each piece of news.

    occupational rehab          every word, in any order; endings and accents do not matter
    "work conditioning"         these words next to each other
    physio OR kinesiology       either (also OU); brackets group: (physio OR kine) clinic
    -construction               not this
    program:OR2                 a program line by any of its names; buyer:"interior health"  number:048-2024
    status:open type:RFP        one of the codes; source:nanaimo  title:therapy
    closes<14d                  closing within 14 days (h, d, w), or closes>2026-12-01, a day in the tender's zone

An empty search matches everything. `parse` raises QueryError, which names the column.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TypeAlias

from contracts.vocabulary import TenderStatus
from notifier.news import News
from notifier.walls import wall
from notifier.words import fold, squash, stems

LONGEST = 500  # characters; a search is a line, and it is part of a unique index
DEEPEST = 20  # brackets within brackets

Programs: TypeAlias = Mapping[str, Iterable[str]]  # key of a program line → its names and aliases

_TOKEN = re.compile(
    r"""(?P<space>\s+) | (?P<open>\() | (?P<close>\)) | (?P<minus>-(?=[^\s\-)]))
    | (?P<field>[A-Za-z]+)(?P<relation>:|<=|>=|<|>|=)
    | (?P<quote>["“”«])
    | (?P<word>[^\s()"“”«»]+)
    | (?P<stray>.)""",
    re.VERBOSE,
)
_CLOSING_QUOTE = {'"': '"”', "“": '”"', "”": '”"', "«": "»"}
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "j": timedelta(days=1), "w": timedelta(weeks=1)}


class QueryError(ValueError):
    """Raised by `parse` for a search that can't be read; `column` counts characters from 1."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"{message} (column {column})")
        self.column = column


class Reading:
    """What a search can ask of a piece of news, prepared once for all of them."""

    def __init__(self, news: News, *, now: datetime | None = None) -> None:
        self.news = news
        self.now = now or news.date
        self.zone = wall(news.zone) if news.zone else UTC

    def text(self, field: str) -> str:
        """The field's stems, each between spaces, so that a phrase is a substring."""
        return self._texts[field]

    @cached_property
    def _texts(self) -> dict[str, str]:
        news = self.news
        parts = {
            "title": news.title,
            "buyer": news.buyer or "",
            "number": news.number or "",
            "source": f"{news.source} {news.source_title}",
        }
        texts = {field: f" {' '.join(stems(text))} " for field, text in parts.items()}
        rest = [news.description or "", news.type or "", *news.program_names]
        everything = [texts["title"], texts["buyer"], texts["number"], *(f" {' '.join(stems(text))} " for text in rest)]
        return texts | {"any": "|".join(everything)}

    @cached_property
    def words(self) -> frozenset[str]:
        """Every stem of the news."""
        return frozenset(self.text("any").replace("|", " ").split())

    @cached_property
    def codes(self) -> dict[str, frozenset[str]]:
        """Field → the squashed codes it answers to; a type also by its initials (Request for Proposals, RFP)."""
        news = self.news
        kind = re.findall(r"[^\W\d_]+", fold(news.type or ""))
        initials = "".join(word[0] for word in kind) if len(kind) > 1 else ""
        return {
            "program": frozenset(map(squash, (*news.programs, *news.program_names))),
            "status": frozenset({news.status.value}),
            "type": frozenset({squash(news.type or ""), initials, *kind}) - {""},
            "source": frozenset({squash(news.source)}),
        }

    @cached_property
    def keys(self) -> frozenset[str]:
        """Every index key under which a search that matches may stand: stems as they are, codes as `field:code`."""
        named = (f"{field}:{code}" for field, codes in self.codes.items() for code in codes)
        sources = (f"source:{word}" for word in self.text("source").split())
        return self.words | frozenset(named) | frozenset(sources)


@dataclass(frozen=True, slots=True)
class Paths:
    """What an index may know of a search: it matches only news that holds every key of at least one of the `ways`.

    `exact` says that holding them is also enough, so that nothing is left to ask.
    """

    ways: tuple[frozenset[str], ...]
    exact: bool


ANY_NEWS = Paths((frozenset(),), exact=False)
MOST_WAYS = 16


@dataclass(frozen=True, slots=True)
class Words:
    """Stems next to each other, in the whole text or in one field."""

    stems: tuple[str, ...]
    field: str = "any"

    def holds(self, reading: Reading) -> bool:
        if self.field == "any" and len(self.stems) == 1:
            return self.stems[0] in reading.words
        return f" {' '.join(self.stems)} " in reading.text(self.field)

    def paths(self) -> Paths:
        prefix = "source:" if self.field == "source" else ""
        return Paths((frozenset(prefix + stem for stem in self.stems),), exact=self.field == "any" and len(self.stems) == 1)


@dataclass(frozen=True, slots=True)
class Code:
    """A field that answers to one of these squashed codes."""

    field: str
    codes: frozenset[str]

    def holds(self, reading: Reading) -> bool:
        return not self.codes.isdisjoint(reading.codes[self.field])

    def paths(self) -> Paths:
        return Paths(tuple(frozenset({f"{self.field}:{code}"}) for code in sorted(self.codes)), exact=True)


@dataclass(frozen=True, slots=True)
class Closes:
    """A closing time before or after a limit: a span from now, or a day in the tender's own zone."""

    relation: str
    limit: timedelta | date

    def holds(self, reading: Reading) -> bool:
        closes = reading.news.closes_at
        if closes is None:
            return False
        if isinstance(self.limit, timedelta):
            left = closes - reading.now
            # what has closed closes within no span at all
            return left >= self.limit if ">" in self.relation else timedelta(0) <= left <= self.limit
        day = closes.astimezone(reading.zone).date()
        return {
            "<": day < self.limit,
            "<=": day <= self.limit,
            ">": day > self.limit,
            ">=": day >= self.limit,
        }.get(self.relation, day == self.limit)

    def paths(self) -> Paths:
        return ANY_NEWS


@dataclass(frozen=True, slots=True)
class Without:
    """Not this."""

    part: "Node"

    def holds(self, reading: Reading) -> bool:
        return not self.part.holds(reading)

    def paths(self) -> Paths:
        return ANY_NEWS


@dataclass(frozen=True, slots=True)
class Every:
    """All of these; none at all is the empty search, which matches everything."""

    parts: tuple["Node", ...]

    def holds(self, reading: Reading) -> bool:
        return all(part.holds(reading) for part in self.parts)

    def paths(self) -> Paths:
        ways: tuple[frozenset[str], ...] = (frozenset(),)
        exact = True
        for part in self.parts:
            more = part.paths()
            exact = exact and more.exact
            if len(ways) * len(more.ways) > MOST_WAYS:
                exact = False  # this part is asked instead of looked up
            else:
                ways = tuple(one | other for one in ways for other in more.ways)
        return Paths(ways, exact)


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of these."""

    parts: tuple["Node", ...]

    def holds(self, reading: Reading) -> bool:
        return any(part.holds(reading) for part in self.parts)

    def paths(self) -> Paths:
        each = [part.paths() for part in self.parts]
        ways = tuple(way for paths in each for way in paths.ways)
        return Paths(ways, all(paths.exact for paths in each)) if len(ways) <= MOST_WAYS else ANY_NEWS


Node: TypeAlias = Words | Code | Closes | Without | Every | Either


@dataclass(frozen=True, slots=True)
class Query:
    """A search, read: ask it with `matches`, or file it in an index under its `paths`."""

    text: str
    root: Node

    def matches(self, news: News, *, now: datetime | None = None) -> bool:
        """Whether the news is wanted; spans such as `closes<14d` count from `now`, else from the news's own date."""
        return self.root.holds(Reading(news, now=now))

    def holds(self, reading: Reading) -> bool:
        """As `matches`, for news that is prepared already."""
        return self.root.holds(reading)

    def paths(self) -> Paths:
        """The ways in which news can match, as keys that must be in it; see Paths."""
        return self.root.paths()


def parse(text: str, programs: Programs | None = None) -> Query:
    """The search that `text` says; `programs` lets `program:` follow a line under any of its names.

    Raises QueryError with the column of what can't be read.
    """
    if len(text) > LONGEST:
        raise QueryError(f"a search has at most {LONGEST} characters, this one {len(text)}", LONGEST + 1)
    return Query(text, _Parser(text, programs or {}).whole())


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # open close minus field quoted word or
    text: str
    column: int
    relation: str = ""


class _Parser:
    """Recursive descent: either := every (OR every)*; every := part+; part := [-] ( word | "phrase" | field | (either) )."""

    def __init__(self, text: str, programs: Programs) -> None:
        self.tokens = _tokens(text)
        self.place = 0
        self.end = len(text) + 1
        self.depth = 0
        self.lines = {squash(name): line for line, names in programs.items() for name in (line, *names)}
        self.names = {line: frozenset(map(squash, (line, *names))) for line, names in programs.items()}

    def whole(self) -> Node:
        if not self.tokens:
            return Every(())
        node = self.either()
        if (token := self.peek()) is not None:
            raise QueryError("this closing bracket was never opened", token.column)
        return node

    def either(self) -> Node:
        parts = [self.every()]
        while (token := self.peek()) is not None and token.kind == "or":
            self.place += 1
            parts.append(self.every(after=token))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def every(self, after: _Token | None = None) -> Node:
        parts: list[Node] = []
        while (token := self.peek()) is not None and token.kind not in {"or", "close"}:
            parts.append(self.part())
        if not parts:
            here = self.peek() or after
            raise QueryError("something to look for is missing here", here.column if here else self.end)
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def part(self) -> Node:
        token = self.take("a word")
        if token.kind == "minus":
            return Without(self.part())
        if token.kind == "open":
            return self.group(token)
        if token.kind == "field":
            return self.field(token)
        found = tuple(stems(token.text))
        if not found:
            raise QueryError(f"there is no word in {token.text!r}", token.column)
        return Words(found)

    def group(self, opening: _Token) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise QueryError(f"brackets go at most {DEEPEST} deep", opening.column)
        node = self.either()
        if self.peek() is None:
            raise QueryError("this bracket is never closed", opening.column)
        self.place += 1
        self.depth -= 1
        return node

    def field(self, token: _Token) -> Node:
        name = token.text.lower()
        value = self.peek()
        if value is None or value.kind not in {"word", "quoted"}:
            raise QueryError(f"{token.text}{token.relation} needs a value", token.column)
        self.place += 1
        if name == "closes":
            return _closes(token.relation, value)
        if token.relation != ":":
            raise QueryError(f"only closes can be compared; write {name}:{value.text}", token.column)
        return self.code_or_words(name, value)

    def code_or_words(self, name: str, value: _Token) -> Node:
        code = squash(value.text)
        if not code:
            raise QueryError(f"there is no word in {value.text!r}", value.column)
        if name == "program":
            line = self.lines.get(code)
            return Code("program", self.names[line] if line is not None else frozenset({code}))
        if name == "status":
            if code not in {status.value for status in TenderStatus}:
                raise QueryError(f"status is one of {', '.join(TenderStatus)}; not {value.text!r}", value.column)
            return Code("status", frozenset({code}))
        if name == "type":
            return Code("type", frozenset({code}))
        words = Words(tuple(stems(value.text)), name)
        return Either((Code("source", frozenset({code})), words)) if name == "source" else words

    def peek(self) -> _Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self, wanted: str) -> _Token:
        token = self.peek()
        if token is None or token.kind in {"or", "close"}:
            raise QueryError(f"{wanted} is missing here", token.column if token else self.end)
        self.place += 1
        return token


FIELDS = ("program", "buyer", "number", "status", "type", "source", "title", "closes")


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    while match := _TOKEN.match(text, place):
        kind, column = match.lastgroup or "", match.start() + 1
        place = match.end()
        if kind == "relation" or match["field"]:
            _known_field(match["field"], column)
            found.append(_Token("field", match["field"], column, match["relation"]))
        elif kind == "quote":
            place = _closing_quote(text, match)
            found.append(_Token("quoted", text[match.end() : place - 1], column))
        elif kind == "word" and match["word"] in {"OR", "OU"}:
            found.append(_Token("or", match["word"], column))
        elif kind == "word" and match["word"] in {"AND", "ET"} and found:
            continue  # said without need: words are all wanted anyway
        elif kind == "stray":
            raise QueryError(f"{match['stray']} does not fit here", column)
        elif kind != "space":
            found.append(_Token(kind, match[kind], column))
    return found


def _known_field(name: str, column: int) -> None:
    if name.lower() not in FIELDS:
        raise QueryError(f"there is no field {name!r}; the fields are {', '.join(FIELDS)}", column)


def _closing_quote(text: str, opening: re.Match[str]) -> int:
    ends = [end for mark in _CLOSING_QUOTE[opening["quote"]] if (end := text.find(mark, opening.end())) >= 0]
    if not ends:
        raise QueryError("this quotation mark is never closed", opening.start() + 1)
    return min(ends) + 1


def _closes(relation: str, value: _Token) -> Closes:
    span = re.fullmatch(r"(\d{1,4})([hdjw])", value.text.lower())
    if span and relation not in {":", "="}:
        return Closes(relation, int(span[1]) * _UNITS[span[2]])
    try:
        return Closes(relation, date.fromisoformat(value.text))
    except ValueError:
        raise QueryError(
            f"{value.text!r} is no closing limit; write closes<14d (h, d, w) or closes<2026-12-01", value.column
        ) from None
