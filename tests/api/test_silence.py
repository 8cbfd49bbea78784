"""A source beyond its rhythm is told to its operator by the clock, once, though no look of it ended; its recovery too."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from api import journeys, serving
from api.database import Database
from contracts.vocabulary import Health, TenderStatus
from crawler import store
from crawler.items import Look, Posting
from crawler.sources import SourceConfig
from notifier.models import Delivery, Notification
from tests.api import service

NOW, HOUR = service.NOW, timedelta(hours=1)
SOURCE = SourceConfig(
    name="city", platform="feed", address="https://portal.example", permission="ours", every=HOUR, operator="city@clinic.example"
)
SOURCES = {"city": SOURCE}
SEEN = Look("city", NOW, postings=(Posting(id="1", number="1", title="Work", status=TenderStatus.OPEN),), rows=1)


def told(stored: Database) -> list[tuple[str, str]]:
    with stored.read() as session:
        notes = {note.id: note.content["new"] for note in session.exec(select(Notification))}
        return [(one.address, notes[one.notification_id]) for one in session.exec(select(Delivery))]


def test_silence_is_told_once_and_so_is_its_end(stored: Database) -> None:
    with stored.write() as session:
        journeys.record(session, SOURCE, SEEN, now=NOW, operator="")
    assert journeys.silence(stored, SOURCES, now=NOW + 3 * HOUR, operator="") == ()
    (event,) = journeys.silence(stored, SOURCES, now=NOW + 4 * HOUR, operator="")
    assert (event.old, event.new) == (Health.HEALTHY, Health.LATE)
    assert journeys.silence(stored, SOURCES, now=NOW + 5 * HOUR, operator="") == ()
    assert told(stored) == [("city@clinic.example", "late")]
    with stored.write() as session:
        journeys.record(session, SOURCE, SEEN, now=NOW + 6 * HOUR, operator="")
    assert told(stored)[1:] == [("city@clinic.example", "healthy")]


def test_the_outbox_is_woken_for_it(stored: Database, tmp_path: Path) -> None:
    with stored.write() as session:
        store.save(session, SOURCE, SEEN, now=NOW - 4 * HOUR)
    woken: list[str] = []
    serving._tell_silent(stored, SOURCES, service.settings(tmp_path), lambda: NOW, lambda: woken.append("outbox"))
    assert (told(stored), woken) == ([("city@clinic.example", "late")], ["outbox"])


def test_the_clock_of_the_service_holds_the_question(stored: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[timedelta] = []
    monkeypatch.setattr(serving, "configured", lambda settings: {})
    monkeypatch.setattr(serving.Clock, "every", lambda self, rhythm, work, *, name: asked.append(rhythm))

    async def live() -> None:
        app = serving.application(service.settings(tmp_path), stored, lambda: NOW)
        async with app.router.lifespan_context(app):
            pass

    asyncio.run(live())
    assert timedelta(minutes=1) in asked
