"""The second step: a clause's scores beside those of its document → one score and a calibrated chance per kind.

What a clause says alone is not all: the best of its document, the clauses around it, what else it is about, where it stands and
which dates it holds decide between two that read alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contracts.extraction.dates import DateMention
from contracts.extraction.segments import Segment

Floats = npt.NDArray[np.float32]
CANDIDATES = 30
"""Clauses of a document that the second step weighs for a kind; the others keep their first order behind them."""
NOTHING = -4.0
"""The log-odds standing for a neighbour that is not there."""
SCORE_FEATURES = 14
PLACE_FEATURES = 14


@dataclass(frozen=True)
class Evidence:
    """Of one document, clauses by kinds: first-step scores of each clause, of its best sentence read as a clause and by the
    sentence model; and the place of each clause."""

    clause: Floats
    sentence: Floats
    alone: Floats
    place: Floats

    @property
    def width(self) -> int:
        """How many features `features` gives."""
        return SCORE_FEATURES + PLACE_FEATURES + 3 * int(self.clause.shape[1])


def evidence(
    clauses: Sequence[Segment],
    sentences: Sequence[Segment],
    *,
    clause_scores: Floats,
    sentence_scores: Floats,
    alone_scores: Floats,
    mentions: Sequence[DateMention],
    roles: Floats,
) -> Evidence:
    """Gather what the second step reads; `roles` are the chances of each date, in the order of `mentions`."""
    owners = _owners(clauses, [each.start for each in sentences])
    best, alone = np.full_like(clause_scores, -9.0), np.full_like(clause_scores, -9.0)
    np.maximum.at(best, owners, sentence_scores)
    np.maximum.at(alone, owners, alone_scores)
    dated = np.zeros((len(clauses), 2), np.float32)
    if len(mentions):
        np.maximum.at(dated, _owners(clauses, [each.start for each in mentions]), roles)
    return Evidence(clause_scores, best, alone, _places(clauses, dated))


def candidates(found: Evidence, kind: int) -> npt.NDArray[np.intp]:
    """The clauses weighed for a kind (a column), best first by the first step."""
    first = found.clause[:, kind] + found.sentence[:, kind] + found.alone[:, kind]
    return np.argsort(-first, kind="stable")[:CANDIDATES]


def features(found: Evidence, kind: int, rows: npt.NDArray[np.intp]) -> Floats:
    """The second step's features of some clauses for one kind: rows by `found.width`."""
    clause, sentence, alone = found.clause[:, kind], found.sentence[:, kind], found.alone[:, kind]
    order = np.empty(len(clause), np.float32)
    order[np.argsort(-clause, kind="stable")] = np.arange(len(clause))
    scores = np.column_stack(
        [
            clause,
            sentence,
            clause - clause.max(),
            sentence - sentence.max(),
            1 / (1 + order),
            _shifted(clause, 1),
            _shifted(clause, -1),
            _shifted(sentence, 1),
            _shifted(sentence, -1),
            np.maximum(clause, 0),
            alone,
            alone - alone.max(),
            _shifted(alone, 1),
            _shifted(alone, -1),
        ]
    )
    others = np.concatenate([found.clause[rows], found.sentence[rows], found.alone[rows]], axis=1) / 3
    return np.concatenate([scores[rows], found.place[rows], others], axis=1).astype(np.float32)


def confidences(found: Evidence, second: Floats, calibration: Floats) -> Floats:
    """Chances, clauses by kinds. `second` is kinds by features, `calibration` kinds by (share, best, bias)."""
    result = np.zeros_like(found.clause)
    for kind in range(found.clause.shape[1]):
        rows = candidates(found, kind)
        share = shares(features(found, kind, rows) @ second[kind])
        a, b, c = calibration[kind]
        result[rows, kind] = chance(a * logit(share) + b * found.clause[:, kind].max() + c)
    return result


def shares(scores: Floats) -> Floats:
    """Scores of one document's candidates → shares that sum to one."""
    grown = np.exp(scores - scores.max())
    result: Floats = (grown / grown.sum()).astype(np.float32)
    return result


def chance(scores: Floats) -> Floats:
    """Log-odds → 0 to 1."""
    result: Floats = (1 / (1 + np.exp(-np.clip(scores, -30, 30)))).astype(np.float32)
    return result


def logit(share: Floats) -> Floats:
    """0 to 1 → log-odds, cut at one in ten thousand so that it is finite."""
    held = np.clip(share, 1e-4, 1 - 1e-4)
    result: Floats = np.log(held / (1 - held)).astype(np.float32)
    return result


def _owners(clauses: Sequence[Segment], starts: Sequence[int]) -> npt.NDArray[np.intp]:
    """The clause that holds each place, or the last before it."""
    first = np.array([each.start for each in clauses])
    return np.maximum(np.searchsorted(first, np.array(starts, np.int64), side="right") - 1, 0)


def _shifted(scores: Floats, by: int) -> Floats:
    """The score of the clause before (1) or after (-1)."""
    moved = np.full_like(scores, NOTHING)
    if by > 0:
        moved[by:] = scores[:-by]
    else:
        moved[:by] = scores[-by:]
    return moved


def _places(clauses: Sequence[Segment], dated: Floats) -> Floats:
    """Where a clause stands, how it is printed, and its dates' roles."""
    index = np.arange(len(clauses), dtype=np.float32)
    total = len(clauses)
    lengths = np.array([len(each.text) for each in clauses], np.float32)
    capitals = np.array([sum(map(str.isupper, each.text)) for each in clauses], np.float32)
    lines = np.array([each.text.count("\n") for each in clauses], np.float32)
    named = np.array([_names_agreement(each.text[:300]) for each in clauses], np.float32)
    between = np.array([" between " in each.text[:600] or " among " in each.text[:600] for each in clauses], np.float32)
    return np.column_stack(
        [
            logit(dated[:, 0]) / 3,
            logit(dated[:, 1]) / 3,
            (dated.sum(axis=1) > 0).astype(np.float32),
            capitals / np.maximum(lengths, 1),
            np.log1p(lengths) / 5,
            np.minimum(lines, 20) / 20,
            named,
            between,
            index == 0,
            index == 1,
            index == 2,
            index / total,
            np.log1p(index),
            index >= total - 3,
        ]
    ).astype(np.float32)


def _names_agreement(opening: str) -> bool:
    return any(word in opening for word in ("AGREEMENT", "CONTRACT", "AMENDMENT", "Agreement"))
