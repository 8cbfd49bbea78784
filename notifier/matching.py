"""News → the subscriptions that want it, through an index on the two rarest keys of each search.

Of the keys that news must hold for a search to match (`Query.paths`) the rarest leads to the second rarest, so a posting
only meets searches of which it holds both; what they ask beyond their keys is asked of them one by one. `Searches` keeps the
index of a database between postings and brings it up to date by the subscriptions that changed since.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from threading import Lock
from typing import NamedTuple, TypeAlias

from sqlmodel import Session, col, select

from notifier.models import Subscription, Watermark
from notifier.news import News
from notifier.query import Programs, Query, QueryError, Reading, parse

__all__ = ["News", "SearchIndex", "Searches", "watermark"]

Ids: TypeAlias = list[int]


class SearchIndex:
    """Searches filed by their rarest keys; many subscriptions with one and the same search cost one check.

    `seen` may say how often each key occurs in postings; without it a key counts as common when many searches use it.
    """

    def __init__(self, searches: Iterable[tuple[int, Query]] = (), *, seen: Mapping[str, int] | None = None) -> None:
        self._owners: dict[str, list[int]] = {}  # text of a search → its subscriptions
        self._text_of: dict[int, str] = {}
        self._queries: dict[str, Query] = {}
        self._filed: dict[str, list[tuple[str, str]]] = {}  # text → the pairs of keys it stands under
        self._pairs: dict[str, dict[str, list[_Filed]]] = {}  # rarest key → second rarest, or "" → searches
        self._used: Counter[str] = Counter(seen or {})
        self._counts_searches = seen is None
        for identity, query in searches:
            self._take(identity, query)
        for query in self._queries.values():  # only now is it known which keys are rare
            self._file(query)

    def __len__(self) -> int:
        return len(self._text_of)

    def add(self, identity: int, query: Query) -> None:
        """File one more search, or the new wording of one that is here already."""
        self.remove(identity)
        if self._take(identity, query):
            self._file(query)

    def remove(self, identity: int) -> None:
        """Forget a subscription; unknown ones are fine."""
        text = self._text_of.pop(identity, None)
        if text is None:
            return
        self._owners[text].remove(identity)
        if not self._owners[text]:
            del self._owners[text], self._queries[text]
            for first, second in self._filed.pop(text):
                kept = [filed for filed in self._pairs[first][second] if filed.text != text]
                self._pairs[first][second] = kept

    def matching(self, news: News, *, now: datetime | None = None) -> Ids:
        """The subscriptions whose search matches, in ascending order."""
        reading = Reading(news, now=now)
        keys = reading.keys | {""}
        found: set[str] = set()
        doubtful: set[str] = set()
        for first in keys:
            seconds = self._pairs.get(first)
            if not seconds:
                continue
            for second in seconds.keys() & keys:
                for text, rest, exact in seconds[second]:
                    if rest is None or rest <= keys:
                        (found if exact else doubtful).add(text)
        found.update(text for text in doubtful - found if self._queries[text].holds(reading))
        return sorted(identity for text in found for identity in self._owners[text])

    def _take(self, identity: int, query: Query) -> bool:
        """Note whose search it is; whether it is the first of its wording."""
        self._text_of[identity] = query.text
        self._owners.setdefault(query.text, []).append(identity)
        if query.text in self._queries:
            return False
        self._queries[query.text] = query
        if self._counts_searches:
            for way in query.paths().ways:
                self._used.update(way)
        return True

    def _file(self, query: Query) -> None:
        paths = query.paths()
        under = self._filed[query.text] = []
        for way in paths.ways:
            keys = sorted(way, key=lambda key: (self._used[key], key))
            first, second = (*keys, "", "")[:2]
            under.append((first, second))
            filed = _Filed(query.text, frozenset(keys[2:]) or None, paths.exact)
            self._pairs.setdefault(first, {}).setdefault(second, []).append(filed)


class _Filed(NamedTuple):
    """A search under its two rarest keys: what else must be there, and whether that is all."""

    text: str
    rest: frozenset[str] | None
    exact: bool


class Searches:
    """The index over one database's live subscriptions, kept between postings; one per process, used by one thread at a time.

    The watermark counts the changes ever made to subscriptions, inside the transactions that made them; reading it is
    enough to know whether the index is current, and each row's own mark tells which rows to read again.
    """

    def __init__(self, programs: Programs | None = None) -> None:
        self._programs = programs
        self._index = SearchIndex()
        self._mark = -1
        self._turn = Lock()

    def matching(self, session: Session, news: News, *, now: datetime) -> Ids:
        """The live subscriptions that want the news, as the session's transaction sees them."""
        mark = watermark(session)
        if "subscriptions_changed" in session.info:
            # this very transaction changed some and may yet be rolled back: look afresh, keep nothing
            return _load(session, SearchIndex(), since=-1, programs=self._programs).matching(news, now=now)
        with self._turn:
            if mark != self._mark:
                self._index = _load(session, self._index, since=self._mark, programs=self._programs)
                self._mark = mark
            return self._index.matching(news, now=now)


def watermark(session: Session) -> int:
    """How many times subscriptions have changed in this database."""
    return session.exec(select(Watermark.value).where(Watermark.name == "subscriptions")).first() or 0


def _load(session: Session, index: SearchIndex, *, since: int, programs: Programs | None) -> SearchIndex:
    rows = session.exec(
        select(Subscription.id, Subscription.query, Subscription.state).where(col(Subscription.mark) > since)
    ).all()
    parsed = [(identity, _parsed(query, programs), state) for identity, query, state in rows if identity is not None]
    if not len(index):
        return SearchIndex([(identity, query) for identity, query, state in parsed if query and state != "ended"])
    for identity, query, state in parsed:
        if query is None or state == "ended":
            index.remove(identity)
        else:
            index.add(identity, query)
    return index


def _parsed(text: str, programs: Programs | None) -> Query | None:
    try:
        return parse(text, programs)
    except QueryError:
        return None  # refused when it was stored; one row edited by hand must not silence all the others
