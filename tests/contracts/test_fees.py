"""Fees are read from printed tables, hold for half-open spans of days, and never two at once."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from contracts import fees
from contracts.extraction import extract
from contracts.vocabulary import Period
from tests.contracts import factories, samples
from tests.contracts.factories import NOW

APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)


def test_a_fee_holds_from_its_first_day_to_before_its_last(session: Session) -> None:
    item = factories.fee(session, factories.added(session))
    fees.confirm(session, item, by="Ada", now=NOW, valid_from=APRIL, valid_to=MAY)
    found = {
        day: len(fees.as_of(session, "or210", organisation_id=1, day=day))
        for day in (APRIL - timedelta(1), APRIL, MAY - timedelta(1), MAY)
    }
    assert list(found.values()) == [0, 1, 1, 0]
    assert fees.as_of(session, "OR210", organisation_id=2, day=APRIL) == []


def test_two_fees_of_one_code_on_one_day_are_refused_and_both_named(session: Session) -> None:
    document = factories.added(session)
    old, new = factories.fee(session, document), factories.fee(session, document, amount="420.00")
    fees.confirm(session, old, by="Ada", now=NOW)
    with pytest.raises(
        fees.Overlap, match=rf"fee {new.id} \(OR210, 420.00 CAD, from 2026-04-01\) and fee {old.id} \(OR210, 412.50"
    ):
        fees.confirm(session, new, by="Ada", now=NOW, valid_from=APRIL)


def test_a_new_fee_takes_over_on_its_day_and_the_past_keeps_its_own(session: Session) -> None:
    document = factories.added(session)
    old, new = factories.fee(session, document), factories.fee(session, document, amount="420.00")
    fees.confirm(session, old, by="Ada", now=NOW)
    fees.confirm(session, new, by="Ada", now=NOW, valid_from=APRIL, closing=old)
    paid = [fees.as_of(session, "OR210", organisation_id=1, day=day)[0].amount for day in (APRIL - timedelta(1), APRIL)]
    assert paid == [Decimal("412.50"), Decimal("420.00")]
    assert old.superseded_at == NOW
    assert old.valid_to is None  # the row itself is as it was


def test_the_same_code_in_another_contract_is_no_overlap(session: Session) -> None:
    one = factories.fee(session, factories.added(session))
    other = factories.fee(session, factories.added(session, "Another agreement.", factories.contract(title="B")))
    fees.confirm(session, one, by="Ada", now=NOW)
    fees.confirm(session, other, by="Ada", now=NOW)
    assert len(fees.as_of(session, "OR210", organisation_id=1, day=APRIL)) == 2


def test_a_rejected_fee_is_not_shown(session: Session) -> None:
    item = factories.fee(session, factories.added(session))
    fees.reject(session, item, by="Ada", now=NOW)
    assert fees.as_of(session, "OR210", organisation_id=1, day=APRIL) == []


bounds = st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2026, 2, 1)))


@given(bounds, bounds, bounds, bounds)
def test_spans_overlap_exactly_when_they_share_a_day(a: date | None, b: date | None, c: date | None, d: date | None) -> None:
    one, other = Period(a, b), Period(c, d)
    if (a and b and a >= b) or (c and d and c >= d):
        return
    days = [date(2025, 12, 30) + timedelta(n) for n in range(40)]
    assert one.overlaps(other) == any(day in one and day in other for day in days)


def test_a_proposed_fee_keeps_the_line_as_printed(session: Session) -> None:
    document = factories.added(session)
    rows = fees.propose(session, document, extract(samples.AGREEMENT).fees, pages=samples.AGREEMENT, now=NOW)
    assert [(row.code, row.amount, row.page) for row in rows] == [
        ("OR210", Decimal("412.50"), 3), ("OR220", Decimal("138.00"), 3), ("OR230", Decimal("1150.00"), 3),
    ]  # fmt: skip
    whole = "\f".join(samples.AGREEMENT)
    assert [whole[row.start : row.end] for row in rows] == samples.AGREEMENT[2].split("\n")[3:]
    assert [row.quote for row in rows] == samples.AGREEMENT[2].split("\n")[3:]
