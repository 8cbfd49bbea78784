"""One tender on many portals: finding it again on another source, and joining or parting sightings by hand."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from crawler.identity import same_tender
from crawler.items import Posting
from crawler.models import Release, Sighting, Tender
from crawler.normalise import number_key
from crawler.sources import SourceConfig
from crawler.store.plan import chunks


@dataclass(frozen=True, slots=True)
class Match:
    """A tender that a posting is, and why, in words for the page."""

    tender: Tender
    reasons: tuple[str, ...]


def find(session: Session, source: SourceConfig, postings: list[Posting]) -> list[Match | None]:
    """For each posting the one tender of other sources that it surely is; two candidates are none."""
    keys = {key for posting in postings if (key := number_key(posting.number))}
    near: dict[str, list[tuple[Tender, Posting]]] = {}
    for chunk in chunks(sorted(keys)):
        query = (
            select(Tender, Sighting)
            .join(Sighting, col(Sighting.tender_id) == col(Tender.id))
            .where(col(Tender.number_key).in_(chunk), Sighting.source != source.name)
        )
        for tender, sighting in session.exec(query):
            posting = Posting.load({**sighting.posting, "buyer": sighting.posting.get("buyer") or tender.buyer})
            near.setdefault(tender.number_key or "", []).append((tender, posting))
    return [_match(posting, near.get(number_key(posting.number) or "", []), source) for posting in postings]


def _match(posting: Posting, near: list[tuple[Tender, Posting]], source: SourceConfig) -> Match | None:
    said = posting if posting.buyer else Posting.load({**posting.dump(), "buyer": source.buyer})
    found: dict[int | None, Match] = {}
    for tender, other in near:
        if reasons := same_tender(said, other, zones=(source.zone, tender.zone)):
            found.setdefault(tender.id, Match(tender, reasons))
    return next(iter(found.values())) if len(found) == 1 else None


def join(session: Session, keep: Tender, other: Tender, *, by: str, now: datetime) -> None:
    """Take `other` for the same tender as `keep`: its sightings and history move, its own row goes."""
    reason = f"joined by {by} on {now.date().isoformat()}"
    for sighting in session.exec(select(Sighting).where(Sighting.tender_id == other.id)):
        sighting.tender_id = keep.id or 0
        sighting.reasons = [*sighting.reasons, reason]
    for release in session.exec(select(Release).where(Release.tender_id == other.id)):
        release.tender_id = keep.id or 0
    session.flush()
    session.delete(other)
    session.flush()
