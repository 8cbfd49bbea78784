import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.redaction import Finding, find, luhn, phn_holds, strip

SAMPLES = Path(__file__).parent.parent / "samples" / "redaction"
_MARK = re.compile(r"\{(\w+):([^}]*)\}")
FIRST = ("Aaron", "Beatriz", "Chidi", "Dmitri", "Élodie", "Farah", "Goran", "Hiroko")
LAST = ("Abernathy", "Basra", "Cloutier", "Dhillon", "Eriksen", "Fujimoto", "Gallagher", "Huynh")
SAID = (
    "Is the claim of {worker} open?",
    "{worker} has missed three sessions",
    "Please approve more weeks for {worker}, claim {claim}",
    "we saw {worker}'s employer and the claim no. is {claim}",
    "worker {worker} (dob {birth}) phn {phn}",
    "Mr. {worker}, SIN {sin}, wants his file",
    "the deposit for account {bank} is missing; call {phone}",
    "patient {worker} can be reached at {phone}",
)


def marked(line: str) -> tuple[str, set[tuple[str, int, int]]]:
    """A line without its marks, and what was marked."""
    text, spans, place = "", set(), 0
    for match in _MARK.finditer(line):
        text += line[place : match.start()]
        spans.add((match[1], len(text), len(text) + len(match[2])))
        text += match[2]
        place = match.end()
    return text + line[place:], spans


def corpus() -> list[tuple[str, set[tuple[str, int, int]]]]:
    lines = [
        line
        for name in ("marked", "second", "third", "fourth")
        for line in (SAMPLES / f"{name}.txt").read_text("utf-8").splitlines()
    ]
    for index, (first, last) in enumerate((first, last) for first in FIRST for last in LAST):
        values = {
            "worker": (f"{first} {last}", f"{first[0]}. {last}", f"{first} {last[0]}.")[index % 3],
            "claim": f"{38000000 + index * 70123}",
            "birth": (
                f"19{50 + index % 45}-03-1{index % 9}",
                f"1{index % 9}/04/19{50 + index % 45}",
                f"May {1 + index % 27}, 1988",
            )[index % 3],
            "phn": f"9{index + 100:03d} 45{index % 10} {index + 200:03d}",
            "sin": f"{index + 201:03d} 55{index % 10} {index + 300:03d}",
            "bank": f"{1000000 + index * 1237}",
            "phone": f"604-555-01{index:02d}",
        }
        lines.append(
            re.sub(r"\{(\w+)\}", lambda slot, values=values: "{" + slot[1] + ":" + values[slot[1]] + "}", SAID[index % len(SAID)])
        )
    return [marked(line) for line in lines]


def caught(span: tuple[str, int, int], findings: list[Finding]) -> bool:
    """Whether every letter and figure of the span would be taken out."""
    return all(any(found.start <= place < found.end for found in findings) for place in range(span[1], span[2]))


def test_personal_data_of_the_corpus_is_found():
    lines = corpus()
    total = sum(len(spans) for _, spans in lines)
    missed = [
        (text, text[start:end])
        for text, spans in lines
        for kind, start, end in spans
        if not caught((kind, start, end), find(text))
    ]
    assert total > 500
    assert len(missed) / total <= 0.02, missed


def test_text_without_personal_data_is_left_alone():
    lines = (SAMPLES / "plain.txt").read_text("utf-8").splitlines()
    alarms = [(line, found.kind, found.text) for line in lines for found in find(line)]
    assert len(alarms) <= 1, alarms


@pytest.mark.parametrize("kind", ["sin", "phn", "claim", "worker", "bank"])
def test_each_kind_of_the_corpus_is_found(kind):
    pieces = [(span, text) for text, spans in corpus() for span in spans if span[0] == kind]
    found = sum(caught(span, find(text)) for span, text in pieces)
    assert found >= 0.98 * len(pieces)


@pytest.mark.parametrize(
    "text",
    [
        "Please change the main contact on our agreement from Paul Nygaard to Sandra Lo.",
        "Fraser Valley Health Group Inc. is our new legal name",
        "Our new signing officer is Denise Abernathy",
    ],
)
def test_names_of_the_clinic_s_own_people_and_companies_stay(text):
    assert [found.text for found in find(text) if found.kind == "worker"] == []


def test_twenty_thousand_characters_are_searched():
    text = "A Mr. Anna-Lee 12-34 56 claim no. no. no. " * 480
    assert len(find(text)) > 400


def test_what_is_found_is_named_by_its_kind():
    text = "worker Anna Lindqvist, claim 41887302, SIN 046 454 286"
    assert [found.kind for found in find(text)] == ["worker", "claim", "sin"]
    assert strip(text) == "worker [worker], claim [claim number], SIN [SIN]"
    assert strip(text, keep={"claim"}) == "worker [worker], claim 41887302, SIN [SIN]"


def test_a_name_found_once_is_found_again_without_its_title():
    text = "Mr. Okafor is unhappy. We told Okafor to call."
    assert "Okafor" not in strip(text)


@pytest.mark.parametrize(("digits", "holds"), [("046454286", True), ("046454287", False)])
def test_a_social_insurance_number_has_a_check_digit(digits, holds):
    assert luhn(digits) is holds


@pytest.mark.parametrize(("digits", "holds"), [("9698658215", True), ("9698658216", False), ("8698658215", False), ("", False)])
def test_a_personal_health_number_has_a_check_digit(digits, holds):
    assert phn_holds(digits) is holds


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet="Mr. Anna Lee 0123456789-#claim@x.", max_size=120))
def test_findings_lie_in_the_text_in_order_and_never_overlap(text):
    found = find(text)
    assert all(text[one.start : one.end] == one.text for one in found)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))


@settings(max_examples=50, deadline=None)
@given(st.integers(30_000_000, 49_999_999), st.sampled_from(["claim", "Claim #", "claim no. ", "clm", "réclamation"]))
def test_a_claim_number_never_survives_stripping(number, word):
    assert str(number) not in strip(f"hello, {word} {number} please")
