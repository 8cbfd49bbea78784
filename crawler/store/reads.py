"""What is asked of one tender, of releases and of sources; `crawler.reading` lists tenders."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from contracts.vocabulary import Health
from crawler import health as healths
from crawler.models import Capture, Release, Sighting, Source, SourceEvent, Tender, is_tender
from crawler.sources import SourceConfig
from crawler.store.plan import chunks

_NEEDLESS = [defer(column) for column in (Source.validators, Source.volume, Source.columns)]  # type: ignore[arg-type] # for health


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One release with the evidence behind it, if any was kept."""

    release: Release
    capture: Capture | None


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A configured source as the operator sees it; `state` is None before its first look."""

    config: SourceConfig
    state: Source | None
    late: bool

    @property
    def health(self) -> Health:
        """Its health now, late if nobody looked, even when the process that should have said so is dead."""
        if self.late:
            return Health.LATE
        return self.state.health if self.state else Health.UNSEEN

    @property
    def advice(self) -> str:
        """What to do about it."""
        return (self.config.why_off or "It is switched off.") if not self.config.enabled else healths.ADVICE[self.health]


def tender(session: Session, ocid: str) -> Tender | None:
    """The tender of that ocid, or the one it was joined with."""
    if (found := session.exec(select(Tender).where(Tender.ocid == ocid)).first()) is not None:
        return found
    joined = select(Tender).join(Release, col(Release.tender_id) == col(Tender.id)).where(Release.ocid == ocid)
    return session.exec(joined.order_by(col(Release.id))).first()


def history(session: Session, ocid: str) -> list[HistoryEntry]:
    """Everything known to have happened to a tender, newest first, also what was told to nobody."""
    found = tender(session, ocid)
    if found is None:
        return []
    query = (
        select(Release, Capture)
        .outerjoin(Capture, col(Capture.id) == col(Release.capture_id))
        .where(Release.tender_id == found.id)
        .order_by(col(Release.date).desc(), col(Release.id).desc())
    )
    return [HistoryEntry(release, capture) for release, capture in session.exec(query)]


def releases(
    session: Session, *, since: datetime | None = None, after: int = 0, limit: int = 100
) -> list[tuple[Release, Tender]]:
    """Releases of tenders, with them, in the order they were written, after a cursor (a release's id) or since a time."""
    query = select(Release, Tender).join(Tender, col(Tender.id) == col(Release.tender_id)).where(col(Release.id) > after)
    query = query.where(is_tender())
    if since is not None:
        query = query.where(col(Release.date) >= since)
    return list(session.exec(query.order_by(col(Release.id)).limit(limit)))


def histories(session: Session, tenders: Iterable[Tender]) -> list[tuple[Tender, list[Release]]]:
    """These tenders, each once, with all their releases in the order they were written."""
    known = {tender.id or 0: tender for tender in tenders}
    told: dict[int, list[Release]] = {number: [] for number in known}
    for chunk in chunks(sorted(known)):
        for release in session.exec(select(Release).where(col(Release.tender_id).in_(chunk)).order_by(col(Release.id))):
            told[release.tender_id].append(release)
    return [(known[number], releases) for number, releases in told.items()]


def closings(
    session: Session, spans: Iterable[tuple[datetime, datetime]], *, ocids: Iterable[str] = ()
) -> list[tuple[Release, Tender]]:
    """Tenders that close within these spans (after the first time, not after the second), and those named, each with the release
    that stated its closing time.
    """
    closing = or_(*(and_(col(Tender.closes_at) > after, col(Tender.closes_at) <= before) for after, before in spans))
    wanted = set(session.exec(select(Tender.id).where(is_tender(), closing)))
    for names in chunks(sorted(ocids)):
        wanted |= set(session.exec(select(Tender.id).where(is_tender(), col(Tender.ocid).in_(names))))
    found: list[tuple[Release, Tender]] = []
    for chunk in chunks(sorted(one for one in wanted if one is not None)):
        query = select(Release, Tender).join(Tender, col(Tender.id) == col(Release.tender_id))
        found += session.exec(query.where(col(Release.tender_id).in_(chunk)).order_by(col(Release.id)))
    latest: dict[str, tuple[Release, Tender]] = {}
    for release, tender in found:
        if tender.ocid not in latest or any(change["field"] == "closes" for change in release.changes):
            latest[tender.ocid] = (release, tender)
    return list(latest.values())


def earlier(session: Session, release: Release) -> int:
    """How many releases its tender had before this one."""
    before = select(func.count()).where(Release.tender_id == release.tender_id, col(Release.id) < release.id)
    return session.exec(before).one()


def sightings(session: Session, ocid: str) -> list[Sighting]:
    """Where a tender is or was shown, first seen first."""
    query = select(Sighting).join(Tender, col(Tender.id) == col(Sighting.tender_id)).where(Tender.ocid == ocid)
    return list(session.exec(query.order_by(col(Sighting.first_seen_at), col(Sighting.id))))


def showing(session: Session, source: str) -> list[dict[str, Any]]:
    """What the source says of each row it shows, as it said it last."""
    query = select(Sighting.posting).where(Sighting.source == source, col(Sighting.missing_since).is_(None))
    return [dict(posting) for posting in session.exec(query.order_by(col(Sighting.id))).all()]


def sources(session: Session) -> list[Source]:
    """What is remembered of each source ever looked at, by name."""
    return list(session.exec(select(Source).order_by(Source.name)))


def validators(session: Session, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What makes the next look at each of these sources conditional, by address."""
    found: dict[str, dict[str, Any]] = {}
    for chunk in chunks(names):
        rows = session.exec(select(Source.name, Source.validators).where(col(Source.name).in_(chunk)))
        found |= {name: dict(known) for name, known in rows}
    return found


def health(session: Session, configs: dict[str, SourceConfig], *, now: datetime) -> list[SourceHealth]:
    """Every configured source with its health, in the order of the configuration; what only a look needs is not read of it."""
    states = {state.name: state for state in session.exec(select(Source).options(*_NEEDLESS))}
    return [SourceHealth(config, states.get(name), _is_late(config, states.get(name), now)) for name, config in configs.items()]


def late(session: Session, configs: dict[str, SourceConfig], *, now: datetime) -> list[str]:
    """Names of the enabled sources without a good look for longer than their rhythm allows."""
    states = {state.name: state for state in session.exec(select(Source).options(*_NEEDLESS))}
    return [name for name, config in configs.items() if _is_late(config, states.get(name), now)]


def _is_late(config: SourceConfig, state: Source | None, now: datetime) -> bool:
    return (
        config.enabled
        and state is not None
        and healths.late(state.last_good_at, known_since=state.last_looked_at, silence=config.silence, now=now)
        and state.health in {Health.HEALTHY, Health.UNSEEN, Health.LATE}
    )


def due(session: Session, configs: dict[str, SourceConfig], *, now: datetime) -> list[str]:
    """Names of the enabled sources to look at now."""
    states = {state.name: state.next_look_at for state in sources(session)}
    return [name for name, config in configs.items() if config.enabled and ((at := states.get(name)) is None or at <= now)]


def events(session: Session, source: str | None = None, *, limit: int = 50) -> list[SourceEvent]:
    """Steps of health, newest first, of one source or of all."""
    query = select(SourceEvent).order_by(col(SourceEvent.at).desc(), col(SourceEvent.id).desc()).limit(limit)
    return list(session.exec(query.where(SourceEvent.source == source) if source else query))


def captures(session: Session, source: str, *, limit: int = 50) -> list[Capture]:
    """What was fetched from a source, newest first."""
    query = select(Capture).where(Capture.source == source).order_by(col(Capture.taken_at).desc(), col(Capture.id).desc())
    return list(session.exec(query.limit(limit)))


def capture(session: Session, capture_id: int) -> Capture | None:
    """One capture by its number."""
    return session.get(Capture, capture_id)
