"""The shipped model: a few thousand features, a weight for each topic, read with numpy and nothing else.

The file is `model/routing.npz`: `names` (feature names, newline between them), `scales` (each feature's idf),
`topic_weights` and `desk_weights` (features × classes, int8) with `*_steps` (one per class) and `*_bias`, and `about`
(JSON: topics with their desk and title, desks, block weights, temperature, threshold). `bench/train_routing.py`
writes it.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).parent / "model" / "routing.npz"
Floats = NDArray[np.float32]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Model:
    """Two linear models over the same features: one knows topics, the other desks; their probabilities are averaged."""

    places: dict[str, int]
    scales: Floats
    topic_weights: NDArray[np.int8]
    topic_steps: Floats
    topic_bias: Floats
    desk_weights: NDArray[np.int8]
    desk_steps: Floats
    desk_bias: Floats
    topics: tuple[str, ...]
    titles: tuple[str, ...]
    desks: tuple[str, ...]
    desk_of_topic: NDArray[np.int64]
    blocks: dict[str, float]
    temperature: float
    sure_above: float

    def vector(self, features: dict[str, float]) -> tuple[Indices, Floats]:
        """Places and values of a message's known features; each block of features has the same say however long the
        message."""
        places: list[int] = []
        values: list[float] = []
        lengths: dict[str, float] = {}
        heads: list[str] = []
        for name, count in features.items():
            place = self.places.get(name)
            if place is None:
                continue
            value = (1.0 + float(np.log(count)) if count > 1 else 1.0) * float(self.scales[place])
            places.append(place)
            values.append(value)
            heads.append(name[0])
            lengths[name[0]] = lengths.get(name[0], 0.0) + value * value
        factors = {head: self.blocks[head] / length**0.5 for head, length in lengths.items()}
        scaled = np.array([value * factors[head] for value, head in zip(values, heads, strict=True)], np.float32)
        return np.array(places, np.int64), scaled

    def topic_odds(self, vector: tuple[Indices, Floats]) -> Floats:
        """Probability of each topic, before calibration."""
        places, values = vector
        return _softmax((values @ self.topic_weights[places].astype(np.float32)) * self.topic_steps + self.topic_bias)

    def desk_odds(self, vector: tuple[Indices, Floats]) -> Floats:
        """Calibrated probability of each desk of `desks`."""
        places, values = vector
        direct = _softmax((values @ self.desk_weights[places].astype(np.float32)) * self.desk_steps + self.desk_bias)
        by_topic = np.bincount(self.desk_of_topic, weights=self.topic_odds(vector), minlength=len(self.desks))
        mixed = (direct + by_topic.astype(np.float32)) / 2
        return _softmax(np.log(np.maximum(mixed, 1e-6)) / self.temperature)

    def leanings(self, vector: tuple[Indices, Floats], desk: int) -> Floats:
        """How much each feature of the vector speaks for a desk, beside the average desk."""
        places, values = vector
        weights = self.desk_weights[places].astype(np.float32) * self.desk_steps
        return np.asarray(values * (weights[:, desk] - weights.mean(axis=1)), np.float32)


@cache
def shipped(path: Path = FILE) -> Model:
    """The model in the package, read once. `OSError` when the package is incomplete."""
    with np.load(path, allow_pickle=False) as arrays:
        about: dict[str, Any] = json.loads(arrays["about"].tobytes())
        names = arrays["names"].tobytes().decode().split("\n")
        return Model(
            places={name: place for place, name in enumerate(names)},
            scales=arrays["scales"].astype(np.float32),
            topic_weights=arrays["topic_weights"],
            topic_steps=arrays["topic_steps"].astype(np.float32),
            topic_bias=arrays["topic_bias"].astype(np.float32),
            desk_weights=arrays["desk_weights"],
            desk_steps=arrays["desk_steps"].astype(np.float32),
            desk_bias=arrays["desk_bias"].astype(np.float32),
            topics=tuple(about["topics"]),
            titles=tuple(about["titles"]),
            desks=tuple(about["desks"]),
            desk_of_topic=np.array(about["desk_of_topic"], np.int64),
            blocks=about["blocks"],
            temperature=about["temperature"],
            sure_above=about["sure_above"],
        )


def _softmax(logits: NDArray[Any]) -> Floats:
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum(), np.float32)
