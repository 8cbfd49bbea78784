"""Parties, sites, staff, options and amendments: typed text is understood or refused, and what was said is never lost."""

from collections.abc import Mapping
from datetime import date

import pytest
from sqlmodel import Session

from contracts import agreements, audit, duties, obligations, particulars
from contracts.models import Contract, RenewalOption
from tests.contracts import factories
from tests.contracts.factories import NOW, TODAY


@pytest.fixture
def contract(session: Session) -> Contract:
    row = factories.contract(start=date(2024, 4, 1), end=date(2027, 4, 1))
    session.add(row)
    session.flush()
    return row


def add(session: Session, contract: Contract, kind: str, **given: str) -> particulars.Row:
    return particulars.add(session, contract, kind, given, by="Ada", now=NOW)


def test_each_kind_is_kept_listed_and_taken_off_with_its_words_in_the_log(session: Session, contract: Contract) -> None:
    given = {
        "party": {"role": "supplier", "name": "Shoreline Rehab", "identifier": "S-12"},
        "site": {"name": "Nanaimo", "valid_from": "2024-04-01"},
        "staff": {"person": "M. Lee", "profession": "Physiotherapist", "number": "PT-4411", "valid_to": "2026-07-01"},
        "option": {"months": "12", "notice_months": "3"},
        "amendment": {"rationale": "new report templates", "effective": "2025-05-01", "number": "2"},
    }
    assert set(given) == set(particulars.KINDS)
    for kind, words in given.items():
        row = add(session, contract, kind, **words)
        [one] = particulars.listed(session, contract, kind)
        assert {name: str(value) for name, value in particulars.shown(kind, one).items() if name in words} == words
        particulars.remove(session, contract, kind, row, by="Bo", now=NOW)
        assert particulars.listed(session, contract, kind) == []
    entries = audit.entries(session, organisation_id=1)
    assert len(entries) == 10
    assert {"name": "Nanaimo", "valid_from": "2024-04-01"}.items() <= entries[7].detail.items() | entries[6].detail.items()
    assert audit.verify(session, organisation_id=1).whole


@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        ("party", {"name": "x"}, "a party needs its role"),
        ("party", {"role": "friend", "name": "x"}, "“friend” is no role: use buyer"),
        ("party", {"role": "buyer", "name": "x", "age": "4"}, "party has no age: it has role, name"),
        ("site", {"name": " "}, "a site needs its name"),
        ("site", {"name": "x", "valid_from": "soon"}, "“soon” is no day for valid_from: write it as 2026-04-01"),
        ("site", {"name": "x", "valid_from": "2026-04-02", "valid_to": "2026-04-02"}, "before it begins on 2026-04-02"),
        ("option", {"months": "one"}, "“one” is no whole number for months"),
        ("option", {"months": "0"}, "months is from 1 to 600, not 0"),
        ("amendment", {"rationale": "x", "document_id": "77"}, "the contract has no document 77"),
        ("clause", {"name": "x"}, "there is no “clause”: use party"),
    ],
)
def test_what_can_not_be_understood_is_refused(
    session: Session, contract: Contract, kind: str, given: Mapping[str, str], says: str
) -> None:
    with pytest.raises(particulars.BadParticular, match=says):
        add(session, contract, kind, **given)
    assert audit.entries(session, organisation_id=1) == []


def test_a_used_option_moves_the_end_and_a_credential_is_due_when_it_expires(session: Session, contract: Contract) -> None:
    first = add(session, contract, "option", months="12", notice_months="3")
    second = add(session, contract, "option", months="12")
    assert isinstance(first, RenewalOption)
    assert isinstance(second, RenewalOption)
    assert (first.position, second.position) == (1, 2)
    add(session, contract, "staff", person="M. Lee", valid_to="2026-07-01")
    found = {one.kind: one for one in obligations.duties(duties.facts(session, contract, today=TODAY), today=TODAY)}
    assert found["expiration_date"].due == date(2027, 4, 1)
    assert found["option_to_renew"].due == date(2027, 1, 1)
    assert (found["credential"].due, found["credential"].remind_on) == (date(2026, 7, 1), date(2026, 6, 10))
    particulars.exercise(session, contract, first, on=date(2026, 3, 1), by="Ada", now=NOW)
    with pytest.raises(particulars.BadParticular, match="option 1 was used on 2026-03-01 already"):
        particulars.exercise(session, contract, first, on=date(2026, 3, 2), by="Ada", now=NOW)
    assert obligations.expiry(duties.facts(session, contract, today=TODAY)) == date(2028, 4, 1)


def test_a_renewed_credential_takes_the_place_of_the_old_one(session: Session, contract: Contract) -> None:
    add(session, contract, "staff", person="M. Lee", number="PT-4411", valid_to="2026-07-01")
    add(session, contract, "staff", person="m. lee ", number="PT-4411", valid_to="2027-07-01")
    add(session, contract, "staff", person="M. Lee", number="OT-9", valid_to="2026-09-01")
    facts = duties.facts(session, contract, today=TODAY)
    assert sorted(day for _, day in facts.credentials) == [date(2026, 9, 1), date(2027, 7, 1)]


def test_facts_of_the_first_page_are_recorded_with_what_they_replace(session: Session, contract: Contract) -> None:
    agreements.set_facts(session, contract, {"number": "77-2026", "end": date(2028, 4, 1)}, by="Ada", now=NOW)
    with pytest.raises(agreements.BadFact, match="would end on 2020-01-01, before it begins on 2024-04-01"):
        agreements.set_facts(session, contract, {"end": date(2020, 1, 1)}, by="Ada", now=NOW)
    [entry] = audit.entries(session, organisation_id=1)
    assert entry.detail == {"number": [None, "77-2026"], "end": ["2027-04-01", "2028-04-01"]}
