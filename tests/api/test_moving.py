"""Everything moves between the two databases and back, row for row; broken off, it goes on; and it never writes over anything."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select, text

from api import moving
from api.database import Database
from api.filing import file
from api.migrate import upgrade
from api.moving import MoveError
from contracts import audit, documents, lookup
from contracts.models import Contract, FeeItem, Payee
from crawler.turns import PortalHost
from notifier.store import subscribe
from tests.api import service

TEXT = b"SERVICES AGREEMENT\n\n1. Term. This Agreement begins on January 1, 2026 and ends on December 31, 2027.\n"


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'lite.db'}")
    upgrade(database)
    yield database
    database.close()


@pytest.fixture
def great(postgres_own: str) -> Iterator[Database]:
    database = Database(postgres_own)
    yield database
    database.close()


def fill(database: Database, folder: Path, *, tenders: int = 7) -> None:
    """A row of many kinds: times, money, bytes, lists, text of any script."""
    with database.write() as session:
        for number in range(tenders):
            service.add_tender(session, number=f"{number:03}-2026", title=f"Ünïcode “{number}” \x85 雨", programs=["or2"])
        service.add_source(session)
        session.add_all(PortalHost(name=name, fence=n) for n, name in enumerate(("b.example", "B.example", "ä.example", "a-1")))
        contract = Contract(
            organisation_id=1,
            title="Services",
            maximum_amount=Decimal("1250000.50"),
            start=date(2026, 1, 1),
            created_at=service.NOW,
        )
        read = documents.read(TEXT, file_name="agreement.txt")
        file(session, read, contract, folder=folder, now=service.NOW, by="test")
        session.add(
            FeeItem(
                organisation_id=1,
                contract_id=contract.id or 0,
                code="A1",
                description="Visit",
                amount=Decimal(75),
                recorded_at=service.NOW,
            )
        )
        session.add(Payee(organisation_id=1, number="P1", legal_name="A", data_key=b"\x00\xff", created_at=service.NOW))
        audit.record(session, organisation_id=1, actor="a", action="looked", subject="payee:1", at=service.NOW)
        subscribe(
            session, organisation_id=1, address="a@clinic.example", query="program:or2", now=service.NOW, source="test",
            wording="test", confirmed=True,
        )  # fmt: skip


def everything(database: Database) -> dict[str, list[dict[str, object]]]:
    with database.engine.connect() as connection:
        return {
            table.name: sorted(
                (dict(row) for row in connection.execute(select(table)).mappings()), key=lambda row: str(next(iter(row.values())))
            )
            for table in moving.tables()
        }


def test_there_and_back_again(lite: Database, great: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "CHUNK", 3)
    fill(lite, tmp_path)
    steps: list[int] = []
    moved = moving.move(lite, great, progress=lambda _, rows: steps.append(rows))
    assert sum(steps) == sum(moved.values()) == moving.rows(lite)
    assert everything(great) == everything(lite)
    back = Database(f"sqlite:///{tmp_path / 'back.db'}")
    upgrade(back)
    assert moving.move(great, back) == moved
    assert everything(back) == everything(lite)
    for one in (great, back):
        with one.write() as session:
            assert audit.verify(session, organisation_id=1).whole
            assert service.add_tender(session, number="new").id == 8  # numbered after the moved ones
            question = "When does the agreement end?"
            assert lookup.answer(session, question, organisation_id=1, as_of=date(2026, 5, 1)).recorded
    back.close()


def test_a_move_that_was_broken_off_goes_on(
    lite: Database, great: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "CHUNK", 2)
    fill(lite, tmp_path)
    done: list[str] = []

    def power_cut(table: str, _rows: int) -> None:
        done.append(table)
        if len(done) == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        moving.move(lite, great, progress=power_cut)
    assert moving.rows(great) > 0
    steps: list[int] = []
    moved = moving.move(lite, great, progress=lambda _, rows: steps.append(rows))
    assert sum(steps) == sum(moved.values())
    assert everything(great) == everything(lite)
    with pytest.raises(MoveError, match="not empty"):
        moving.move(lite, great)


def test_nothing_is_written_over(lite: Database, great: Database, tmp_path: Path) -> None:
    fill(great, tmp_path, tenders=1)
    with pytest.raises(MoveError, match="the second database is not empty"):
        moving.move(lite, great)


def test_half_a_move_from_elsewhere_is_no_beginning(lite: Database, great: Database, tmp_path: Path) -> None:
    moving._begin(great, origin="sqlite:///another.db")
    with pytest.raises(MoveError, match="half of a move from elsewhere"):
        moving.move(lite, great)


def test_a_source_that_changed_between_two_tries_is_found(
    lite: Database, great: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(lite, tmp_path)
    monkeypatch.setattr(moving, "_compare", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        moving.move(lite, great)
    monkeypatch.undo()
    with lite.write() as session:
        session.execute(text("UPDATE tender SET title = 'another' WHERE id = 1"))
    with pytest.raises(MoveError, match="tender changed while it was moved"):
        moving.move(lite, great)


def test_a_row_that_the_other_database_refuses_is_named(lite: Database, great: Database, tmp_path: Path) -> None:
    with lite.write() as session:
        service.add_tender(session, title="a \x00 byte")
    with pytest.raises(MoveError, match=r"tender, rows \[1\] to \[1\]: the second database refuses them"):
        moving.move(lite, great)


def test_a_database_of_another_version_is_refused(great: Database, tmp_path: Path) -> None:
    old = Database(f"sqlite:///{tmp_path / 'old.db'}")
    with pytest.raises(MoveError, match="the first database is not of this version"):
        moving.move(old, great)
    old.close()
