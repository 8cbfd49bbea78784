"""News → the subscriptions that want it: the index of a database's searches, kept between postings and up to date."""

from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from notifier.models import Subscription, Watermark
from notifier.news import News
from notifier.query import Programs, Query, QueryError, parse

if TYPE_CHECKING:
    from notifier.searchindex import SearchIndex

__all__ = ["News", "Searches", "watermark"]


class Searches:
    """The index over one database's live subscriptions, kept between postings; one per process, used by one thread at a time.

    The watermark counts the changes ever made to subscriptions, inside the transactions that made them; reading it is
    enough to know whether the index is current, and each row's own mark tells which rows to read again.
    """

    def __init__(self, programs: Programs | None = None) -> None:
        self._programs = programs
        self._index: SearchIndex | None = None
        self._mark = -1
        self._turn = Lock()

    def matching(self, session: Session, news: News, *, now: datetime) -> list[int]:
        """The live subscriptions that want the news, as the session's transaction sees them."""
        mark = watermark(session)
        if "subscriptions_changed" in session.info:
            # this very transaction changed some and may yet be rolled back: look afresh, keep nothing
            return _load(session, None, since=-1, programs=self._programs).matching(news, now=now)
        with self._turn:
            if self._index is None or mark != self._mark:
                self._index = _load(session, self._index, since=self._mark, programs=self._programs)
                self._mark = mark
            return self._index.matching(news, now=now)


def watermark(session: Session) -> int:
    """How many times subscriptions have changed in this database."""
    return session.exec(select(Watermark.value).where(Watermark.name == "subscriptions")).first() or 0


def _load(session: Session, index: "SearchIndex | None", *, since: int, programs: Programs | None) -> "SearchIndex":
    from notifier.searchindex import SearchIndex  # noqa: PLC0415 - numpy, which a process without news can do without

    rows = session.exec(
        select(Subscription.id, Subscription.query, Subscription.state).where(col(Subscription.mark) > since)
    ).all()
    parsed = [(identity, _parsed(query, programs), state) for identity, query, state in rows if identity is not None]
    if not index:
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
