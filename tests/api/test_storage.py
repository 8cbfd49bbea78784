"""What one node wrote another one shows, through a store that both reach; and a backup of either holds all of it."""

import secrets
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import fsspec
import pytest
from sqlmodel import SQLModel

from api import backup, doctor, filing, jobs, storage
from api.database import Database
from api.findings import Level
from api.house import House
from api.settings import Settings
from api.storage import Store
from contracts import documents, originals
from contracts.models import Contract
from crawler import archive, files
from crawler.items import CapturedPage, Page
from crawler.models import Capture

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
TEXT = b"1. Term. This agreement ends on December 31, 2027."


@pytest.fixture(params=["memory", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A store: in memory, or a folder that both nodes mount."""
    name = f"store-{secrets.token_hex(4)}"
    yield f"memory://{name}" if request.param == "memory" else (tmp_path / name).as_uri()
    if request.param == "memory":
        memory = fsspec.filesystem("memory")
        for path in memory.find(f"/{name}"):
            memory.rm_file(path)


@pytest.fixture
def nodes(url: str, tmp_path: Path) -> tuple[Settings, Settings]:
    """Two data folders, one database, one store."""
    shared = f"sqlite:///{tmp_path / 'shared.db'}"
    one, other = (Settings(data=tmp_path / name, store_url=url, database_url=shared) for name in ("one", "other"))
    for settings in (one, other):
        settings.data.mkdir()
    with closing(Database(shared)) as database:
        SQLModel.metadata.create_all(database.engine)
    return one, other


def write(settings: Settings) -> tuple[str, list[Capture]]:
    """An original and two answers, of which the second repeats the first; as one node writes them."""
    read = documents.read(TEXT, file_name="agreement.txt")
    with closing(Database(settings.url)) as database, database.write() as session:
        contract = Contract(organisation_id=1, title="Services", created_at=NOW)
        filing.file(session, read, contract, folder=settings.originals, now=NOW, by="a person")
        kept = [
            archive.keep(settings.archive, Page(b"the page", url="https://portal.example/"), NOW, source="city") for _ in "ab"
        ]
        captures = [_capture(page) for page in kept]
        session.add_all(captures)
    return read.sha256, captures


def _capture(page: CapturedPage) -> Capture:
    return Capture(
        source="city", taken_at=NOW, url=page.url, http_status=200, sha256=page.sha256, size=page.size,
        archive=page.archive, archive_offset=page.archive_offset,
    )  # fmt: skip


def test_another_node_shows_what_one_node_wrote(nodes: tuple[Settings, Settings]) -> None:
    one, other = nodes
    digest, captures = write(one)
    assert storage.ship(one) == 2
    assert storage.ship(one) == 0
    storage.bring_original(other, digest)
    assert originals.fetch(other.originals, digest) == TEXT
    for capture in captures:
        page = storage.answer(other, capture)
        assert (page.body, page.url) == (b"the page", "https://portal.example/")


def test_a_bids_file_is_shipped_and_brought_too(nodes: tuple[Settings, Settings]) -> None:
    one, other = nodes
    digest = originals.hashlib.sha256(b"bid form").hexdigest()
    place = files.place(one.archive, digest)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"bid form")
    assert storage.ship(one) == 1
    storage.bring_document(other, digest)
    assert files.place(other.archive, digest).read_bytes() == b"bid form"


def test_other_bytes_than_the_digest_says_are_not_taken(nodes: tuple[Settings, Settings]) -> None:
    one, other = nodes
    digest, _ = write(one)
    Store(one.store_url).put(f"originals/{digest[:2]}/{digest}", b"forged")
    storage.bring_original(other, digest)
    with pytest.raises(originals.OriginalLost):
        originals.fetch(other.originals, digest)


def test_what_nobody_shipped_is_said_to_be_missing(nodes: tuple[Settings, Settings]) -> None:
    one, other = nodes
    digest, captures = write(one)
    storage.bring_original(other, digest)
    with pytest.raises(archive.NotKept, match="is not in the store"):
        storage.answer(other, captures[0])


def test_a_backup_of_either_node_holds_all_of_it(nodes: tuple[Settings, Settings], tmp_path: Path) -> None:
    one, other = nodes
    digest, captures = write(one)
    storage.ship(one)
    made = backup.make(other, tmp_path / "backups", now=NOW)
    alone = Settings(data=tmp_path / "alone")
    backup.restore(made, alone)
    assert originals.fetch(alone.originals, digest) == TEXT
    assert storage.answer(alone, captures[1]).body == b"the page"


def test_shipping_is_a_job_of_every_node_and_waits_for_a_store_that_is_down(
    nodes: tuple[Settings, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = nodes
    write(one)
    (job,) = [job for job in jobs.JOBS if job.name == "shipping"]
    assert job.everywhere
    with closing(Database(one.url)) as database:
        house = House(one, database, {}, lambda: NOW)
        monkeypatch.setattr(Store, "put", lambda *_: (_ for _ in ()).throw(ConnectionError("no route to the store")))
        job.run(house)
        monkeypatch.undo()
        job.run(house)
        job.run(House(one.model_copy(update={"store_url": ""}), database, {}, lambda: NOW))
    assert storage.ship(one) == 0


def test_an_address_that_no_installed_package_speaks_to_is_said_by_the_doctor_and_stops_no_job(
    nodes: tuple[Settings, Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    one = nodes[0].model_copy(update={"store_url": "carrier-pigeon://loft"})
    (finding,) = doctor._store(one)
    assert finding.level is Level.MISSING
    assert finding.found == "BIDKEEPER_STORE_URL can't be used: Protocol not known: carrier-pigeon"
    (job,) = [job for job in jobs.JOBS if job.name == "shipping"]
    with closing(Database(one.url)) as database:
        job.run(House(one, database, {}, lambda: NOW))
    assert "Protocol not known: carrier-pigeon" in capsys.readouterr().out
    assert [found.level for found in doctor._store(nodes[0])] == [Level.GOOD]
