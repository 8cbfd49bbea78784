import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.evaluation import Judged, calibration_error, coverage_at, evaluate, macro_f1, precision_above, threshold_at


def judged(
    label: str, desk: str, *, confidence: float = 0.9, second: str | None = None, accepted: tuple[str, ...] = ()
) -> Judged:
    return Judged(label, frozenset(accepted), desk, second, confidence)


def test_strict_lenient_and_top_two_count_what_they_say():
    rows = [judged("a", "a"), judged("a", "b", accepted=("b",)), judged("a", "b", second="a"), judged("b", "a")]
    result = evaluate(rows)
    assert (result.strict, result.lenient, result.top_two) == (0.25, 0.5, 0.5)
    assert result.recall == {"a": 1 / 3, "b": 0.0}
    assert result.confusion == {("a", "a"): 1, ("a", "b"): 2, ("b", "a"): 1}


def test_macro_f1_is_the_mean_over_labels():
    assert macro_f1([judged("a", "a"), judged("a", "a"), judged("b", "a"), judged("b", "b")]) == pytest.approx((0.8 + 2 / 3) / 2)


def test_confidence_that_keeps_its_word_has_no_calibration_error():
    assert calibration_error([0.75] * 4, [True, True, True, False]) == pytest.approx(0)
    assert calibration_error([0.95] * 4, [False] * 4) == pytest.approx(0.95)


def test_coverage_is_the_largest_share_that_is_precise_enough():
    confidences, hits = [0.9, 0.8, 0.7, 0.6], [True, True, False, True]
    assert coverage_at(confidences, hits, precision=1.0) == 0.5
    assert coverage_at(confidences, hits, precision=0.75) == 1.0
    assert threshold_at(confidences, hits, precision=1.0) == 0.8


def test_a_threshold_between_equal_confidences_takes_all_of_them():
    assert coverage_at([0.9, 0.9], [True, False], precision=0.95) == 0.0


def test_a_threshold_fixed_beforehand_gives_coverage_and_precision():
    rows = [judged("a", "a", confidence=0.9), judged("a", "b", confidence=0.8), judged("a", "a", confidence=0.2)]
    assert precision_above(rows, threshold=0.5) == (2 / 3, 0.5)
    assert precision_above(rows, threshold=0.99) == (0.0, 1.0)


def test_nothing_to_evaluate_is_refused():
    with pytest.raises(ValueError, match="no labelled question"):
        evaluate([])


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1), st.floats(0.1, 1))
def test_what_lies_above_a_threshold_is_as_precise_as_asked(pairs, precision):
    confidences, hits = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    above = [hit for confidence, hit in pairs if confidence >= threshold_at(confidences, hits, precision=precision)]
    assert not above or sum(above) / len(above) >= precision
