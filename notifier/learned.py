"""A desk that an operator added, learned from its examples and keywords when the router is built; no code, no
training run.

A question is held against the examples twice: by its words, and by what the shipped model says it is about. The
latter finds phrasings that share no word with any example.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from notifier.desks import Desk
from notifier.linear import Floats, Indices, Model
from notifier.wording import Reading, read

STEEPNESS = 14.0
HALFWAY = 0.46
KEYWORD = 0.22
"""Fitted by `bench/train_routing.py --desks`, which plays each topic of the corpus as a desk that was added."""


@dataclass(frozen=True)
class LearnedDesk:
    """Examples as dense rows: `rows` (examples × features, length 1) and `topics` (examples × topics, length 1)."""

    key: str
    title: str
    keywords: tuple[tuple[str, ...], ...]
    examples: tuple[str, ...]
    rows: Floats
    topics: Floats

    @classmethod
    def of(cls, desk: Desk, model: Model) -> "LearnedDesk":
        """Learn a desk; keywords count as very short examples where there is no example at all."""
        texts = desk.examples or desk.keywords
        rows = np.zeros((len(texts), len(model.places)), np.float32)
        topics = np.zeros((len(texts), len(model.topics)), np.float32)
        for index, text in enumerate(texts):
            places, values = vector = model.vector(read(text).features)
            rows[index, places] = values / max(1e-6, float(np.linalg.norm(values)))
            topics[index] = np.sqrt(model.topic_odds(vector))
        keywords = tuple(read(keyword).tokens for keyword in desk.keywords)
        return cls(desk.key, desk.title, keywords, texts, rows, topics)

    def share(self, reading: Reading, vector: tuple[Indices, Floats], model: Model) -> float:
        """Probability that the question is this desk's, 0 to 1."""
        score = self.score(vector, model) + (KEYWORD if self.keyword_in(reading) else 0.0)
        return float(1 / (1 + np.exp(-STEEPNESS * (score - HALFWAY))))

    def score(self, vector: tuple[Indices, Floats], model: Model) -> float:
        """Likeness to the examples, about 0 to 1."""
        places, values = vector
        if not len(places):
            return 0.0
        length = max(1e-6, float(np.linalg.norm(values)))
        by_words = np.sort(self.rows[:, places] @ (values / length))[::-1]
        by_topic = np.sort(self.topics @ np.sqrt(model.topic_odds(vector)))[::-1]
        nearest = slice(0, min(3, len(by_words)))
        return float(0.5 * by_words[nearest].mean() + 0.5 * by_topic[nearest].mean())

    def keyword_in(self, reading: Reading) -> str:
        """The first keyword that the question uses, or an empty text."""
        for keyword in self.keywords:
            size = len(keyword)
            if any(reading.tokens[start : start + size] == keyword for start in range(len(reading.tokens) - size + 1)):
                return " ".join(keyword)
        return ""

    def reasons(self, reading: Reading, model: Model) -> Iterator[str]:
        """Why a question is this desk's."""
        if keyword := self.keyword_in(reading):
            yield f"mentions “{keyword}”"
        places, values = model.vector(reading.features)
        nearest = int((self.rows[:, places] @ values).argmax()) if len(places) else 0
        yield f"reads like the example “{self.examples[nearest]}”"
