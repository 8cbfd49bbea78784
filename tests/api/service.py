"""An application over a fresh database at a fixed time, a client for it, and rows that name what matters."""

import warnings
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlmodel import Session, SQLModel

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Starlette would rather have another client; this one is what it documents
    from fastapi.testclient import TestClient

from api.app import create_app
from api.database import Database
from api.settings import Settings
from contracts.vocabulary import Health, ReleaseTag, TenderStatus
from crawler.models import Capture, Release, Sighting, Source, Tender

NOW = datetime(2026, 7, 8, 17, 0, tzinfo=UTC)  # Wed 10:00 am PDT
BASE = "http://127.0.0.1:8000"
HTML = {"accept": "text/html,application/xhtml+xml"}


SOURCES = """
[board]
platform = "html-list"
title = "The board's own page"
address = "https://board.example/bids"
permission = "asked and granted"
[harbour-city]
platform = "bids-and-tenders"
title = "Harbour City"
address = "https://harbour.example/"
permission = "public page"
[north-region]
platform = "bids-and-tenders"
address = "https://north.example/"
permission = "public page"
[public-notices]
platform = "canadabuys-csv"
address = "https://notices.example/open.csv"
permission = "open licence"
[someday]
platform = "html-list"
enabled = false
why_off = "Its address is not known."
"""


def settings(folder: Path, **changed: Any) -> Settings:
    """Settings over a data folder that watches the sources above."""
    folder.mkdir(exist_ok=True)
    (folder / "sources.toml").write_text(SOURCES)
    return Settings(data=folder, **changed)


def database(folder: Path) -> Database:
    """An empty SQLite database with every table: a copy, since making fifty tables durably costs more than most tests."""
    (folder / "test.db").write_bytes(_empty())
    return Database(f"sqlite:///{folder / 'test.db'}")


@cache
def _empty() -> bytes:
    with TemporaryDirectory() as folder:
        made = Database(f"sqlite:///{folder}/empty.db")
        SQLModel.metadata.create_all(made.engine)
        made.close()  # the last connection writes the log back into the file
        return (Path(folder) / "empty.db").read_bytes()


def client(database: Database, folder: Path, **changed: Any) -> TestClient:
    """A client that asks the service under its loopback name, as a browser's own page would."""
    app = create_app(settings(folder, **changed), database, clock=lambda: NOW)
    return TestClient(app, base_url=BASE, follow_redirects=False)


def add_tender(session: Session, **changed: Any) -> Tender:
    """A stored open tender with its sighting and the release of its first look."""
    number = changed.get("number", "048-2026")
    values: dict[str, Any] = {
        "ocid": f"ocds-test-{number}",
        "number": number,
        "title": "Occupational rehabilitation services",
        "status": TenderStatus.OPEN,
        "buyer": "A compensation board",
        "type": "RFP",
        "published_at": NOW - timedelta(days=7),
        "closes_at": NOW + timedelta(days=6),
        "closes_text": "Tue Jul 14, 2026 10:00 AM (PDT)",
        "zone": "America/Vancouver",
        "url": "https://portal.example/048-2026",
        "amendments": 0,
        "addenda": 1,
        "documents": 3,
        "source": "board",
        "first_seen_at": NOW - timedelta(days=7),
        "last_seen_at": NOW,
        "changed_at": NOW - timedelta(days=1),
    }
    tender = Tender(**(values | changed))
    session.add(tender)
    session.flush()
    assert tender.id is not None
    session.add(
        Sighting(
            source=tender.source,
            native_id=f"n-{tender.id}",
            tender_id=tender.id,
            posting={},
            digest="0",
            first_seen_at=tender.first_seen_at,
            last_seen_at=NOW,
        )
    )
    add_release(session, tender, tag=ReleaseTag.TENDER, date=tender.first_seen_at)
    return tender


def add_release(session: Session, tender: Tender, **changed: Any) -> Release:
    """A release of `tender` with a capture as its evidence."""
    assert tender.id is not None
    capture = Capture(
        source=tender.source, taken_at=NOW, url="https://portal.example/", http_status=200, sha256="ab" * 32, size=10
    )
    session.add(capture)
    session.flush()
    values: dict[str, Any] = {
        "ocid": tender.ocid,
        "tender_id": tender.id,
        "tag": ReleaseTag.TENDER_AMENDMENT,
        "date": NOW - timedelta(days=1),
        "source": tender.source,
        "capture_id": capture.id,
    }
    release = Release(release_id=f"{tender.ocid}-{capture.id}", **(values | changed))
    session.add(release)
    session.flush()
    return release


def add_source(session: Session, name: str = "board", **changed: Any) -> Source:
    """A remembered source in good health."""
    values: dict[str, Any] = {"health": Health.HEALTHY, "health_since": NOW, "last_good_at": NOW, "last_looked_at": NOW}
    source = Source(name=name, **(values | changed))
    session.add(source)
    session.flush()
    return source
