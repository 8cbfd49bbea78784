"""Tenders are found by the beginnings of words, in what they say themselves and in the files they have now, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from api.database import Database
from crawler import fulltext
from crawler.fulltext import Match, matching
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


def matched(session: Session, wanted: Match) -> list[str]:
    session.flush()
    statement = select_columns(col(Tender.number)).where(matching(session, wanted)).order_by(col(Tender.number))
    return [str(number) for number in session.execute(statement).scalars()]


def test_accents_and_joined_letters_are_set_aside_on_both_sides(session: Session) -> None:
    service.add_tender(session, number="1", title="Réadaptation, œuvre d’art", type="Straße")
    assert [found(session, asked) for asked in ("readaptation", "RÉADAPT", "oeuvre", "Œuvre", "strasse")] == [["1"]] * 5


def test_the_index_knows_program_lines_and_follows_them(session: Session) -> None:
    tender = service.add_tender(session, number="1", programs=["hand-therapy", "or2"])
    other = service.add_tender(session, number="2", programs=["or22"])
    lines = [Match.line(key) for key in ("or2", "hand-therapy", "or22", "or")]
    assert [matched(session, line) for line in lines] == [["1"], ["1"], ["2"], []]
    tender.programs, other.programs = [], ["or"]
    session.add_all([tender, other])
    assert [matched(session, line) for line in lines] == [[], [], [], ["2"]]


def test_questions_to_the_index_are_joined(session: Session, tenders: list[Tender]) -> None:
    hand, north, gravel, none = map(Match.begins, ("hand", "nor", "gravel", "none"))
    asked = [Match.every([north, Match.either([hand, none])]), Match.either([hand, gravel]), Match.every([hand, gravel])]
    assert [matched(session, one) for one in asked] == [["1"], ["1", "2"], []]
    both = select_columns(col(Tender.number)).where(matching(session, hand), matching(session, north))
    assert session.execute(both).scalars().all() == ["1"]
