"""Corrections that a person accepted, remembered: a question like one that went to the wrong desk leans to the right one.

No training: the questions are kept as vectors of the shipped model, and the likeness of a new question to them decides how much of the
probability moves. The influence is bounded: below `NEAR` there is none, and at most `MOST` moves, so a correction changes what is asked
in nearly the same words and nothing else. What is cautioned (danger, orders to a machine) never comes here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from notifier.linear import Floats, Indices, Model
from notifier.wording import read

NEAR, SAME = 0.55, 0.8
"""Likeness (cosine of the vectors, 0 to 1) from which a remembered question has a say, and from which it has all of it. Two questions
about different things reach 0.5 at most, the same thing in other words 0.6 to 0.9."""
MOST = 0.8
"""Share of the probability that corrections move at most."""
KEPT = 300
"""Newest corrections that are remembered."""


@dataclass(frozen=True)
class Corrected:
    """A question and the desk that it belongs to."""

    question: str
    desk: str


@dataclass(frozen=True)
class Corrections:
    """Remembered questions: `places` and `values` of their vectors end to end, question `i` from `starts[i]`; values have length one."""

    examples: tuple[Corrected, ...]
    places: Indices
    values: Floats
    starts: Indices

    @classmethod
    def of(cls, examples: Iterable[Corrected], model: Model) -> "Corrections":
        """Remember the last `KEPT` of these; questions without a word that the model knows are left out."""
        pairs = [(one, model.vector(read(one.question).features)) for one in list(examples)[-KEPT:]]
        pairs = [(one, vector) for one, vector in pairs if len(vector[0])]
        vectors = [(places, values / np.linalg.norm(values)) for _, (places, values) in pairs]
        lengths = [len(places) for places, _ in vectors]
        return cls(
            tuple(one for one, _ in pairs),
            np.concatenate([places for places, _ in vectors] or [np.empty(0, np.int64)]),
            np.concatenate([values for _, values in vectors] or [np.empty(0, np.float32)]),
            np.cumsum([0, *lengths[:-1]]) if lengths else np.empty(0, np.int64),
        )

    @cached_property
    def size(self) -> int:
        """One more than the highest place."""
        return int(self.places.max()) + 1 if len(self.places) else 0

    def likeness(self, vector: tuple[Indices, Floats]) -> Floats:
        """How like each remembered question is to this one, 0 to 1."""
        places, values = vector
        if not self.examples or not len(places):
            return np.zeros(len(self.examples), np.float32)
        inside = places < self.size
        dense = np.zeros(self.size, np.float32)
        dense[places[inside]] = values[inside] / np.linalg.norm(values)
        return np.asarray(np.add.reduceat(dense[self.places] * self.values, self.starts), np.float32)

    def lean(self, shares: Mapping[str, float], vector: tuple[Indices, Floats]) -> tuple[dict[str, float], Corrected | None]:
        """Probabilities of the desks with the say of corrections, and the one that says most; desks that are gone have none."""
        likeness = self.likeness(vector)
        says: dict[str, float] = {}
        nearest: tuple[float, Corrected] | None = None
        for place in np.flatnonzero(likeness > NEAR):
            one, say = self.examples[place], MOST * float(min(1.0, (likeness[place] - NEAR) / (SAME - NEAR)))
            if one.desk in shares:
                says[one.desk] = max(says.get(one.desk, 0.0), say)
                nearest = max(filter(None, (nearest, (say, one))), key=lambda pair: pair[0])
        total = sum(says.values())
        says = {desk: say * min(1.0, MOST / total) for desk, say in says.items()}
        kept = 1 - sum(says.values())
        return {desk: share * kept + says.get(desk, 0.0) for desk, share in shares.items()}, nearest[1] if nearest else None
