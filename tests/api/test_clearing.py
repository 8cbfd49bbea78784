"""What is kept no longer is gone from every node's disk and from the store that they share, whoever did away with it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from api import clearing, filing, jobs, retaining, storage
from api.database import Database
from api.house import House
from api.settings import Settings
from api.storage import Store
from contracts import documents, originals
from contracts.models import Contract, Pursuit
from crawler import archive
from crawler.items import Page
from crawler.models import Capture
from tests.api import service

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
JUNE, OCTOBER = (datetime(2026, month, 30, tzinfo=UTC) for month in (6, 10))
TEXT = b"1. Term. This agreement ends on December 31, 2027."


@dataclass(frozen=True)
class Nodes:
    """Two data folders, one database, one store."""

    one: Settings
    other: Settings
    database: Database

    @property
    def store(self) -> Store:
        return Store(self.one.store_url)


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    shared = service.database(tmp_path)
    url = (tmp_path / "store").as_uri()
    one, other = (
        Settings(data=tmp_path / name, store_url=url, database_url=shared.url, evidence_days=90) for name in ("one", "other")
    )
    with closing(shared):
        yield Nodes(one, other, shared)


def looked(nodes: Nodes, node: Settings, at: datetime, body: bytes) -> Capture:
    """An answer as one node keeps and ships it."""
    kept = archive.keep(node.archive, Page(body, "https://board.example/"), at, source="board")
    capture = Capture(
        source="board", taken_at=at, url=kept.url, sha256=kept.sha256, size=kept.size,
        archive=kept.archive, archive_offset=kept.archive_offset,
    )  # fmt: skip
    with nodes.database.write() as session:
        session.add(capture)
    storage.ship(node)
    return capture


def in_store(nodes: Nodes, capture: Capture) -> bool:
    return nodes.store.has(f"answers/{capture.sha256[:2]}/{capture.sha256}.warc.gz")


def test_old_evidence_goes_from_both_nodes_and_from_the_store_but_not_what_is_still_shown(nodes: Nodes) -> None:
    old, theirs = looked(nodes, nodes.one, JUNE, b"old"), looked(nodes, nodes.other, JUNE, b"theirs")
    looked(nodes, nodes.one, JUNE, b"stands still")
    still = looked(nodes, nodes.other, OCTOBER, b"stands still")
    assert clearing.old_evidence(nodes.database, nodes.one, now=NOW) == ["board-2026-06.warc.gz"]
    assert [in_store(nodes, one) for one in (old, theirs, still)] == [False, False, True]
    assert (nodes.other.archive / "board-2026-06.warc.gz").exists()
    assert clearing.old_evidence(nodes.database, nodes.other, now=NOW) == ["board-2026-06.warc.gz"]
    assert not (nodes.other.archive / "board-2026-06.warc.gz").exists()
    assert storage.answer(nodes.one, still).body == b"stands still"


def test_the_evidence_of_a_node_that_is_gone_goes_too(nodes: Nodes) -> None:
    old = looked(nodes, nodes.other, JUNE, b"old")
    assert clearing.old_evidence(nodes.database, nodes.one, now=NOW) == []
    assert not in_store(nodes, old)


def test_what_a_backup_fetched_goes_with_the_rest(nodes: Nodes) -> None:
    old, new = looked(nodes, nodes.other, JUNE, b"old"), looked(nodes, nodes.other, OCTOBER, b"new")
    for capture in (old, new):
        place = nodes.one.data / f"answers/{capture.sha256[:2]}/{capture.sha256}.warc.gz"
        place.parent.mkdir(parents=True)
        place.write_bytes(b"x")
    clearing.old_evidence(nodes.database, nodes.one, now=NOW)
    assert [path.name.split(".")[0] for path in nodes.one.data.glob("answers/*/*")] == [new.sha256]


def test_what_stands_at_its_place_in_another_nodes_file_is_not_taken_for_it(nodes: Nodes) -> None:
    mine, theirs = looked(nodes, nodes.one, OCTOBER, b"mine"), looked(nodes, nodes.other, OCTOBER, b"ours")
    assert mine.archive == theirs.archive
    theirs.archive_offset = mine.archive_offset  # by chance
    assert storage.answer(nodes.one, theirs).body == b"ours"
    alone = nodes.one.model_copy(update={"store_url": ""})
    with pytest.raises(archive.NotKept, match=r"board-2026-10.warc.gz holds another answer at \d+"):
        storage.answer(alone, theirs)


def filed(nodes: Nodes, node: Settings) -> tuple[int, str]:
    """A contract with a document, on file on one node and fetched by the other."""
    read = documents.read(TEXT, file_name="agreement.txt")
    with nodes.database.write() as session:
        contract = Contract(organisation_id=1, title="Services", end_date=date(2019, 4, 1), created_at=NOW)
        filing.file(session, read, contract, folder=node.originals, now=NOW, by="a person")
    originals.put_rendition(node.originals, read.sha256, b"recognised")
    storage.ship(node)
    assert contract.id
    return contract.id, read.sha256


def dispose(nodes: Nodes, contract_id: int) -> None:
    folder = nodes.one.originals
    assert retaining.dispose(nodes.database, folder, contract_id, organisation_id=1, by="Ada", reason="over", now=NOW)


def files(node: Settings) -> list[Path]:
    return [path for path in node.originals.glob("*/*") if path.is_file()]


def test_a_disposed_contracts_file_goes_from_every_node_and_from_the_store(nodes: Nodes) -> None:
    contract_id, digest = filed(nodes, nodes.one)
    assert storage.original(nodes.other, digest) == TEXT
    assert len(files(nodes.other)) == 2  # with what was recognised from it
    dispose(nodes, contract_id)
    assert clearing.disposed(nodes.database, nodes.other) == 1
    assert clearing.disposed(nodes.database, nodes.one) == 1
    assert files(nodes.one) == files(nodes.other) == []
    assert list((nodes.one.data.parent / "store").rglob(f"{digest}*")) == []


def test_what_was_put_on_file_again_or_proves_a_submission_stays(nodes: Nodes) -> None:
    contract_id, digest = filed(nodes, nodes.one)
    with nodes.database.write() as session:
        session.add(
            Pursuit(
                organisation_id=1,
                ocid="ocds-1",
                title="Roofing",
                proof_sha256=digest,
                created_at=NOW,
                changed_at=NOW,
            )
        )
    dispose(nodes, contract_id)
    assert clearing.disposed(nodes.database, nodes.other) == 0
    assert storage.original(nodes.other, digest) == TEXT


@contextmanager
def unreachable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(Store, "remove", lambda *_: (_ for _ in ()).throw(ConnectionError("no route to the store")))
        yield


def test_a_store_that_is_away_is_cleared_when_it_is_back(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    old, (contract_id, digest) = looked(nodes, nodes.one, JUNE, b"old"), filed(nodes, nodes.one)
    dispose(nodes, contract_id)
    clears = [job for job in jobs.JOBS if job.name in {"disposed_files", "old_evidence"}]
    assert all(job.everywhere for job in clears)
    house = House(nodes.one, nodes.database, {}, lambda: NOW)
    with unreachable(monkeypatch):
        for job in clears:
            job.run(house)
    assert in_store(nodes, old)
    assert nodes.store.has(f"originals/{digest[:2]}/{digest}")
    for job in clears:
        job.run(house)
    assert not in_store(nodes, old)
    assert not nodes.store.has(f"originals/{digest[:2]}/{digest}")
