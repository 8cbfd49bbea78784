"""Tenders are found by the beginnings of words, in what they say themselves and in the files they have now, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from api.database import Database
from crawler import fulltext
from crawler.models import Tender, TenderDocument
from tests.api import service


def found(session: Session, asked: str) -> list[str]:
    session.flush()
    statement = select_columns(col(Tender.number)).where(fulltext.says(session, asked)).order_by(col(Tender.number))
    return [str(number) for number in session.execute(statement).scalars()]


@pytest.fixture
def tenders(session: Session) -> list[Tender]:
    return [
        service.add_tender(session, number="1", title="Hand therapy, North"),
        service.add_tender(session, number="2", title="Gravel", description="Crushed rock for the north road"),
    ]


def document(tender: Tender, text: str) -> TenderDocument:
    return TenderDocument(
        tender_id=tender.id or 0, source="board", url="u", url_key=text[:5], title="t", text=text, checked_at=service.NOW
    )


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("NORTH", ["1", "2"]),
        ("thera hand", ["1"]),
        ("north crushed", ["2"]),
        ("herapy", []),
        ("north & ' | :* \" (", ["1", "2"]),
        ("%", []),
        ("hand-therapy", ["1"]),
        ("north x", []),
        ("1", ["1"]),
    ],
)
def test_every_word_must_begin_a_word(session: Session, tenders: list[Tender], asked: str, numbers: list[str]) -> None:
    assert found(session, asked) == numbers


def test_a_change_is_found_and_what_was_is_not(session: Session, tenders: list[Tender]) -> None:
    tenders[0].title = "Podiatry"
    session.add(tenders[0])
    assert (found(session, "hand"), found(session, "podiatry")) == ([], ["1"])


def test_the_text_of_a_tenders_files_counts_while_it_is_current(session: Session, tenders: list[Tender]) -> None:
    file = document(tenders[0], "Liability insurance of five million")
    session.add(file)
    assert found(session, "insurance") == ["1"]
    assert found(session, "hand insurance") == ["1"]
    file.tender_id = tenders[1].id or 0
    session.add(file)
    assert found(session, "insurance") == ["2"]
    file.superseded_at = service.NOW + timedelta(days=1)
    session.add(file)
    assert found(session, "insurance") == []
    session.delete(file)
    assert found(session, "gravel") == ["2"]


def test_the_index_is_filled_from_what_was_there(database: Database) -> None:
    with database.write() as session:
        service.add_tender(session, number="1", title="Hand therapy")
    with database.engine.execution_options(bidkeeper_write=True).begin() as connection:
        fulltext.INDEX.drop(connection)
        fulltext.INDEX.create(connection)
        fulltext.INDEX.create(connection)  # harmless the second time
    with database.read() as session:
        assert found(session, "therapy") == ["1"]


def test_a_hostile_title_is_stored_and_found(session: Session) -> None:
    service.add_tender(session, number="1", title="x" * 1_000_000 + " end")
    service.add_tender(session, number="2", title="word " * 100_000)
    assert found(session, "word") == ["2"]


def test_a_program_line_is_found_in_the_list(session: Session) -> None:
    service.add_tender(session, number="1", programs=["or2", "pain"])
    service.add_tender(session, number="2", programs=["or22"])
    statement = select_columns(col(Tender.number)).where(fulltext.in_programs(session, "or2"))
    assert session.execute(statement).scalars().all() == ["1"]
