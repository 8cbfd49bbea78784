"""A program is recognised under every name it goes by, and a watch follows it to its successor."""

import pytest

from crawler.items import Posting
from crawler.programs import find, lines_of, predecessors, programs


def lines(title: str, buyer: str | None = None, description: str | None = None) -> tuple[str, ...]:
    return lines_of(Posting(id="1", number="048-2026", title=title, buyer=buyer, description=description))


@pytest.mark.parametrize(
    "title", ["Occupational Rehabilitation 2 Services", "RFP: OR2 clinics", "occupational  rehabilitation II"]
)
def test_a_program_is_known_by_each_of_its_names(title: str) -> None:
    assert lines(title) == ("or2",)


def test_a_watch_for_the_old_program_hears_of_the_new_one() -> None:
    assert set(lines("Customized Recovery and Return to Work Program")) == {"customized-recovery", "or1", "or2", "astd"}
    assert set(predecessors("customized-recovery")) == {"or1", "or2", "astd"}


def test_one_program_is_not_the_other() -> None:
    assert lines("Occupational Rehabilitation 1") == ("or1",)
    assert lines("Occupational Rehabilitation 1 and 2") == ("or2", "or1")
    assert lines("Snow removal, one or 2 years") == ()
    assert lines("Supply of MOTOR2 pumps") == ()


def test_a_broad_name_counts_only_beside_the_board() -> None:
    assert lines("Occupational therapy at three hospitals", buyer="A health authority") == ()
    assert lines("Occupational therapy services", buyer="WorkSafeBC") == ("occupational-therapy",)
    assert lines("Hand therapy", description="On behalf of the Workers’ Compensation Board of British Columbia") == (
        "hand-therapy",
    )


@pytest.mark.parametrize(("words", "key"), [("OR2", "or2"), ("or-2", "or2"), ("hand therapy", "hand-therapy"), ("ASTD", "astd")])
def test_a_person_may_name_a_program_as_they_like(words: str, key: str) -> None:
    found = find(words)
    assert found
    assert found.key == key


def test_an_unknown_program_is_none_and_every_successor_exists() -> None:
    assert find("astrology") is None
    assert all(p.successor in programs() for p in programs().values() if p.successor)
