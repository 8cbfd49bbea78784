"""A source beyond its rhythm is told to its operator by the clock, once, though no look of it ended; its recovery too."""

from datetime import timedelta
from pathlib import Path

from sqlmodel import select

from api import jobs, journeys
from api.database import Database
from api.house import House
from api.jobs import JOBS
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


def test_the_job_wakes_the_outbox_but_not_before_the_node_has_had_time_to_look(stored: Database, tmp_path: Path) -> None:
    with stored.write() as session:
        store.save(session, SOURCE, SEEN, now=NOW - 4 * HOUR)
    woken: list[str] = []
    moments = iter([NOW, NOW + timedelta(seconds=5), *[NOW + 2 * jobs.SETTLING] * 9])
    stored.told = lambda: woken.append("outbox")
    house = House(service.settings(tmp_path), stored, SOURCES, lambda: next(moments))
    jobs.lateness(house)
    assert (told(stored), woken) == ([], [])
    jobs.lateness(house)
    assert (told(stored), woken) == ([("city@clinic.example", "late")], ["outbox"])


def test_the_service_asks_every_minute() -> None:
    assert {job.name: job.every for job in JOBS}["lateness"] == timedelta(minutes=1)
