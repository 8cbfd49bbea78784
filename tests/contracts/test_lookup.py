"""A question gets a confirmed value, else a clause with its place, else "not recorded"; never a value nobody confirmed."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session

from contracts import fees, lookup, synonyms, terms
from tests.contracts import factories, samples
from tests.contracts.factories import NOW, TODAY

WHOLE = "\f".join(samples.AGREEMENT)


def ask(session: Session, question: str, as_of: date = TODAY, **named: object) -> lookup.Answer:
    return lookup.answer(session, question, organisation_id=1, as_of=as_of, **named)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "says", "page"),
    [
        ("how long do we have to send the discharge report", "submit the Discharge Report within 5 business days", 1),
        ("When is the d/c report due?", "submit the Discharge Report within 5 business days", 1),
        ("how long do we have to bill?", "within 90 days of the date of service", 2),
        ("does the contract cover a jobsite visit", "attend a job site visit", 2),
        ("what insurance must we carry", "commercial general liability insurance", 2),
        ("can we renew the term?", "renew the term once for 12 months", 1),
    ],
)
def test_a_clause_is_quoted_with_its_page_and_exact_offsets(session: Session, question: str, says: str, page: int) -> None:
    factories.added(session)
    found = ask(session, question)
    place = found.place
    assert says in (place.quote or "").replace("\n", " ")
    assert place.page == page
    assert WHOLE[place.start : place.end] == place.quote
    assert place.value is None
    assert 0.6 <= place.confidence <= 1


@pytest.mark.parametrize(
    "question", ["what is the parental leave policy", "hello", "who sold the horse?", "?", "may we paint the walls green"]
)
def test_what_no_contract_says_is_not_recorded(session: Session, question: str) -> None:
    factories.added(session)
    found = ask(session, question)
    assert not found.recorded
    assert found.to_json() | {"alternatives": []} == {
        "value": None, "quote": None, "contract": None, "document": None, "page": None,
        "as_of": "2026-04-01", "confidence": 0.0, "alternatives": [],
    }  # fmt: skip


def test_a_proposed_term_gives_no_value_and_a_confirmed_one_does(session: Session) -> None:
    document = factories.added(session)
    term = factories.term(session, document)
    question = "how long do we have to send the discharge report"
    assert ask(session, question).place.value is None
    terms.confirm(session, term, by="Ada", now=NOW)
    found = ask(session, question)
    assert found.place.value == "P5D"
    assert found.place.confidence == 1.0
    assert found.place.document == "agreement.txt"


def test_a_term_about_another_report_is_no_answer(session: Session) -> None:
    document = factories.added(session)
    terms.confirm(session, factories.term(session, document), by="Ada", now=NOW)
    assert ask(session, "how long do we have to send the initial report").place.value is None


def test_the_value_is_the_one_that_held_on_the_day(session: Session) -> None:
    document = factories.added(session)
    term = terms.confirm(session, factories.term(session, document), by="Ada", now=NOW)
    terms.amend(session, term, effective=date(2026, 3, 1), value="P3D", by="Ada", now=NOW + timedelta(days=1))
    question = "when is the discharge report due"
    assert ask(session, question, date(2026, 2, 28)).place.value == "P5D"
    assert ask(session, question, date(2026, 3, 1)).place.value == "P3D"


def test_a_version_answers_from_its_day_until_it_is_replaced(session: Session) -> None:
    owner = factories.contract()
    old = factories.added(session, "Discharge reports are due within 10 days.", owner, file_name="old.txt")
    factories.added(
        session,
        "Discharge reports are due within 7 days.",
        owner,
        file_name="new.txt",
        version_date=date(2026, 5, 1),
        replaces=old,
    )
    question = "when is the discharge report due"
    assert ask(session, question, date(2026, 4, 30)).place.document == "old.txt"
    later = ask(session, question, date(2026, 5, 1))
    assert [later.place.document, *(place.document for place in later.alternatives)] == ["new.txt"]


def test_an_answer_stays_within_the_contract_and_program_asked_about(session: Session) -> None:
    factories.added(session, "Discharge reports are due within 10 days.", factories.contract(title="A", program="or2"))
    other = factories.added(session, "Discharge reports: due within 7 days.", factories.contract(title="B", program="astd"))
    question = "when is the discharge report due"
    assert ask(session, question, contract_id=other.contract_id).place.contract == "B"
    assert ask(session, question, program="or2").place.contract == "A"
    assert not ask(session, question, program="unknown").recorded
    assert not ask(session, question, contract_id=9_999).recorded
    assert not lookup.answer(session, question, organisation_id=2, as_of=TODAY, contract_id=other.contract_id).recorded


def test_a_running_contract_answers_before_one_that_ended(session: Session) -> None:
    factories.added(session, "Discharge reports are due within 10 days.", factories.contract(title="old", end=date(2020, 1, 1)))
    factories.added(session, "Discharge reports: due within 7 days.", factories.contract(title="new", start=date(2020, 1, 1)))
    assert ask(session, "when is the discharge report due").place.contract == "new"
    assert ask(session, "when is the discharge report due", date(2019, 12, 31)).place.contract == "old"


def test_a_fee_is_answered_by_code_and_by_description(session: Session) -> None:
    document = factories.added(session)
    item = factories.fee(session, document)
    assert ask(session, "what is the fee for OR210").place.value is None
    fees.confirm(session, item, by="Ada", now=NOW, valid_from=date(2026, 4, 1))
    assert ask(session, "what is the fee for or210?").place.value == "412.50 CAD"
    assert ask(session, "how much are we paid for an initial assessment").place.value == "412.50 CAD"
    assert ask(session, "what is the fee for OR210", date(2026, 3, 31)).place.value is None
    assert ask(session, "what is the fee for a discharge assessment").place.value is None


def test_a_word_document_is_cited_by_paragraph(session: Session) -> None:
    from contracts import documents, store  # noqa: PLC0415

    read = documents.read(samples.word(), "agreement.docx")
    store.add(session, organisation_id=1, document=read, contract=factories.contract(), now=NOW)
    place = ask(session, "when is the discharge report due").place
    assert (place.paragraph, place.heading) == (3, "Reports")


def test_wordings_of_the_field_mean_the_same() -> None:
    assert synonyms.groups("d/c report")[0] is synonyms.groups("discharge report")[0]
    assert synonyms.groups("RTW planning")[0] is synonyms.groups("return-to-work planning")[0]
    assert synonyms.groups("OR2")[0] is synonyms.groups("Occupational Rehabilitation 2")[0]
    assert synonyms.groups("billing")[0] is synonyms.groups("invoices")[0]
    assert synonyms.term_kinds("how long do we have to send the discharge report")[0] == "report_due"
    assert synonyms.term_kinds("which law governs the agreement")[0] == "governing_law"


def test_a_clause_that_words_one_thing_otherwise_is_still_found(session: Session) -> None:
    """The question says "send", the contract "is due"; a clause that provides something else has the commoner verb."""
    factories.added(
        session,
        "The Contractor provides occupational rehabilitation to workers.\n\n"
        "The discharge report is due within 3 business days of the discharge.\n\n"
        "Initial reports are provided on the current template.",
    )
    found = lookup.answer(session, "how long do we have to send the discharge report", organisation_id=1, as_of=date(2026, 4, 1))
    assert "3 business days" in (found.place.quote or "")
