"""The rows that say what was fetched and where its bytes are kept."""

from collections.abc import Sequence

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from crawler.items import CapturedPage, Look
from crawler.models import Capture
from crawler.store.plan import chunks


def keep(session: Session, look: Look, *, verdict: str) -> Capture | None:
    """The rows for what was fetched; the first of them is the one releases point to."""
    made = [_capture(look.source, page, verdict) for page in look.pages]
    session.add_all(made)
    session.flush()
    return made[0] if made else None


def _capture(source: str, page: CapturedPage, verdict: str) -> Capture:
    return Capture(
        source=source,
        taken_at=page.taken_at,
        url=page.url,
        http_status=page.status,
        media_type=page.media_type,
        sha256=page.sha256,
        size=page.size,
        archive=page.archive,
        archive_offset=page.archive_offset,
        rows=page.rows,
        verdict=verdict,
    )


def forget(session: Session, files: Sequence[str]) -> None:
    """Know no more where answers are kept that stood in these evidence files; that they came, and their digests, stay."""
    for file in files:
        session.connection().execute(
            update(Capture).where(col(Capture.archive) == file).values(archive=None, archive_offset=None)
        )


def archives(session: Session) -> set[str]:
    """The evidence files that answers are known to stand in, on whichever node."""
    return {file for file in session.exec(select(Capture.archive).distinct()) if file is not None}


def only_in(session: Session, file: str) -> list[str]:
    """The digests of the answers that stand in this evidence file and in no other."""
    found = set(session.exec(select(Capture.sha256).where(Capture.archive == file).distinct()))
    for chunk in chunks(sorted(found)):
        places = select(Capture.sha256).where(col(Capture.sha256).in_(chunk), col(Capture.archive) != file)
        for digest in session.exec(places):  # a place that is forgotten is NULL, and differs from nothing
            found.discard(digest)
    return sorted(found)


def forgotten(session: Session, digests: Sequence[str]) -> list[str]:
    """Those of these digests whose answers came once and are known to stand nowhere any more."""
    found: list[str] = []
    for chunk in chunks(digests):
        places = select(Capture.sha256).where(col(Capture.sha256).in_(chunk)).group_by(Capture.sha256)
        found.extend(session.exec(places.having(func.count(col(Capture.archive)) == 0)))
    return found
