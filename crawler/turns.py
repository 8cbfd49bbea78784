"""Whose turn it is to look: when each source is due, and who is at its host, however many processes watch.

The lease is on the portal's host, not on the source: so one host is asked by one crawl at a time across all of them, and no source
by two at once. Each taking raises the host's fence; who comes to store a look under an older one (stopped past its lease, and
woken again) is refused. Times are those of one clock, the database's own where several machines share it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Update, or_, text, update
from sqlmodel import Field, Session, SQLModel, col, select

from contracts.vocabulary.columns import UTCDateTime
from crawler.models import Source
from crawler.sources import SourceConfig


class Turn(SQLModel, table=True):
    """When a source is to be looked at next; without a time it is not watched."""

    source: str = Field(primary_key=True)
    host: str
    due_at: datetime | None = Field(default=None, sa_type=UTCDateTime, index=True)


class PortalHost(SQLModel, table=True):
    """A portal's host (name and port), who is at it until when, and how often it was taken."""

    name: str = Field(primary_key=True)
    holder: str | None = None
    until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    fence: int = 0


class TurnLost(Exception):
    """Raised by `hold` for a look whose host was taken by another meanwhile: it must not be stored."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Sources that `holder` may look at, and the fence of each of their hosts."""

    holder: str
    sources: tuple[str, ...]
    fences: Mapping[str, int]


def host_of(config: SourceConfig) -> str:
    """The host that a source's requests queue at."""
    return urlsplit(config.address).netloc.lower()


def enrol(session: Session, configs: Iterable[SourceConfig], *, now: datetime, alone: bool = False) -> None:
    """Bring the turns in line with the configured sources: new ones are due now, a shorter rhythm counts at once, others end.

    `alone` says that no other process watches: hosts that seem taken were left over by one that was killed.
    """
    wanted = {config.name: config for config in configs if config.enabled}
    _alone_with_turns(session)
    turns = {turn.source: turn for turn in session.exec(select(Turn))}
    looked = dict(session.exec(select(Source.name, Source.next_look_at)).all())
    for name, config in wanted.items():
        turn = turns.pop(name, None) or Turn(source=name, host="")
        due = turn.due_at or looked.get(name) or now
        turn.host, turn.due_at = host_of(config), config.opening(min(due, now + config.every))
        session.add(turn)
    for turn in turns.values():
        turn.due_at = None
    _know_hosts(session, wanted.values())
    if alone:
        session.connection().execute(update(PortalHost).values(holder=None, until=None))


def know(session: Session, configs: Sequence[SourceConfig]) -> None:
    """Have a turn for each of these sources, though nobody watches them; one that is watched stays as it is."""
    _alone_with_turns(session)
    turns = set(session.exec(select(Turn.source)))
    session.add_all(Turn(source=config.name, host=host_of(config)) for config in configs if config.name not in turns)
    _know_hosts(session, configs)


def waiting(session: Session, *, now: datetime) -> bool:
    """Whether a source is due at a host where nobody is."""
    due = select(Turn.source).join(PortalHost, _of_host()).where(_free(now), col(Turn.due_at) <= now)
    return session.exec(due.limit(1)).first() is not None


def take(session: Session, *, holder: str, now: datetime, lease: timedelta, limit: int) -> Taken | None:
    """Take the sources that are due longest, at most `limit`, at hosts where nobody is; None when there is none."""
    due = select(Turn, PortalHost).join(PortalHost, _of_host()).where(_free(now), col(Turn.due_at) <= now)
    return _taken(session, due.order_by(col(Turn.due_at), col(Turn.source)).limit(limit), holder=holder, until=now + lease)


def take_these(session: Session, names: Sequence[str], *, holder: str, now: datetime, lease: timedelta) -> Taken | None:
    """Take these sources, due or not, as far as nobody is at their hosts."""
    wanted = select(Turn, PortalHost).join(PortalHost, _of_host()).where(_free(now), col(Turn.source).in_(names))
    return _taken(session, wanted.order_by(col(Turn.source)), holder=holder, until=now + lease)


def keep(session: Session, taken: Taken, *, until: datetime) -> bool:
    """Renew the lease on what is still ours; False when nothing is."""
    return session.connection().execute(_ours(taken).values(until=until)).rowcount > 0


def hold(session: Session, taken: Taken, config: SourceConfig) -> None:
    """Make sure, until this transaction ends, that the source's host is still ours. Raises TurnLost."""
    host = session.exec(select(PortalHost).where(PortalHost.name == host_of(config)).with_for_update()).one()
    if host.fence != taken.fences[host.name]:
        raise TurnLost(f"{config.name}: another process took over {host.name} while this one stood still; its look is dropped")


def looked(session: Session, config: SourceConfig) -> None:
    """Set the source's next turn by what was stored of it in this transaction; one that is not watched stays so."""
    turn, source = session.get_one(Turn, config.name), session.get_one(Source, config.name)
    if turn.due_at is not None:
        turn.due_at = source.next_look_at
        session.add(turn)


def give_back(session: Session, taken: Taken) -> None:
    """End the lease on what is still ours."""
    session.connection().execute(_ours(taken).values(holder=None, until=None))


def _ours(taken: Taken) -> Update:
    return update(PortalHost).where(col(PortalHost.name).in_(sorted(taken.fences)), col(PortalHost.holder) == taken.holder)


def _taken(session: Session, statement: Any, *, holder: str, until: datetime) -> Taken | None:
    # whoever else takes at this moment passes over the hosts that are locked here
    found = session.exec(statement.with_for_update(of=PortalHost, skip_locked=True)).all()
    hosts: dict[str, PortalHost] = {host.name: host for _, host in found}
    for host in hosts.values():
        host.holder, host.until, host.fence = holder, until, host.fence + 1
        session.add(host)
    session.flush()
    sources = tuple(turn.source for turn, _ in found)
    return Taken(holder, sources, {name: host.fence for name, host in hosts.items()}) if sources else None


def _alone_with_turns(session: Session) -> None:
    """Two processes that start together take turns at the table; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("LOCK TABLE turn IN SHARE ROW EXCLUSIVE MODE"))


def _know_hosts(session: Session, configs: Iterable[SourceConfig]) -> None:
    known = set(session.exec(select(PortalHost.name)))
    session.add_all(PortalHost(name=name) for name in sorted({host_of(config) for config in configs} - known))
    session.flush()


def _of_host() -> ColumnElement[bool]:
    return col(PortalHost.name) == col(Turn.host)


def _free(now: datetime) -> ColumnElement[bool]:
    until = col(PortalHost.until)
    return or_(until.is_(None), until < now)
