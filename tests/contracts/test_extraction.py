"""A document's pages give proposals that stand exactly where they say, whatever the text."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.extraction import Extraction, extract, segments, sentences

AGREEMENT = """SERVICE AGREEMENT
Contract No. CL-2018-044   Solicitation Number: 048-2024

This Agreement is made as of September 27, 2018 (the "Effective Date") between Harbour Board and Northside Clinic Ltd.

1. Term. The term of this Agreement commences on the Effective Date and continues for thirty-six (36) months, and shall
automatically renew for successive terms of one (1) year unless either party gives written notice at least ninety (90) days
prior to the expiration of the then-current term.

2. Reports. The Provider shall submit the discharge report within five (5) business days of discharge. The Provider must
acknowledge each referral within 24 hours of receipt.

3. Invoices. Invoices must be submitted within 90 days of the date of service. The maximum amount payable under this
Agreement is $150,000.00.

4. Insurance. The Provider shall maintain commercial general liability insurance of not less than $2,000,000 per occurrence and
shall provide a certificate of insurance before the services start.
"""
LAW = """5. Governing Law. This Agreement is governed by the laws of the Province of British Columbia.

6. Records. Clinical records must be retained for seven (7) years after discharge.

Schedule B: Fees
Code\tDescription\tFee\tUnit
OR201\tInitial assessment\t$1,234.50\tper session
OR202\tDischarge report\t$85.00\tper report
"""
pages = st.lists(st.text(max_size=200) | st.sampled_from([AGREEMENT, LAW, "", "\f", "(((((", "1. 2. 3. (a)"]), max_size=4)


def best(found: Extraction, kind: str) -> str | None:
    return next((term.value for term in found.of(kind)), None)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("report_due", "P5D"),
        ("invoice_window", "P90D"),
        ("referral_acknowledgement", "PT24H"),
        ("insurance_amount", "2000000"),
        ("insurance_type", "commercial general liability"),
        ("maximum_amount", "150000.00"),
        ("records_retention", "P7Y"),
        ("contract_number", "CL-2018-044"),
        ("solicitation_number", "048-2024"),
    ],
)
def test_a_clinics_agreement_gives_the_terms_of_its_field(kind: str, value: str) -> None:
    assert best(extract([AGREEMENT, LAW]), kind) == value


def test_each_term_names_the_page_that_holds_it() -> None:
    retention = extract([AGREEMENT, LAW]).of("records_retention")[0]
    assert retention.page == 2


def test_the_fee_table_is_read_with_its_page() -> None:
    fees = extract([AGREEMENT, LAW]).fees
    assert [(fee.code, fee.description, str(fee.amount), fee.unit, fee.page) for fee in fees] == [
        ("OR201", "Initial assessment", "1234.50", "session", 2),
        ("OR202", "Discharge report", "85.00", "report", 2),
    ]


def test_the_json_has_the_stable_keys() -> None:
    document = json.loads(json.dumps(extract([AGREEMENT, LAW]).to_json()))
    assert list(document) == ["pages", "terms", "fees", "signatures"]
    assert list(document["terms"][0]) == ["kind", "value", "page", "start", "end", "quote", "confidence"]
    assert document["fees"][0] == {"code": "OR201", "description": "Initial assessment", "amount": "1234.50", "unit": "session", "page": 2}  # fmt: skip
    assert (document["pages"], document["signatures"]) == (2, [])


def test_an_empty_document_has_no_terms() -> None:
    assert extract([]) == Extraction(0, (), ())
    assert extract([""]).terms == ()


@given(pages)
def test_every_quote_stands_where_it_says_on_the_page_it_names(some: list[str]) -> None:
    text = "\f".join(some)
    found = extract(some)
    for term in found.terms:
        assert term.quote == text[term.start : term.end]
        assert term.quote in some[term.page - 1] or "\f" in some[term.page - 1]
        assert 0 <= term.confidence <= 1


@given(pages)
def test_the_same_pages_give_the_same_proposals_and_at_most_ten_of_a_kind(some: list[str]) -> None:
    first = extract(some)
    assert extract(tuple(some)) == first
    kinds = [term.kind for term in first.terms]
    assert all(kinds.count(kind) <= 10 for kind in kinds)
    for kind in set(kinds):
        ranked = [term.confidence for term in first.of(kind)]
        assert ranked == sorted(ranked, reverse=True)


@given(st.text(alphabet="abc. ;:(a)\n\f1.2ABC“”\r\t", max_size=400))
def test_sentences_and_clauses_are_exact_and_miss_only_blanks(text: str) -> None:
    for cut in (sentences(text), segments(text)):
        assert all(each.text == text[each.start : each.end] and each.text.strip() == each.text != "" for each in cut)
        assert all(a.end <= b.start for a, b in pairwise(cut))
        assert not any("\f" in each.text for each in cut)
        rest = "".join(text[a:b] for a, b in zip([0, *(s.end for s in cut)], [*(s.start for s in cut), len(text)], strict=True))
        assert not rest.strip()


def test_a_title_belongs_to_its_sentence_and_an_abbreviation_ends_none() -> None:
    text = "8.1 Term. The term of Acme Inc. Limited starts today. It ends on Dec. 31, 2024 (see Sec. 4 below)."
    assert [each.text for each in sentences(text)] == [
        "8.1 Term. The term of Acme Inc. Limited starts today.",
        "It ends on Dec. 31, 2024 (see Sec. 4 below).",
    ]
    assert {each.heading for each in sentences(text)} == {"Term"}
