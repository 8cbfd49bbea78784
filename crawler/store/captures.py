"""The rows that say what was fetched and where its bytes are kept."""

from sqlmodel import Session

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
