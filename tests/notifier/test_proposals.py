"""What a page says differently is proposed once, decided by a person, and only then shown on the card."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session

from notifier import proposals
from notifier.contacts import ContactPoint, contact_for
from notifier.routes import PageRoute

NOW = datetime(2026, 7, 8, 17, 0, tzinfo=UTC)
PAGE = "https://board.example/program"
CARDS = (
    ContactPoint("payment", "Payment Services"),
    ContactPoint(
        "claims", "Claims Call Centre", toll_free="1.888.555.0142", source="a letter", verified="2024", confidence="medium"
    ),
)


def row(question: str, contact: str, desk: str | None, *, phone: str | None = None, email: str | None = None) -> PageRoute:
    return PageRoute(question, contact, desk, phone, email, PAGE, date(2026, 7, 1), "high" if desk else "low")


FIRST = [row("Invoices", "Payment Services", "payment", phone="604.555.0101"), row("A claim", "Claims Call Centre", "claims")]


def propose(session: Session, read: list[PageRoute], organisation: int = 1) -> list[tuple[str, str | None, str | None]]:
    found = proposals.propose(session, read, organisation_id=organisation, page=PAGE, contacts=CARDS, now=NOW)
    return [(one.kind, one.old, one.new) for one in found]


def decide_all(session: Session, *, accept: bool = True) -> None:
    for number, one in enumerate(proposals.proposals(session, organisation_id=1, state="proposed")):
        proposals.decide(session, one, accept=accept, by="someone", now=NOW + timedelta(seconds=number))


def test_a_page_proposes_once_and_changes_nothing(session: Session) -> None:
    assert propose(session, FIRST) == [
        ("added", None, "Payment Services"),
        ("added", None, "Claims Call Centre"),
        ("phone", None, "604.555.0101"),
    ]
    assert propose(session, FIRST) == []
    assert proposals.in_use(session, CARDS, organisation_id=1) == CARDS


def test_an_accepted_number_stands_on_the_card_with_its_page_and_date(session: Session) -> None:
    propose(session, FIRST)
    decide_all(session)
    card = contact_for("payment", proposals.in_use(session, CARDS, organisation_id=1))
    assert card == ContactPoint(
        "payment", "Payment Services", phone="604.555.0101", source=PAGE, verified="2026-07-01", confidence="high"
    )
    assert proposals.in_use(session, CARDS, organisation_id=2) == CARDS
    assert propose(session, FIRST) == []


def test_what_was_rejected_is_not_proposed_again_until_the_page_says_something_new(session: Session) -> None:
    propose(session, FIRST)
    decide_all(session, accept=False)
    assert propose(session, FIRST) == []
    other = [row("Invoices", "Payment Services", "payment", phone="604.555.0199"), FIRST[1]]
    assert propose(session, other) == [("phone", None, "604.555.0199")]


def test_a_changed_table_proposes_the_change_and_taking_it_back_too(session: Session) -> None:
    propose(session, FIRST)
    decide_all(session)
    moved = [row("Invoices", "Claims Call Centre", "claims"), FIRST[1]]
    for _ in range(2):
        assert propose(session, moved) == [("contact", "Payment Services", "Claims Call Centre")]
        decide_all(session)
        assert propose(session, FIRST) == [("contact", "Claims Call Centre", "Payment Services")]
        decide_all(session)


def test_what_waits_and_no_longer_stands_on_the_page_is_outdated(session: Session) -> None:
    propose(session, FIRST)
    propose(session, FIRST[1:])
    first, *_ = proposals.proposals(session, organisation_id=1)
    assert (first.new, first.state) == ("Payment Services", "outdated")
    with pytest.raises(proposals.Decided, match="outdated"):
        proposals.decide(session, first, accept=True, by="someone", now=NOW)


def test_a_toll_free_number_goes_to_its_own_line_and_the_rest_keeps_its_source() -> None:
    card = proposals.overridden(CARDS[1], kind="phone", value="1-800-555-0100", page=PAGE, as_of=date(2026, 7, 1))
    assert (card.toll_free, card.phone) == ("1-800-555-0100", None)
    assert card.source is not None
    assert card.source.endswith("otherwise a letter")
    assert card.confidence == "medium"


def test_the_same_number_in_another_form_is_no_difference() -> None:
    read = [row("A claim", "Claims Call Centre", "claims", phone="+1 (888) 555-0142")]
    assert [one.kind for one in proposals.differences(read, [], CARDS)] == ["added"]
