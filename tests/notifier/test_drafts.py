import pytest

from notifier.desks import load
from notifier.drafts import draft
from notifier.routing import Route

DESKS = {desk.key: desk for desk in load()}
NUMBERS = {"contract": "HC-20419", "payee": "402118", "invoice": "A-2291", "claim": "41887302"}
SENDER = "Front desk, a clinic in Nanaimo\n250-555-0100"


def drafted(question: str, desk: str, **references: str):
    return draft(question, Route(desk), desk=DESKS.get(desk), sender=SENDER, references=references)


@pytest.mark.parametrize(
    ("desk", "numbers"),
    [
        ("procurement", "(contract HC-20419, payee 402118)"),
        ("payment", "(payee 402118, invoice A-2291, claim 41887302)"),
        ("claims", "(claim 41887302, payee 402118)"),
        ("health_care_programs", "(contract HC-20419)"),
    ],
)
def test_the_subject_carries_the_numbers_that_this_desk_needs(desk, numbers):
    assert drafted("A short question", desk, **NUMBERS).subject == f"A short question {numbers}"


def test_a_desk_for_programs_never_reads_a_worker_s_name_or_claim():
    made = drafted(
        "When is the report for Mr. Okafor (claim 41887302, dob 1979-05-06) due under the contract?", "health_care_programs"
    )
    assert not any(secret in made.body + made.subject for secret in ("Okafor", "41887302", "1979"))
    assert [found.kind for found in made.removed] == ["worker", "claim", "birth"]


def test_the_claims_desk_keeps_name_and_claim_but_no_social_insurance_number():
    made = drafted("Is claim 41887302 of Mr. Okafor open? SIN 046 454 286", "claims")
    assert "41887302" in made.body
    assert "Okafor" in made.body
    assert "046 454 286" not in made.body


def test_a_subject_never_names_a_worker_even_for_the_claims_desk():
    assert "Okafor" not in drafted("Is Mr. Okafor's claim accepted", "claims").subject


def test_numbers_that_are_not_known_are_named_as_missing():
    assert drafted("our invoice was rejected", "payment", payee="402118").missing == ("invoice", "claim")


def test_a_question_cannot_add_a_header_line_to_its_subject():
    assert "\n" not in drafted("hello\r\nBcc: someone@example.org", "payment", payee="1\n2").subject


def test_a_draft_for_no_desk_still_has_a_body_and_a_sender():
    made = draft("", Route("none"), desk=None, sender=SENDER)
    assert made.subject == "Question from a provider"
    assert made.body.endswith(SENDER)
