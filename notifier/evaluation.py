"""How well routes are chosen: accuracy, calibration, coverage at a precision, confusion. Pure; the page and the
command print it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BINS = 10


@dataclass(frozen=True)
class Judged:
    """One labelled question and what was answered. `accepted` holds the other desks that would be right too."""

    label: str
    accepted: frozenset[str]
    desk: str
    second: str | None
    confidence: float


@dataclass(frozen=True)
class Evaluation:
    """Shares are 0 to 1; `coverage` maps a precision to the share of questions answered above the threshold that
    reaches it."""

    count: int
    strict: float
    lenient: float
    top_two: float
    macro_f1: float
    ece: float
    recall: dict[str, float]
    coverage: dict[float, float]
    confusion: dict[tuple[str, str], int]


def evaluate(judged: Iterable[Judged]) -> Evaluation:
    """All figures of a set of labelled questions. `ValueError` when it is empty."""
    rows = list(judged)
    if not rows:
        raise ValueError("Nothing to evaluate: no labelled question was given.")
    hits = [row.desk == row.label for row in rows]
    confidences = [row.confidence for row in rows]
    return Evaluation(
        count=len(rows),
        strict=sum(hits) / len(rows),
        lenient=sum(row.desk == row.label or row.desk in row.accepted for row in rows) / len(rows),
        top_two=sum(row.label in {row.desk, row.second} for row in rows) / len(rows),
        macro_f1=macro_f1(rows),
        ece=calibration_error(confidences, hits),
        recall=_recall(rows),
        coverage={precision: coverage_at(confidences, hits, precision=precision) for precision in (0.95, 0.98)},
        confusion=dict(Counter((row.label, row.desk) for row in rows)),
    )


def macro_f1(rows: Sequence[Judged]) -> float:
    """Mean F1 over the labels that occur."""
    scores = []
    for label in {row.label for row in rows}:
        right = sum(row.label == row.desk == label for row in rows)
        named = sum(row.desk == label for row in rows)
        asked = sum(row.label == label for row in rows)
        scores.append(2 * right / (named + asked))
    return sum(scores) / len(scores)


def calibration_error(confidences: Sequence[float], hits: Sequence[bool]) -> float:
    """Expected calibration error over ten bins of equal width."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for confidence, hit in zip(confidences, hits, strict=True):
        bins.setdefault(min(BINS - 1, int(confidence * BINS)), []).append((confidence, hit))
    return sum(abs(sum(confidence - hit for confidence, hit in found)) for found in bins.values()) / len(hits)


def coverage_at(confidences: Sequence[float], hits: Sequence[bool], *, precision: float) -> float:
    """The largest share of questions, surest first, whose precision is at least `precision`."""
    threshold = threshold_at(confidences, hits, precision=precision)
    return sum(confidence >= threshold for confidence in confidences) / len(confidences)


def threshold_at(confidences: Sequence[float], hits: Sequence[bool], *, precision: float) -> float:
    """The lowest confidence above which at least `precision` of the answers are right; above 1 when there is none."""
    order = sorted(zip(confidences, hits, strict=True), key=lambda pair: -pair[0])
    best, right = 1.1, 0
    for place, (confidence, hit) in enumerate(order, 1):
        right += hit
        last_of_equals = place == len(order) or order[place][0] < confidence
        if last_of_equals and right / place >= precision:
            best = confidence
    return best


def precision_above(judged: Iterable[Judged], *, threshold: float) -> tuple[float, float]:
    """(coverage, precision) at a threshold that was fixed beforehand; precision is 1 when nothing is above it."""
    rows = list(judged)
    above = [row for row in rows if row.confidence >= threshold]
    return len(above) / len(rows), sum(row.desk == row.label for row in above) / len(above) if above else 1.0


def _recall(rows: Sequence[Judged]) -> dict[str, float]:
    labels = sorted({row.label for row in rows})
    return {
        label: sum(row.desk == label for row in rows if row.label == label) / sum(row.label == label for row in rows)
        for label in labels
    }
