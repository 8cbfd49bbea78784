"""Portals' answers are kept as long as the setting says, whole months at a time; what they led to stays on record."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from api import clearing
from api.settings import Settings
from crawler import archive
from crawler.items import Page
from crawler.models import Capture
from tests.api.service import database


@pytest.mark.parametrize(
    ("days", "now", "gone"),
    [
        (0, datetime(2036, 1, 1, tzinfo=UTC), []),
        (90, datetime(2026, 9, 28, tzinfo=UTC), []),
        (90, datetime(2026, 9, 29, tzinfo=UTC), ["board-2026-06.warc.gz"]),
        (1, datetime(2026, 12, 1, tzinfo=UTC), ["board-2026-06.warc.gz", "board-2026-07.warc.gz"]),
    ],
)
def test_a_month_goes_once_its_last_day_is_old_enough(tmp_path: Path, days: int, now: datetime, gone: list[str]) -> None:
    settings, rows = Settings(data=tmp_path, evidence_days=days), database(tmp_path)
    with rows.write() as session:
        for month in (6, 7):
            kept = archive.keep(
                settings.archive, Page(b"same", "https://x.example/"), datetime(2026, month, 30, tzinfo=UTC), source="board"
            )
            session.add(
                Capture(
                    source="board",
                    taken_at=kept.taken_at,
                    url=kept.url,
                    sha256=kept.sha256,
                    size=4,
                    archive=kept.archive,
                    archive_offset=kept.archive_offset,
                )
            )
    assert clearing.old_evidence(rows, settings, now=now) == gone
    with rows.read() as session:
        left = session.exec(select(Capture.archive).order_by(Capture.taken_at)).all()  # type: ignore[arg-type]
        july = session.exec(select(Capture).where(Capture.archive == "board-2026-07.warc.gz")).first()
    assert left == [None if file in gone else file for file in ("board-2026-06.warc.gz", "board-2026-07.warc.gz")]
    if july is not None:
        assert archive.read(settings.archive, july.archive or "", july.archive_offset or 0).body == b"same"
    rows.close()
