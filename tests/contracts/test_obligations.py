"""Dates that hang on a contract, computed from what was confirmed and never guessed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from contracts import duties, terms
from contracts.days import Span, after, before, business_days, is_business_day
from contracts.extraction import extract
from contracts.models import Credential, RenewalOption
from contracts.obligations import Facts, Option, arising, expiry, notice_by, radar
from contracts.obligations import duties as due
from tests.contracts import factories, samples
from tests.contracts.factories import NOW, TODAY

OR2 = Facts("OR-7741", start=date(2018, 9, 27), term=Span(36), notice=Span(3))


def kinds(facts: Facts, **named: object) -> dict[str, date]:
    return {duty.key: duty.due for duty in due(facts, today=TODAY, **named)}  # type: ignore[arg-type]


def test_the_notice_reminder_of_a_three_year_contract() -> None:
    assert expiry(OR2) == date(2021, 9, 27)
    assert notice_by(OR2) == date(2021, 6, 27)
    notice = next(duty for duty in due(OR2, today=TODAY, lead=21) if duty.kind == "notice_period_to_terminate_renewal")
    assert notice.remind_on == date(2021, 6, 6)
    assert notice.basis == "3 months before 2021-09-27"


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2023, 12, 31), 2, date(2024, 2, 29)),
        (date(2026, 3, 8), 12, date(2027, 3, 8)),  # clocks change on this day; days do not care
    ],
)
def test_months_end_on_the_same_day_or_the_month_s_last(start: date, months: int, end: date) -> None:
    assert expiry(Facts("c", start=start, term=Span(months))) == end


def test_options_count_once_used_and_start_from_the_first_day() -> None:
    options = (Option(1, 12, Span(6), exercised=True), Option(2, 12, Span(6)))
    facts = Facts("c", start=date(2024, 2, 29), term=Span(36), options=options)
    assert expiry(facts) == date(2028, 2, 29)
    assert expiry(facts, every_option=True) == date(2029, 2, 28)
    assert kinds(facts)["option_to_renew:2"] == date(2027, 8, 29)
    written = Facts("c", end=date(2027, 1, 1), options=options)
    assert expiry(written) == date(2028, 1, 1)


def test_an_evergreen_contract_and_an_unknown_end_make_nothing_due() -> None:
    evergreen = Facts("c", start=date(2020, 1, 1), term=Span(12), notice=Span(3), evergreen=True)
    assert due(evergreen, today=TODAY) == []
    assert radar(evergreen).why == "it runs until somebody ends it"
    assert due(Facts("c", start=date(2020, 1, 1), notice=Span(3)), today=TODAY) == []
    assert expiry(Facts("c", term=Span(36))) is None


def test_the_insurance_certificate_is_due_before_the_start_and_yearly_until_the_end() -> None:
    facts = Facts("c", start=date(2024, 2, 29), term=Span(36), insurance_certificate=True)
    assert [duty.due for duty in due(facts, today=TODAY) if duty.kind == "insurance_evidence"] == [
        date(2024, 2, 29), date(2025, 2, 28), date(2026, 2, 28),
    ]  # fmt: skip
    endless = Facts("c", start=date(2026, 4, 1), insurance_certificate=True, evergreen=True)
    assert len(due(endless, today=TODAY)) == 2


@pytest.mark.parametrize(
    ("happened", "within", "day"),
    [
        (date(2026, 4, 1), Span(days=5, business=True), date(2026, 4, 9)),  # Good Friday and a weekend between
        (date(2026, 12, 24), Span(days=1, business=True), date(2026, 12, 28)),  # Christmas on a Friday
        (date(2026, 9, 29), Span(days=1, business=True), date(2026, 10, 1)),  # Truth and Reconciliation
        (date(2026, 2, 13), Span(days=1, business=True), date(2026, 2, 17)),  # Family Day
        (date(2026, 1, 1), Span(days=90), date(2026, 4, 1)),
    ],
)
def test_a_report_is_due_some_business_days_after_the_event(happened: date, within: Span, day: date) -> None:
    duty = arising("report_due", within, happened, what="discharge report", subject="file 12")
    assert duty.due == day
    assert duty.key == f"report_due:discharge report:file 12:{happened}"


def test_the_next_bid_window_comes_from_earlier_rounds_or_is_not_known() -> None:
    known = radar(OR2, leads=[timedelta(200), timedelta(300)])
    assert known.bid_window == (date(2021, 9, 27) - timedelta(300), date(2021, 9, 27) - timedelta(200))
    spaced = radar(Facts("c"), postings=[date(2024, 5, 1), date(2014, 5, 1), date(2018, 9, 1)])
    assert spaced.bid_window == (date(2024, 5, 1) + timedelta(1584), date(2024, 5, 1) + timedelta(2069))
    assert radar(OR2, postings=[date(2018, 1, 1)]).bid_window is None


@pytest.mark.parametrize(
    ("written", "unit", "span", "words"),
    [
        ("P36M", None, Span(36), "36 months"),
        ("P3Y", None, Span(36), "36 months"),
        ("P2W", None, Span(days=14), "14 days"),
        ("PT24H", None, Span(days=1), "1 day"),
        ("p5d", "business day", Span(days=5, business=True), "5 business days"),
    ],
)
def test_durations_are_read_as_written(written: str, unit: str | None, span: Span, words: str) -> None:
    assert Span.parse(written, unit) == span
    assert str(span) == words


@pytest.mark.parametrize("written", ["", "P", "5 days", "P-3M", "P1.5Y"])
def test_what_is_no_duration_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="no ISO 8601 duration"):
        Span.parse(written)


days = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@given(days, st.integers(1, 60))
def test_business_days_are_counted_one_by_one(day: date, count: int) -> None:
    end = business_days(day, count)
    between = [day + timedelta(n) for n in range(1, (end - day).days + 1)]
    assert sum(is_business_day(one) for one in between) == count
    assert is_business_day(end)
    assert is_business_day(before(day, Span(days=count, business=True)))


@given(days, st.integers(0, 240))
def test_months_never_skip_into_the_next(day: date, months: int) -> None:
    later = after(day, Span(months))
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day <= day.day


def test_obligations_move_with_the_facts_and_keep_what_a_person_closed(session: Session) -> None:
    document = factories.added(session, owner=factories.contract(number="OR-7741", start=date(2024, 4, 1), end=date(2027, 4, 1)))
    from contracts import store  # noqa: PLC0415

    contract = store.contract(session, document.contract_id, organisation_id=1)
    assert contract
    term = factories.term(session, document, kind="notice_period_to_terminate_renewal", value="P120D")
    terms.confirm(session, term, by="Ada", now=NOW)
    session.add(Credential(organisation_id=1, contract_id=contract.id or 0, person="Grace", valid_to=date(2026, 12, 31)))
    session.add(RenewalOption(organisation_id=1, contract_id=contract.id or 0, position=1, months=12))
    session.flush()

    def plan() -> dict[str, date]:
        facts = duties.facts(session, contract, today=TODAY)
        duties.lay_out(session, contract, due(facts, today=TODAY), now=NOW)
        return {row.kind: row.due for row in duties.listed(session, organisation_id=1)}

    first = plan()
    assert first == {
        "credential": date(2026, 12, 31),
        "notice_period_to_terminate_renewal": date(2026, 12, 2),
        "expiration_date": date(2027, 4, 1),
    }
    assert plan() == first
    credential = next(row for row in duties.listed(session, organisation_id=1) if row.kind == "credential")
    duties.close(session, credential, state="done", by="Ada", now=NOW)
    contract.end = date(2028, 4, 1)
    assert plan() == {"notice_period_to_terminate_renewal": date(2027, 12, 3), "expiration_date": date(2028, 4, 1)}
    contract.evergreen = True
    assert plan() == {}
    assert duties.listed(session, organisation_id=2) == []


def test_business_days_of_a_quote_are_kept_as_such(session: Session) -> None:
    document = factories.added(session)
    rows = terms.propose(session, document, extract(samples.AGREEMENT).terms, now=NOW)
    assert {(row.value, row.unit) for row in rows if row.kind == "report_due"} == {
        ("P10D", "business day"),
        ("P5D", "business day"),
    }
    assert {row.unit for row in rows if row.kind == "invoice_window"} == {None}


def test_closing_needs_an_open_obligation_and_waiving_a_reason(session: Session) -> None:
    document = factories.added(session)
    from contracts import store  # noqa: PLC0415

    contract = store.contract(session, document.contract_id, organisation_id=1)
    assert contract
    duty = arising("report_due", Span(days=5, business=True), TODAY, what="discharge report", subject="file 12")
    row = duties.record(session, contract, duty, now=NOW)
    assert duties.record(session, contract, duty, now=NOW) is row
    assert list(duties.to_remind(session, organisation_id=1, today=date(2026, 4, 7))) == []
    assert list(duties.to_remind(session, organisation_id=1, today=date(2026, 4, 8))) == [row]
    with pytest.raises(ValueError, match="say why"):
        duties.close(session, row, state="waived", by="Ada", now=NOW)
    duties.close(session, row, state="waived", by="Ada", now=NOW, note="the worker moved away")
    with pytest.raises(duties.AlreadyClosed, match="is waived already"):
        duties.close(session, row, state="done", by="Ada", now=NOW)
    assert duties.one(session, row.id or 0, organisation_id=2) is None
