"""A listing is judged against its own past; each doubt names the health it means and whether time alone can end it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import Health
from crawler.volume import CONFIRMING, CONFIRMING_EXPLAINED, Facts, judge, usual

NORMAL = Facts(rows=100, read=100, before=100, present=100, present_open=80, columns=("a", "b"), columns_before=("b", "A"))


def test_a_usual_look_and_a_first_look_are_believed() -> None:
    assert judge(NORMAL) is None
    assert judge(Facts(rows=3, read=3, new_open=3)) is None


@pytest.mark.parametrize(
    ("facts", "health", "confirming"),
    [
        ({"rows": 0, "read": 0}, Health.EMPTY, None),
        ({"rows": 0, "read": 0, "says_none": True, "gone": 100, "gone_open": 80}, Health.EMPTY, CONFIRMING),
        ({"read": 70}, Health.LAYOUT_CHANGED, None),
        ({"columns": ("a", "c")}, Health.LAYOUT_CHANGED, CONFIRMING_EXPLAINED),
        ({"columns": ("a", "c"), "changed": 60}, Health.LAYOUT_CHANGED, CONFIRMING),
        ({"total": 130}, Health.SHRUNK, None),
        ({"rows": 10, "read": 10, "gone": 90, "gone_open": 70}, Health.SHRUNK, CONFIRMING),
        ({"rows": 10, "read": 10, "gone": 90, "gone_open": 0}, Health.SHRUNK, CONFIRMING_EXPLAINED),
        ({"rows": 70, "read": 70, "gone": 30, "gone_open": 30}, Health.SHRUNK, CONFIRMING),
        ({"rows": 300, "read": 300, "new_open": 200}, Health.QUARANTINED, CONFIRMING),
        ({"changed": 50}, Health.QUARANTINED, CONFIRMING),
    ],
)
def test_each_oddity_is_a_health_state(facts: dict[str, Any], health: Health, confirming: int | None) -> None:
    doubt = judge(replace(NORMAL, **facts))
    assert doubt is not None
    assert (doubt.health, doubt.confirming) == (health, confirming)
    assert doubt.reason


@pytest.mark.parametrize(
    "facts",
    [
        {"rows": 60, "read": 60, "gone": 40, "gone_open": 2},
        {"rows": 104, "read": 104, "new_open": 4, "changed": 9},
        {"total": 101},
        {"window": True, "rows": 5, "read": 5, "gone": 95, "gone_open": 95},
        {"before": 4, "rows": 1, "read": 1, "present": 4, "present_open": 4, "gone": 3, "gone_open": 3},
        {"rows": 0, "read": 0, "says_none": True, "before": 2, "present": 2, "present_open": 2, "gone": 2, "gone_open": 2},
        {"columns": ()},
    ],
)
def test_the_daily_life_of_a_listing_is_believed(facts: dict[str, Any]) -> None:
    assert judge(replace(NORMAL, **facts)) is None


@given(st.lists(st.integers(0, 1000), max_size=10))
def test_the_usual_size_is_never_below_the_last_good_one(sizes: list[int]) -> None:
    found = usual(sizes)
    assert (found is None) is (not sizes)
    assert found is None or found >= sizes[-1]
