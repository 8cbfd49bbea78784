"""A fee schedule is read however its table was printed, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.extraction.fee_tables import fees

ROW = ("OR201", "Initial assessment", "1234.50", "session")


def read(text: str) -> list[tuple[str, str, str, str | None]]:
    return [(fee.code, fee.description, f"{fee.amount:f}", fee.unit) for fee in fees([text])]


@pytest.mark.parametrize(
    "text",
    [
        "OR201\tInitial assessment\t$1,234.50\tsession",
        "| Code | Description | Fee | Unit |\n|------|----|---|---|\n| OR201 | Initial assessment | $1,234.50 | session |",
        "Fee code   Service   Amount   Unit\nOR201   Initial assessment   1,234.50   session",
        "OR201 Initial assessment $1,234.50 per session",
        "OR201  Initial assessment ........ $1,234.50 / session",
        'Code,Description,Rate,Unit\nOR201,Initial assessment,"$1,234.50",session',
    ],
)
def test_a_row_is_read_from_any_table(text: str) -> None:
    assert read(text) == [ROW]


def test_the_unit_may_be_missing() -> None:
    assert read("OR305  Job site visit  $250.00") == [("OR305", "Job site visit", "250.00", None)]


def test_a_row_without_code_keeps_its_description() -> None:
    assert read("Service\tFee\nTravel\t$0.61 per km") == [("", "Travel", "0.61", "km")]


def test_a_maximum_is_not_the_fee() -> None:
    assert read("OR310  Counselling  $150.00 per hour  maximum $900.00") == [("OR310", "Counselling", "150.00", "hour")]


@pytest.mark.parametrize(
    "text",
    [
        "The Provider shall maintain insurance of $2,000,000 per occurrence.",
        "Total\t$1,319.50",
        "GST   $65.00",
        "Page 4 of 12",
        "Invoices over $100 are due within 30 days.",
        "604.276.3344",
    ],
)
def test_prose_totals_and_numbers_are_no_fees(text: str) -> None:
    assert read(text) == []


def test_a_line_printed_twice_is_one_fee_on_its_first_page() -> None:
    line = "OR201\tInitial assessment\t$1,234.50\tper session"
    assert [fee.page for fee in fees(["", line, line])] == [2]


@given(st.lists(st.text(alphabet='abcOR201 $.,|\t\n"-%', max_size=120), max_size=3))
def test_any_text_is_accepted_and_amounts_are_finite(pages: list[str]) -> None:
    for fee in fees(pages):
        assert fee.amount.is_finite()
        assert fee.amount >= 0
        assert 1 <= fee.page <= len(pages)
