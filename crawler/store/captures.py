"""The rows that say what was fetched and where its bytes are kept."""

from collections.abc import Sequence

from sqlalchemy import update
from sqlmodel import Session, col

from crawler.items import CapturedPage, Look
from crawler.models import Capture


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
