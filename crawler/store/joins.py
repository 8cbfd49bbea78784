"""One tender on many portals: finding it again on another source, and joining or parting sightings by hand."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from contracts.vocabulary import ReleaseTag
from crawler import programs
from crawler.identity import same_tender
from crawler.items import Posting
from crawler.models import Release, Sighting, Tender
from crawler.normalise import number_key, ocid, tender_values
from crawler.sources import SourceConfig
from crawler.store import documents
from crawler.store.plan import chunks

COMPLETED = ("number", "number_key", "buyer", "type", "description", "published_at", "url", "amendments", "addenda", "documents")


@dataclass(frozen=True, slots=True)
class Match:
    """A tender that a posting is, and why, in words for the page."""

    tender: Tender
    reasons: tuple[str, ...]


class NotJoined(Exception):
    """Raised for tenders that can't be joined or taken apart so; the sentence says why and what can be done."""


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


def reasons(session: Session, one: Tender, other: Tender) -> tuple[str, ...]:
    """What speaks for two tenders being one, by any two of their sightings, in words; empty where nothing strong does."""
    for first in _sightings(session, one):
        for second in _sightings(session, other):
            said = [
                Posting.load({**s.posting, "buyer": s.posting.get("buyer") or t.buyer})
                for s, t in ((first, one), (second, other))
            ]
            if found := same_tender(said[0], said[1], zones=(one.zone, other.zone)):
                return found
    return ()


def join(session: Session, keep: Tender, other: Tender, *, by: str, now: datetime) -> tuple[str, ...]:
    """Take `other` for the same tender as `keep`: its sightings and history move, its own row goes, its ocid still finds `keep`.

    Gives the reasons that are recorded with the sightings. Nothing is told to anybody. Raises NotJoined.
    """
    if keep.id == other.id:
        raise NotJoined("both are one tender already")
    if keep.is_program or other.is_program:
        raise NotJoined("a program page is no tender and is never joined with one")
    told = (f"joined by {by} on {now.date().isoformat()}", *reasons(session, keep, other))
    for sighting in _sightings(session, other):
        sighting.tender_id = keep.id or 0
        sighting.reasons = [*sighting.reasons, *told]
    _move(session, keep, col(Release.tender_id) == other.id)
    documents.move(session, old=other, new=keep)
    for name in COMPLETED:
        if getattr(keep, name) is None:
            setattr(keep, name, getattr(other, name))
    keep.programs = list(dict.fromkeys([*keep.programs, *other.programs]))
    keep.first_seen_at = min(keep.first_seen_at, other.first_seen_at)
    keep.changed_at = now
    session.flush()
    session.delete(other)
    session.flush()
    return told


def part(session: Session, tender: Tender, source: SourceConfig, *, by: str, now: datetime) -> Tender:
    """Take what one source shows of a tender for a tender of its own, under the ocid it has from there; its history moves along.

    It is not joined again by itself. Nothing is told to anybody. Raises NotJoined for a source that does not show it, and for the
    one whose word its values are.
    """
    shown = _sightings(session, tender)
    leaving = [sighting for sighting in shown if sighting.source == source.name]
    others = ", ".join(dict.fromkeys(sighting.source for sighting in shown if sighting.source != source.name))
    if not leaving:
        raise NotJoined(f"{source.name} does not show it; it is shown by {others or 'nobody'}")
    if not others:
        raise NotJoined(f"{source.name} alone shows it: there is nothing to take it apart from")
    if tender.source == source.name:
        raise NotJoined(f"its values are the word of {source.name}: take the others away instead ({others})")
    posting = Posting.load(leaving[-1].posting)
    name = ocid(source.name, leaving[-1].native_id)
    if session.exec(select(Tender.id).where(Tender.ocid == name)).first() is not None:
        name = ocid(source.name, f"{leaving[-1].native_id}\x00{now.isoformat()}")
    own = Tender(
        **(values := tender_values(posting, source)),
        ocid=name,
        programs=list(programs.lines_of(replace(posting, buyer=values["buyer"]))),
        source=source.name,
        first_seen_at=min(sighting.first_seen_at for sighting in leaving),
        last_seen_at=max(sighting.last_seen_at for sighting in leaving),
        changed_at=now,
    )
    session.add(own)
    session.flush()
    for sighting in leaving:
        sighting.tender_id = own.id or 0
        sighting.reasons = [f"taken apart by {by} on {now.date().isoformat()}"]
    documents.move(session, old=tender, new=own, source=source.name)
    _move(session, own, (col(Release.tender_id) == tender.id) & (col(Release.source) == source.name))
    if session.exec(select(Release.id).where(Release.tender_id == own.id)).first() is None:
        mark = hashlib.blake2b(f"{name}\x00{now.isoformat()}".encode(), digest_size=6).hexdigest()
        first = Release(
            release_id=f"{name}-{mark}", ocid=name, tender_id=own.id or 0, tag=ReleaseTag.TENDER, date=now, source=source.name
        )
        first.news = False
        session.add(first)
    tender.changed_at = now
    session.flush()
    return own


def _move(session: Session, new: Tender, which: Any) -> None:
    """Releases keep the ocid they were written under, by which they are found."""
    for release in session.exec(select(Release).where(which)):
        release.tender_id = new.id or 0
    session.flush()


def _sightings(session: Session, tender: Tender) -> list[Sighting]:
    return list(session.exec(select(Sighting).where(Sighting.tender_id == tender.id).order_by(col(Sighting.id))))
