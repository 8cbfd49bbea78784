"""The router's two linear models, fitted with scikit-learn over the features of `notifier/wording.py`; the shipped file needs numpy only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from bench.routing_corpus import DESKS, Phrase
from notifier import wording

BLOCKS = {"w": 1.0, "b": 0.6, "g": 0.7, "c": 0.8, "f": 0.8, "p": 0.6, "q": 0.3, "s": 0.3, "r": 0.6, "e": 0.6}
STRENGTH = 6.0
LEAST_SITUATIONS = 2


@dataclass(frozen=True)
class Fitted:
    """What one training run gives: names → places, idf, and the two linear models."""

    places: dict[str, int]
    scales: Any
    topics: list[str]
    desk_of_topic: Any
    by_topic: Any
    by_desk: Any

    def odds(self, matrix: Any) -> Any:
        """Uncalibrated desk probabilities, rows × desks."""
        topic = self.by_topic.predict_proba(matrix)
        summed = np.zeros((topic.shape[0], len(DESKS)))
        for place, name in enumerate(self.by_topic.classes_):
            summed[:, self.desk_of_topic[name]] += topic[:, place]
        return (summed + self.by_desk.predict_proba(matrix)) / 2


def counted(texts: Sequence[str]) -> list[dict[str, float]]:
    """Feature values before idf, with repeated ones damped."""
    return [{name: 1.0 + float(np.log(value)) for name, value in wording.read(text).features.items()} for text in texts]


def matrix(rows: Sequence[dict[str, float]], places: dict[str, int], scales: Any) -> Any:
    """Rows as `linear.Model.vector` gives them, stacked."""
    where: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for index, row in enumerate(rows):
        blocks: dict[str, list[tuple[int, float]]] = {}
        for name, value in row.items():
            place = places.get(name)
            if place is not None:
                blocks.setdefault(name[0], []).append((place, value * scales[place]))
        for head, items in blocks.items():
            length = sum(value * value for _, value in items) ** 0.5
            where += [index] * len(items)
            columns += [place for place, _ in items]
            values += [BLOCKS[head] * value / length for _, value in items]
    return sparse.csr_matrix((values, (where, columns)), shape=(len(rows), len(places)))


def fit(phrases: Sequence[Phrase], rows: Sequence[dict[str, float]]) -> Fitted:
    """Both models on these phrases."""
    situations: dict[str, set[str]] = {}
    for phrase, row in zip(phrases, rows, strict=True):
        for name in row:
            situations.setdefault(name, set()).add(phrase.situation)
    names = sorted(name for name, found in situations.items() if len(found) >= LEAST_SITUATIONS)
    places = {name: place for place, name in enumerate(names)}
    total = len({phrase.situation for phrase in phrases})
    scales = np.array([np.float16(np.log(1 + total / len(situations[name]))) for name in names], np.float32)
    data = matrix(rows, places, scales)
    of_topic = [index for index, phrase in enumerate(phrases) if phrase.topic]
    topics = sorted({phrases[index].topic for index in of_topic})
    desk_of = {phrases[index].topic: DESKS.index(phrases[index].desk) for index in of_topic}
    weights = np.array([phrase.weight for phrase in phrases])
    by_topic = LogisticRegression(C=STRENGTH, max_iter=120, tol=2e-3)
    by_topic.fit(data[of_topic], [topics.index(phrases[index].topic) for index in of_topic], sample_weight=weights[of_topic])
    by_desk = LogisticRegression(C=STRENGTH, max_iter=120, tol=2e-3)
    by_desk.fit(data, [DESKS.index(phrase.desk) for phrase in phrases], sample_weight=weights)
    return Fitted(places, scales, topics, np.array([desk_of[topic] for topic in topics]), by_topic, by_desk)
