"""Accepted corrections: what is asked in nearly the same words goes to the right desk, and nothing else changes."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.corrections import MOST, Corrected, Corrections
from notifier.linear import shipped
from notifier.routing import Router, route

WRONG = "our kettlebells are missing from the gym, who pays for new ones"
LEARNED = Corrected(WRONG, "procurement")


def remembering(*examples: Corrected) -> Router:
    return replace(Router.of(), corrections=Corrections.of(examples, shipped()))


def test_a_question_that_was_corrected_goes_to_the_right_desk_the_next_time():
    assert route(WRONG).desk != "procurement"
    found = route("who pays for new kettlebells, ours are missing from the gym", router=remembering(LEARNED))
    assert found.desk == "procurement"
    assert "belonged to this desk" in found.why[0]


@pytest.mark.parametrize(
    "question", ["our invoice was rejected", "is claim 41887302 open", "hello", "does the contract cover massage"]
)
def test_other_questions_are_routed_as_before(question):
    assert route(question, router=remembering(LEARNED)) == route(question)


def test_a_wrong_correction_moves_no_more_than_its_bound():
    router = remembering(*[Corrected("our invoice was rejected", "claims")] * 50)
    reading = "the invoice was refused, and the portal says its code is invalid"
    assert route(reading, router=router).desk == "payment"
    shares, _ = router.corrections.lean(
        {"payment": 1.0, "claims": 0.0}, router.model.vector({"w:invoice": 1.0, "w:rejected": 1.0})
    )
    assert shares["claims"] <= MOST


def test_danger_comes_before_a_correction():
    text = "the worker says he will kill himself"
    assert route(text, router=remembering(Corrected(text, "payment"))).urgent


def test_a_correction_to_a_desk_that_is_gone_says_nothing():
    assert route(WRONG, router=remembering(Corrected(WRONG, "closed_desk"))) == route(WRONG)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=4), st.text(max_size=60))
def test_probabilities_stay_probabilities_whatever_is_remembered(examples, question):
    router = remembering(*(Corrected(text, "claims") for text in examples))
    assert 0 <= route(question, router=router).confidence <= 1
