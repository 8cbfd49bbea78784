"""Dates, durations, places, sums and lengths of term are read as a person reads them, or not at all."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.extraction import date_roles
from contracts.extraction.date_roles import last_signature
from contracts.extraction.dates import dates
from contracts.extraction.durations import durations
from contracts.extraction.jurisdictions import governing_law
from contracts.extraction.money import percentages, sums
from contracts.extraction.numbers import number
from contracts.extraction.terms import Start, expires, notice_to_end_renewal, renewal_term
from contracts.extraction.values import READERS, read

START = Start(effective=date(2018, 9, 27), signed=date(2018, 9, 20))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("made as of July 11 , 2006", date(2006, 7, 11)),
        ("this 17th day of November, 2015", date(2015, 11, 17)),
        ("on the 15t h day of January 2018", date(2018, 1, 15)),
        ("27 April 2006", date(2006, 4, 27)),
        ("Sept. 29, 2004", date(2004, 9, 29)),
        ("2021-06-06", date(2021, 6, 6)),
        ("12/23/2019", date(2019, 12, 23)),
        ("23/12/2019", date(2019, 12, 23)),
        ("9/24/98", date(1998, 9, 24)),
        ("24.12.2019", date(2019, 12, 24)),
        ("February 29, 2024", date(2024, 2, 29)),
    ],
)
def test_a_complete_date_is_read(text: str, expected: date) -> None:
    assert [mention.date for mention in dates(text)] == [expected]


@pytest.mark.parametrize("text", ["June , 2010", "February 30, 2021", "section 4.2.19", "____, 2015", "May 2015", "13/13/2013"])
def test_an_incomplete_or_impossible_date_is_not_read(text: str) -> None:
    assert dates(text) == []


def test_another_date_of_the_text_decides_the_order_of_a_numeric_one() -> None:
    assert [mention.date for mention in dates("from 03/04/2020 to 31/12/2020")] == [
        date(2020, 4, 3),
        date(2020, 12, 31),
    ]


@given(st.dates(min_value=date(1970, 1, 1), max_value=date(2068, 12, 31)))
def test_a_date_is_read_back_however_it_is_printed(day: date) -> None:
    for printed in (f"{day:%B} {day.day}, {day.year}", f"{day.day} {day:%b} {day.year}", day.isoformat()):
        assert [mention.date for mention in dates(f"dated {printed}.")] == [day]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a period of five (5) years", "P5Y"),
        ("one hundred twenty (120) days", "P120D"),
        ("one hundred and eighty days", "P180D"),
        ("thirty-six months", "P36M"),
        ("a 90-day period", "P90D"),
        ("twelve (12) full calendar months", "P12M"),
        ("within 24 hours", "PT24H"),
        ("six weeks", "P6W"),
        ("one (I) year", "P1Y"),
    ],
)
def test_a_duration_is_written_in_iso_8601(text: str, expected: str) -> None:
    assert [each.iso for each in durations(text)] == [expected]


def test_business_days_are_told_apart() -> None:
    (five,) = durations("within five (5) business days of discharge")
    assert (five.count, five.unit, five.business) == (5, "day", True)


def test_month_to_month_is_a_duration_only_when_asked_for() -> None:
    assert durations("on a month-to-month basis") == []
    assert [each.iso for each in durations("on a month-to-month basis", adverbs=True)] == ["P1M"]


@given(st.integers(1, 99))
def test_a_number_in_digits_is_that_number(value: int) -> None:
    assert number(f"({value})") == value


@pytest.mark.parametrize(
    ("clause", "place"),
    [
        ("This Agreement is governed by the laws of the Province of British Columbia.", "British Columbia"),
        (
            "shall be construed under the laws of the State of New York, without regard to the laws of Texas.",
            "New York",
        ),
        ("governed by the laws of Ontario and the federal laws of Canada applicable therein.", "Ontario"),
        ("governed by the laws of England and Wales.", "England and Wales"),
        ("governed by the laws of the United States and the State of Florida.", "Florida"),
        ("made in California and governed by the laws thereof.", "California"),
        ("English law governs this Agreement.", "England"),
    ],
)
def test_the_law_that_governs_is_named(clause: str, place: str) -> None:
    assert governing_law(clause) == place


@pytest.mark.parametrize(
    "clause",
    [
        "governed by the laws of [***].",
        "The clinic is located in Vancouver, British Columbia.",
        "The courts of New York have jurisdiction.",
    ],
)
def test_no_law_is_named_where_the_clause_names_none(clause: str) -> None:
    assert governing_law(clause) is None


def test_sums_and_shares_are_exact() -> None:
    text = "CAD $1,234.50 and US$2 million, less 2.5 % or ten dollars"
    assert [(each.amount, each.currency) for each in sums(text)] == [
        (Decimal("1234.50"), "CAD"),
        (Decimal(2_000_000), "USD"),
    ]
    assert [each.amount for each in percentages(text)] == [Decimal("2.5")]


RENEWAL = (
    "The initial term is three (3) years and shall automatically renew for successive terms of one (1) year each, unless "
    "either party gives written notice at least ninety (90) days prior to the expiration of the then-current term."
)


def test_one_clause_gives_renewal_and_notice_without_mixing_them() -> None:
    renewal, notice = renewal_term(RENEWAL), notice_to_end_renewal(RENEWAL)
    assert renewal and renewal.iso == "P1Y"
    assert notice and notice.iso == "P90D"


def test_the_initial_term_is_no_renewal() -> None:
    clause = 'It commences today and shall extend for five (5) years ("Initial Term"). It may be renewed for periods of one year.'
    renewal = renewal_term(clause)
    assert renewal
    assert renewal.iso == "P1Y"


def test_a_clause_without_renewal_has_neither() -> None:
    clause = "Invoices are due within thirty (30) days of receipt."
    assert renewal_term(clause) is None
    assert notice_to_end_renewal(clause) is None


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("The term shall expire on June 30, 2021.", date(2021, 6, 30)),
        ("This Agreement begins on the Effective Date and continues for thirty-six (36) months.", date(2021, 9, 27)),
        ("The term is one year, commencing May 1, 2019 and ending on April 30, 2020.", date(2020, 4, 30)),
        ("This Agreement shall be effective as of May 1, 2019 and remain in force until April 30, 2021.", date(2021, 4, 30)),
        ("The initial term is ten years; after the 7th anniversary of its start either party may leave.", date(2028, 9, 27)),
        ("The term ends on the third anniversary of the Effective Date.", date(2021, 9, 27)),
        ("The term commences on January 31, 2020 and continues for one (1) month.", date(2020, 2, 29)),
        ("Unless terminated upon 30 days' written notice, the term of this Agreement is two years.", date(2020, 9, 27)),
    ],
)
def test_expiry_is_named_or_counted_from_a_known_start(clause: str, expected: date) -> None:
    assert expires(clause, START) == expected


@pytest.mark.parametrize(
    "clause",
    [
        "The term is three years from the Launch Date.",
        "This Agreement continues until the later of three years or completion of the project.",
        "This Agreement continues until terminated by either party.",
        "Either party may terminate upon ninety (90) days' prior written notice.",
    ],
)
def test_expiry_is_never_guessed(clause: str) -> None:
    assert expires(clause, START) is None


def test_without_a_known_start_a_counted_term_has_no_end() -> None:
    assert expires("The term is two years from the Effective Date.", Start(None, None)) is None


@pytest.mark.parametrize(
    ("kind", "clause", "value"),
    [
        ("report_due", "The discharge report must be submitted within five (5) business days of discharge.", "P5D"),
        ("invoice_window", "Invoices must be received within 90 days of the date of service.", "P90D"),
        ("extension_request", "An extension must be requested at least 7 days before the end of the 8 week block.", "P7D"),
        ("referral_acknowledgement", "The Provider shall acknowledge each referral within 24 hours.", "PT24H"),
        ("insurance_amount", "not less than $2,000,000 per occurrence", "2000000"),
        ("insurance_type", "Commercial General Liability and Professional Liability insurance", "commercial general liability, professional liability"),
        ("holdback", "a holdback of 10% of each invoice", "10%"),
        ("records_retention", "Clinical records must be retained for seven (7) years after discharge.", "P7Y"),
        ("contract_number", "Contract No. WS-2018/044", "WS-2018/044"),
        ("solicitation_number", "Solicitation Number: 048-2024", "048-2024"),
        ("maximum_amount", "The maximum amount payable under this Agreement is $150,000.00.", "150000.00"),
    ],
)  # fmt: skip
def test_a_clause_of_this_field_gives_its_value(kind: str, clause: str, value: str) -> None:
    assert read(kind, clause) == value


@given(st.sampled_from(sorted(READERS)), st.text(max_size=300))
def test_reading_any_text_never_raises(kind: str, text: str) -> None:
    value = read(kind, text)
    assert value is None or value


@given(st.text(alphabet="0123456789/.-, $()%JanuaryMarchofdaythyears\n", max_size=80))
def test_odd_numbers_never_raise(text: str) -> None:
    for found in (*dates(text), *durations(text, adverbs=True), *sums(text), *percentages(text)):
        assert text[found.start : found.end]
    expires("term until " + text, START)


def test_the_footer_of_a_filing_service_dates_no_contract_and_proves_no_order() -> None:
    text = "DISTRIBUTION AGREEMENT dated 4/3/18\nSource: SOMEBODY INC, 10-K, 3/21/2019\n\nSigned on 29/3/18.\n"
    assert [each.date for each in dates(text)] == [date(2018, 3, 4), date(2018, 3, 29)]


def test_an_anniversary_of_the_date_hereof_counts_from_the_signing() -> None:
    start = Start(date(2001, 12, 1), date(2001, 11, 28))
    assert expires("The term shall end on the seventh anniversary of the date hereof.", start) == date(2008, 11, 28)
    assert expires("The term shall end on the seventh anniversary of the Effective Date.", start) == date(2008, 12, 1)


def test_the_end_of_a_year_is_its_last_day() -> None:
    assert expires("This agreement will be in effect until the end of 2006.", Start(None, None)) == date(2006, 12, 31)


def test_a_notice_of_termination_is_no_event_that_a_term_counts_from() -> None:
    clause = "The term is one (1) year from the Effective Date, unless a party gives a thirty-day notice of written termination."
    assert expires(clause, Start(date(2017, 11, 14), None)) == date(2018, 11, 14)


def test_an_agreement_is_made_when_the_last_party_signs() -> None:
    text = "By: /s/ A   Date: 1/26/2020   By: /s/ B   Date: 1/27/2020\n"
    mentions = dates(text)
    assert last_signature(text, mentions) == {0: 1, 1: 1}


def test_a_date_said_to_be_effective_is_told_from_its_rivals() -> None:
    text = 'This Agreement is made as of March 14, 2012 but effective as of March 1, 2012 ("Effective Date").'
    made, effective = date_roles.features(text, dates(text))
    assert "effective:False, elsewhere:True" in made
    assert "effective:True, elsewhere:False" in effective
