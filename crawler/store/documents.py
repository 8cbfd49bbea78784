"""The files that tenders name: which are to be fetched now, and what became of it, version by version."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_
from sqlmodel import Session, col, select

from contracts.vocabulary import Change, ReleaseTag, TenderStatus
from crawler.files import Examined, Fetched, Wanted
from crawler.models import Release, Tender, TenderDocument, is_tender
from crawler.normalise import plain, url_key
from crawler.sources import SourceConfig
from crawler.store.plan import chunks
from crawler.store.releases import release

ASKED_AGAIN = timedelta(hours=20)  # a file is asked whether it changed once a day, whatever its source's rhythm
AT_ONCE = 60  # files of a source in one go; the others come with its next look
LIVE = (TenderStatus.OPEN, TenderStatus.PLANNED, TenderStatus.UNKNOWN)


def wanted(session: Session, source: SourceConfig, *, now: datetime) -> list[Wanted]:
    """Files of the source's tenders that may still be bid for: those never fetched first, then those not asked about for a day."""
    query = select(Tender).where(Tender.source == source.name, col(Tender.status).in_(LIVE), is_tender())
    query = query.where(or_(col(Tender.closes_at).is_(None), col(Tender.closes_at) >= now))
    named: dict[str, list[Tender]] = defaultdict(list)
    for tender in session.exec(query.order_by(col(Tender.changed_at).desc())):
        for file in tender.files:
            if str(file.get("url") or "").startswith(("https://", "http://")):
                named[str(file["url"])].append(tender)
    known = _current(session, (tender.id or 0 for tenders in named.values() for tender in tenders))
    found: list[tuple[datetime | None, Wanted]] = []
    for url, tenders in named.items():
        rows = [known.get((tender.id or 0, url_key(url))) for tender in tenders]
        checked = [row.checked_at for row in rows if row]
        last = min(checked) if len(checked) == len(rows) else None
        if last is None or now - last >= ASKED_AGAIN:
            marks = next((row.validators for row in rows if row and row.sha256), {}) if last else {}
            found.append((last, Wanted(source.name, url, marks, tuple(tender.id or 0 for tender in tenders))))
    found.sort(key=lambda one: (one[0] is not None, one[0] or now))
    return [one for _, one in found[:AT_ONCE]]


def text_before(session: Session, one: Wanted) -> str | None:
    """The text of the version that is known of a wanted file."""
    rows = _current(session, one.tenders).values()
    return next((row.text for row in rows if row.url_key == url_key(one.url) and row.text is not None), None)


def take(session: Session, one: Wanted, fetched: Fetched, found: Examined, *, now: datetime) -> list[Release]:
    """Write down what became of a wanted file; a replaced one is news of each tender that names it."""
    known = _current(session, one.tenders)
    told: list[Release] = []
    for tender_id in one.tenders:
        tender, row = session.get_one(Tender, tender_id), known.get((tender_id, url_key(one.url)))
        if row is None:
            row = _row(tender, one, now)
            session.add(row)
        if fetched.unchanged or fetched.trouble or fetched.sha256 == row.sha256:
            row.checked_at, row.trouble = now, fetched.trouble
            row.validators = fetched.validators or row.validators
            continue
        before = row if row.sha256 else _renamed(session, tender, row)
        if row.sha256:
            row = _row(tender, one, now)
            session.add(row)
        _fill(row, fetched, found, now)
        if before is not None:
            session.flush()
            before.superseded_at, row.replaces_id = now, before.id
            if before.url_key == row.url_key:
                told.append(_replaced(tender, before, row, found.difference, now=now))
    session.add_all(told)
    session.flush()
    return told


def documents(session: Session, tender: Tender) -> list[TenderDocument]:
    """Every version of every file of a tender, those that count first, the newest first."""
    query = select(TenderDocument).where(TenderDocument.tender_id == tender.id)
    return sorted(session.exec(query), key=lambda row: (row.superseded_at is not None, row.title, -(row.id or 0)))


def document(session: Session, ocid: str, document_id: int) -> TenderDocument | None:
    """One version of a file of that tender."""
    query = select(TenderDocument).join(Tender, col(Tender.id) == col(TenderDocument.tender_id))
    return session.exec(query.where(Tender.ocid == ocid, TenderDocument.id == document_id)).first()


def version_before(session: Session, row: TenderDocument) -> TenderDocument | None:
    """The version that this one replaced."""
    return session.get(TenderDocument, row.replaces_id) if row.replaces_id else None


def move(session: Session, *, old: Tender, new: Tender, source: str | None = None) -> None:
    """Give a tender's files, or those of one source, to another one, as when tenders are joined or taken apart."""
    query = select(TenderDocument).where(TenderDocument.tender_id == old.id)
    for row in session.exec(query.where(TenderDocument.source == source) if source else query):
        row.tender_id = new.id or 0
    session.flush()


def _current(session: Session, tenders: Iterable[int]) -> dict[tuple[int, str], TenderDocument]:
    rows = (
        row
        for chunk in chunks(sorted(set(tenders)))
        for row in session.exec(
            select(TenderDocument).where(col(TenderDocument.tender_id).in_(chunk), col(TenderDocument.superseded_at).is_(None))
        )
    )
    return {(row.tender_id, row.url_key): row for row in rows}


def _row(tender: Tender, one: Wanted, now: datetime) -> TenderDocument:
    titles: Sequence[str] = [str(file.get("title") or "") for file in tender.files if file.get("url") == one.url]
    title = plain(titles[0]) if titles and titles[0] else one.url.rsplit("/", 1)[-1]
    return TenderDocument(
        tender_id=tender.id or 0, source=one.source, url=one.url, url_key=url_key(one.url), title=title, checked_at=now
    )


def _fill(row: TenderDocument, fetched: Fetched, found: Examined, now: datetime) -> None:
    row.sha256, row.size, row.media_type = fetched.sha256, fetched.size, fetched.media_type
    row.fetched_at = row.checked_at = now
    row.validators, row.trouble = fetched.validators, None
    row.verdict, row.verdict_note = found.verdict, found.verdict_note
    row.text, row.text_note = found.text, found.text_note


def _renamed(session: Session, tender: Tender, row: TenderDocument) -> TenderDocument | None:
    """The version of the same title that stood at an address which the tender no longer names: the file has moved."""
    named = {url_key(str(file.get("url") or "")) for file in tender.files}
    others = [
        other
        for (_, key), other in _current(session, [tender.id or 0]).items()
        if key not in named and other.title == row.title and other.sha256
    ]
    return others[0] if len(others) == 1 else None


def _replaced(tender: Tender, before: TenderDocument, row: TenderDocument, difference: str, *, now: datetime) -> Release:
    change = Change(f"document: {row.title}", _told(before), "; ".join(filter(None, (_told(row), difference))))
    tender.changed_at = now
    return release(tender, ReleaseTag.TENDER_UPDATE, [change], source=row.source, now=now, mark=row.sha256 or "")


def _told(row: TenderDocument) -> str:
    """A version in few words, for people who compare it with what they have."""
    return f"{row.size or 0:,} bytes, sha256 {(row.sha256 or '')[:12]}"
