"""The clause model is a file of numbers, and orders the clauses of a contract that it has never seen."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.extraction import date_roles, extract, rerank
from contracts.extraction.dates import dates
from contracts.extraction.ranker import Model, WordModel, load, model, quantised, save
from contracts.extraction.segments import segments, sentences

CONTRACT = """CLINIC SERVICES AGREEMENT

This Clinic Services Agreement is made as of March 4, 2019 (the "Effective Date") by and between Harbour Health Board, a
corporation ("Board"), and Northside Rehabilitation Ltd. ("Provider").

1. Services. The Provider shall give the services described in Schedule A to the persons whom the Board refers.

2. Term. The term of this Agreement shall commence on the Effective Date and continue for three (3) years. Thereafter this
Agreement shall automatically renew for successive terms of one (1) year each, unless either party gives written notice of its
intention not to renew at least ninety (90) days prior to the expiration of the then-current term.

3. Fees. The Board shall pay the fees set out in Schedule B within thirty (30) days of receiving an invoice.

4. Termination. Either party may terminate this Agreement without cause upon sixty (60) days' prior written notice.

5. Insurance. The Provider shall maintain commercial general liability insurance of not less than $2,000,000 per occurrence.

6. Records. The Board may, upon reasonable notice, inspect and audit the books and records of the Provider.

7. Assignment. Neither party may assign this Agreement without the prior written consent of the other party.

8. Liability. In no event shall the total liability of either party exceed the fees paid in the preceding twelve months.

9. Governing Law. This Agreement shall be governed by and construed in accordance with the laws of the Province of British
Columbia.
"""


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("document_name", "CLINIC SERVICES AGREEMENT"),
        ("parties", "Northside Rehabilitation Ltd."),
        ("governing_law", "governed by and construed"),
        ("renewal_term", "automatically renew"),
        ("anti_assignment", "may assign this Agreement"),
        ("audit_rights", "inspect and audit"),
        ("termination_for_convenience", "without cause"),
        ("cap_on_liability", "total liability"),
        ("insurance", "general liability insurance"),
    ],
)
def test_the_right_clause_comes_first(kind: str, words: str) -> None:
    assert words in extract([CONTRACT]).of(kind)[0].quote


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("agreement_date", "2019-03-04"),
        ("effective_date", "2019-03-04"),
        ("expiration_date", "2022-03-04"),
        ("renewal_term", "P1Y"),
        ("notice_period_to_terminate_renewal", "P90D"),
        ("governing_law", "British Columbia"),
    ],
)
def test_its_value_is_read(kind: str, value: str) -> None:
    assert next(term.value for term in extract([CONTRACT]).of(kind) if term.value) == value


def test_an_absent_kind_is_less_likely_than_a_present_one() -> None:
    found = extract([CONTRACT])
    assert found.of("governing_law")[0].confidence > 0.5
    assert all(term.confidence < 0.3 for term in found.of("source_code_escrow"))


def test_the_shipped_model_knows_every_kind_once() -> None:
    kinds = model().kinds
    assert len(kinds) == len(set(kinds)) == 41
    assert {"rofr_rofo_rofn", "unlimited_all_you_can_eat_license", "notice_period_to_terminate_renewal"} <= set(kinds)


def small() -> Model:
    steps, scale = quantised(np.array([[1.0], [-0.5]]))
    words = WordModel({"law": 0, "h:term": 1}, steps, scale, np.zeros(1, np.float32), np.ones(2, np.float32))
    roles, role_scale = quantised(np.array([[1.0, 0.2]]))
    days = WordModel({"b:made": 0}, roles, role_scale, np.zeros(2, np.float32))
    width = rerank.SCORE_FEATURES + rerank.PLACE_FEATURES + 3
    second = np.zeros((1, width), np.float32)
    second[0, 0] = 1
    alone = WordModel({"law": 0}, *quantised(np.array([[2.0]])), np.zeros(1, np.float32), np.ones(1, np.float32))
    return Model(("law",), words, alone, days, second, np.array([[1, 0, 0]], np.float32))


def test_a_model_file_gives_back_the_same_numbers(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    save(small(), path)
    held = load(path)
    clauses = segments("The law governs. " * 40)
    assert np.array_equal(held.confidences(clauses, clauses), small().confidences(clauses, clauses))
    assert held.kinds == ("law",)


def test_a_clause_with_the_word_outranks_one_without(tmp_path: Path) -> None:
    clauses = segments("Nothing to see here.\f\fThe law of the land.")
    chances = small().confidences(clauses, clauses)[:, 0]
    assert chances[1] > chances[0]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(alphabet="law term.\n\f1A (a)2019-03-04", max_size=60), max_size=4))
def test_chances_are_between_zero_and_one_for_any_text(parts: list[str]) -> None:
    text = "\n\n".join(parts)
    clauses, mentions = segments(text), dates(text)
    roles = small().roles(text, mentions)
    chances = small().confidences(clauses, sentences(text), mentions=mentions, roles=roles)
    assert chances.shape == (len(clauses), 1)
    assert ((chances >= 0) & (chances <= 1)).all()


def test_the_last_signature_is_told_from_the_earlier_one() -> None:
    text = "IN WITNESS WHEREOF\nBy: A\nDate: March 3, 2011\nBy: B\nDate: March 4, 2011\n"
    first, last = date_roles.features(text, dates(text))
    assert "earlier signature" in first
    assert "last signature" in last
