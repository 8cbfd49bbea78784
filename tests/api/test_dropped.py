"""A file in the watched folder is put on file once and moved away; one that can't be read is moved with a sentence beside it."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from filelock import FileLock
from sqlmodel import select

from api import dropped
from api.database import Database
from api.settings import Settings
from contracts import store
from contracts.models import Contract, Document
from tests.contracts import factories, samples
from tests.contracts.factories import NOW


@pytest.fixture
def given(tmp_path: Path) -> Settings:
    (tmp_path / "in").mkdir()
    return Settings(data=tmp_path, watched_folder=tmp_path / "in")


def drop(given: Settings, name: str, data: bytes, *, age: timedelta = dropped.SETTLED) -> Path:
    assert given.watched_folder
    path = given.watched_folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    moment = (NOW - age).timestamp()
    os.utime(path, (moment, moment))
    return path


def left(given: Settings) -> list[str]:
    assert given.watched_folder
    return sorted(str(path.relative_to(given.watched_folder)) for path in given.watched_folder.rglob("*") if path.is_file())


def test_a_file_begins_a_contract_or_joins_the_one_its_folder_names(database: Database, given: Settings) -> None:
    with database.write() as session:
        session.add(factories.contract(title="OR2", number="77-2026"))
    drop(given, "Shoreline agreement.txt", "\f".join(samples.AGREEMENT).encode())
    drop(given, "77-2026/manual.txt", b"The reference manual.")
    assert [(one.name, one.refusal) for one in dropped.take_in(database, given, now=NOW)] == [
        ("manual.txt", None),
        ("Shoreline agreement.txt", None),
    ]
    assert left(given) == ["done/Shoreline agreement.txt", "done/manual.txt"]
    with database.read() as session:
        owners = {row.file_name: session.get_one(Contract, row.contract_id).title for row in session.exec(select(Document)).all()}
        assert owners == {"manual.txt": "OR2", "Shoreline agreement.txt": "Shoreline agreement"}
    assert dropped.take_in(database, given, now=NOW) == []


def test_what_can_not_be_filed_is_moved_with_the_reason(database: Database, given: Settings) -> None:
    drop(given, "page.pdf", b"<!DOCTYPE html>")
    drop(given, "nobody/manual.txt", b"The reference manual.")
    dropped.take_in(database, given, now=NOW)
    assert left(given) == ["refused/manual.txt", "refused/manual.txt.why.txt", "refused/page.pdf", "refused/page.pdf.why.txt"]
    assert given.watched_folder
    why = given.watched_folder / "refused"
    assert "page.pdf is not a PDF although its name says so" in (why / "page.pdf.why.txt").read_text()
    assert "no contract on file is called so: rename the folder." in (why / "manual.txt.why.txt").read_text()
    with database.read() as session:
        assert store.contracts(session, organisation_id=1) == []


def test_a_file_met_again_after_a_crash_is_not_filed_twice(
    database: Database, given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(given, "a.txt", b"The Provider reports.")

    def killed(*_: object) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(dropped, "_move", killed)
        with pytest.raises(KeyboardInterrupt):
            dropped.take_in(database, given, now=NOW)
    assert left(given) == ["a.txt"]
    dropped.take_in(database, given, now=NOW)
    drop(given, "a.txt", b"Another paper of this name.")
    dropped.take_in(database, given, now=NOW)
    assert [name.partition("-")[0] for name in left(given)] == ["done/a", "done/a.txt"]
    with database.read() as session:
        assert len(session.exec(select(Document)).all()) == 2
        assert len(session.exec(select(Contract)).all()) == 2


def test_what_is_still_being_written_hidden_a_link_or_taken_by_another_waits(
    database: Database, given: Settings, tmp_path: Path
) -> None:
    drop(given, "fresh.txt", b"words", age=timedelta(seconds=4))
    drop(given, ".part", b"words")
    outside = tmp_path / "outside.txt"
    outside.write_bytes(b"secret")
    assert given.watched_folder
    (given.watched_folder / "link.txt").symlink_to(outside)
    assert dropped.take_in(database, given, now=NOW) == []
    later = NOW + timedelta(minutes=1)
    with FileLock(tmp_path / "watched.lock"):
        assert dropped.take_in(database, given, now=later) == []
    assert [one.name for one in dropped.take_in(database, given, now=later)] == ["fresh.txt"]
    assert outside.exists()


def test_without_a_folder_nothing_is_looked_for(database: Database, tmp_path: Path) -> None:
    assert dropped.take_in(database, Settings(data=tmp_path), now=NOW) == []
    assert dropped.take_in(database, Settings(data=tmp_path, watched_folder=tmp_path / "gone"), now=NOW) == []
