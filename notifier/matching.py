"""News → the subscriptions that want it, through an index on each search's rarest key.

A search is filed under one set of keys of which the news must hold at least one (`Query.cover`), so a posting only meets
the searches that share a rare word with it; what is left is checked by the search itself. `Searches` keeps the index of a
database between postings and brings it up to date by the subscriptions that changed since.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

from sqlmodel import Session, col, select

from notifier.models import Subscription, Watermark
from notifier.news import News
from notifier.query import Programs, Query, QueryError, Reading, parse

__all__ = ["News", "SearchIndex", "Searches", "watermark"]

Ids: TypeAlias = list[int]


class SearchIndex:
    """Searches filed by their rarest key; many subscriptions with one and the same search cost one check.

    `seen` may say how often each key occurs in postings; without it a key counts as common when many searches use it.
    """

    def __init__(self, searches: Iterable[tuple[int, Query]] = (), *, seen: Mapping[str, int] | None = None) -> None:
        self._owners: dict[str, set[int]] = defaultdict(set)  # text of a search → its subscriptions
        self._text_of: dict[int, str] = {}
        self._queries: dict[str, Query] = {}
        self._filed: dict[str, tuple[str, ...]] = {}  # text → the keys it stands under
        self._single: dict[str, set[str]] = defaultdict(set)  # key → searches that want nothing else
        self._plain: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)  # key → search → all its words
        self._other: dict[str, set[str]] = defaultdict(set)  # key → searches to be asked
        self._always: set[str] = set()  # searches that no key can rule out
        self._used: Counter[str] = Counter(seen or {})
        self._counts_searches = seen is None
        self._file_all(list(searches))

    def __len__(self) -> int:
        return len(self._text_of)

    def add(self, identity: int, query: Query) -> None:
        """File one more search, or the new wording of one that is here already."""
        self.remove(identity)
        self._text_of[identity] = query.text
        self._owners[query.text].add(identity)
        if query.text not in self._queries:
            self._queries[query.text] = query
            self._count(query)
            self._file(query)

    def remove(self, identity: int) -> None:
        """Forget a subscription; unknown ones are fine."""
        text = self._text_of.pop(identity, None)
        if text is None:
            return
        owners = self._owners[text]
        owners.discard(identity)
        if not owners:
            del self._owners[text], self._queries[text]
            for key in self._filed.pop(text, ()):
                self._single[key].discard(text)
                self._plain[key].pop(text, None)
                self._other[key].discard(text)
            self._always.discard(text)

    def matching(self, news: News, *, now: datetime | None = None) -> Ids:
        """The subscriptions whose search matches, in ascending order."""
        reading = Reading(news, now=now)
        words = reading.words
        found: set[str] = set()
        asked: set[str] = set(self._always)
        for key in reading.keys:
            if singles := self._single.get(key):
                found |= singles
            if plain := self._plain.get(key):
                found.update(text for text, wanted in plain.items() if wanted <= words)
            if others := self._other.get(key):
                asked |= others
        found.update(text for text in asked if self._queries[text].holds(reading))
        return sorted(identity for text in found for identity in self._owners[text])

    def _file_all(self, searches: list[tuple[int, Query]]) -> None:
        for identity, query in searches:
            self._text_of[identity] = query.text
            self._owners[query.text].add(identity)
            if query.text not in self._queries:
                self._queries[query.text] = query
                self._count(query)
        for query in self._queries.values():  # only now is it known which keys are rare
            self._file(query)

    def _count(self, query: Query) -> None:
        if self._counts_searches:
            self._used.update(query.plain_words or query.cover(lambda _: 1.0) or ())

    def _rarity(self, key: str) -> float:
        return self._used[key] + 1.0

    def _file(self, query: Query) -> None:
        plain = query.plain_words
        keys = query.cover(self._rarity)
        if keys is None:
            self._always.add(query.text)
            return
        self._filed[query.text] = tuple(keys)
        for key in keys:
            if plain is None:
                self._other[key].add(query.text)
            elif len(plain) == 1:
                self._single[key].add(query.text)
            else:
                self._plain[key][query.text] = plain


class Searches:
    """The index over one database's live subscriptions, kept between postings; one per process, not shared by threads.

    The watermark counts the changes ever made to subscriptions, inside the transactions that made them; reading it is
    enough to know whether the index is current, and each row's own mark tells which rows to read again.
    """

    def __init__(self, programs: Programs | None = None) -> None:
        self._programs = programs
        self._index = SearchIndex()
        self._mark = -1

    def matching(self, session: Session, news: News, *, now: datetime) -> Ids:
        """The live subscriptions that want the news, as the session's transaction sees them."""
        mark = watermark(session)
        if "subscriptions_changed" in session.info:
            # this very transaction changed some and may yet be rolled back: look afresh, keep nothing
            return _load(session, SearchIndex(), since=-1, programs=self._programs).matching(news, now=now)
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
