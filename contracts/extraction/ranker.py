"""Clauses → how likely each is to be of each kind of the CUAD list, by a small linear model read from one file.

Two linear steps. The first weighs a clause's words and, by a model of their own, its sentences' words (term frequency times inverse
document frequency, length one); the second weighs those scores against the document's other clauses, the neighbours, the place and the
dates. Numbers only: numpy reads the file, nothing in it is executed. `bench/train_extraction.py` makes it again.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.extraction import date_roles, rerank
from contracts.extraction.dates import DateMention
from contracts.extraction.features import features
from contracts.extraction.segments import Segment

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class WordModel:
    """A linear model over named features: `weights` are int8 steps of `scale` per column, `idf` None when counts are plain."""

    vocabulary: dict[str, int]
    weights: npt.NDArray[np.int8]
    scale: Floats
    bias: Floats
    idf: Floats | None = None

    def scores(self, rows: Iterable[Sequence[str]]) -> Floats:
        """Rows of feature names → one row of log-odds each, a column per class."""
        known = [[self.vocabulary[name] for name in row if name in self.vocabulary] for row in rows]
        result = np.tile(self.bias, (len(known), 1)).astype(np.float32)
        for index, columns in enumerate(known):
            if columns:
                result[index] += self._row(np.array(columns)) * self.scale
        return result

    def _row(self, columns: npt.NDArray[np.intp]) -> Floats:
        if self.idf is None:
            total: Floats = self.weights[columns].sum(axis=0, dtype=np.float32)
            return total
        values = self.idf[columns]
        values = values / max(float(np.sqrt((values**2).sum())), 1e-6)
        product: Floats = values @ self.weights[columns].astype(np.float32)
        return product


@dataclass(frozen=True)
class Model:
    """Everything the file holds: kinds in column order, the first step's models, the second step and its calibration.

    `words` learnt whole clauses, `alone` single sentences: a short answer in a long clause is seen by the second only.
    """

    kinds: tuple[str, ...]
    words: WordModel
    alone: WordModel
    dates: WordModel
    second: Floats
    calibration: Floats

    def roles(self, text: str, mentions: Sequence[DateMention]) -> Floats:
        """The chance of each date of being the agreement's and the effective one (columns as `date_roles.ROLES`)."""
        return rerank.chance(self.dates.scores(date_roles.features(text, mentions)))

    def confidences(
        self,
        clauses: Sequence[Segment],
        sentences: Sequence[Segment],
        *,
        mentions: Sequence[DateMention] = (),
        roles: Floats | None = None,
    ) -> Floats:
        """The calibrated chance of each clause (rows) of being of each kind (columns), of one document."""
        if not clauses:
            return np.zeros((0, len(self.kinds)), np.float32)
        names = features(sentences)
        evidence = rerank.evidence(
            clauses,
            sentences,
            clause_scores=self.words.scores(features(clauses)),
            sentence_scores=self.words.scores(names),
            alone_scores=self.alone.scores(names),
            mentions=mentions,
            roles=np.zeros((0, len(date_roles.ROLES)), np.float32) if roles is None else roles,
        )
        return rerank.confidences(evidence, self.second, self.calibration)


@cache
def model() -> Model:
    """The model that ships with the package, read once."""
    with as_file(files("contracts.model") / "extraction.npz") as path:
        return load(path)


def load(path: Path) -> Model:
    """Read a model file; raises ValueError or KeyError when it is not one."""
    with np.load(path, allow_pickle=False) as held:
        return Model(
            kinds=tuple(_names(held["kinds"])),
            words=_word_model(held, ""),
            alone=_word_model(held, "sentence_"),
            dates=_word_model(held, "date_"),
            second=held["second"].astype(np.float32),
            calibration=held["calibration"].astype(np.float32),
        )


def save(model: Model, path: Path) -> None:
    """Write a model file; the same model gives the same numbers."""
    arrays: dict[str, Any] = {
        "kinds": _packed(model.kinds),
        **_parts(model.words, ""),
        **_parts(model.alone, "sentence_"),
        **_parts(model.dates, "date_"),
        "second": model.second,
        "calibration": model.calibration,
    }
    np.savez_compressed(path, **arrays)


def _word_model(held: Mapping[str, npt.NDArray[Any]], prefix: str) -> WordModel:
    return WordModel(
        vocabulary=_index(held[f"{prefix}vocabulary"]),
        weights=held[f"{prefix}weights"],
        scale=held[f"{prefix}scale"],
        bias=held[f"{prefix}bias"],
        idf=held[f"{prefix}idf"].astype(np.float32) if f"{prefix}idf" in held else None,
    )


def _parts(model: WordModel, prefix: str) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a word model under the names that `_word_model` reads."""
    parts: dict[str, npt.NDArray[Any]] = {
        "vocabulary": _packed(model.vocabulary),
        "weights": model.weights,
        "scale": model.scale,
        "bias": model.bias,
    }
    if model.idf is not None:
        parts["idf"] = model.idf.astype(np.float16)
    return {f"{prefix}{name}": part for name, part in parts.items()}


def quantised(weights: npt.NDArray[np.floating]) -> tuple[npt.NDArray[np.int8], Floats]:
    """Weights → int8 steps and the size of a column's step; the largest weight of a column is 127 steps."""
    scale = (np.abs(weights).max(axis=0) / 127).clip(1e-9).astype(np.float32)
    return np.rint(weights / scale).astype(np.int8), scale


def _packed(names: Iterable[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer(zlib.compress("\n".join(names).encode(), 9), np.uint8)


def _names(packed: npt.NDArray[np.uint8]) -> list[str]:
    return zlib.decompress(packed.tobytes()).decode().split("\n")


def _index(packed: npt.NDArray[np.uint8]) -> dict[str, int]:
    return {name: index for index, name in enumerate(_names(packed))}
