"""Labelled contracts → the extraction model's numbers: word weights, date roles, second step, calibration.

Training reads the same features as running (`contracts.extraction.features`, `date_roles`, `rerank`). The second step learns from
scores that the first step gave to contracts it had not seen.
"""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from bench.cuad import Labelled, day, folds
from contracts.extraction import date_roles, rerank
from contracts.extraction.dates import dates
from contracts.extraction.features import features
from contracts.extraction.ranker import Model, WordModel, quantised
from contracts.extraction.segments import segments, sentences

LEAST_CONTRACTS = 4
"""A feature of fewer contracts is left out: it would be one filer's name."""
NEGATIVES = 0.6
"""The share of clauses that are not of a kind which its word model sees; scores keep their order."""
STRENGTH = 10.0
DATE_STRENGTH = 0.4
SHARED, OWN, CROSS = 1.0, 30.0, 30.0
"""Ridge of the second step: of the weights all kinds share, of a kind's departure from them, of other kinds' scores."""
INNER_FOLDS = 4
Array = npt.NDArray[Any]


@dataclass
class Prepared:
    """A contract cut and named once, for any number of trainings."""

    labelled: Labelled

    @cached_property
    def clauses(self) -> Any:
        return segments(self.labelled.text)

    @cached_property
    def sentences(self) -> Any:
        return sentences(self.labelled.text)

    @cached_property
    def mentions(self) -> Any:
        return dates(self.labelled.text)

    @cached_property
    def clause_names(self) -> list[list[str]]:
        return features(self.clauses)

    @cached_property
    def sentence_names(self) -> list[list[str]]:
        return features(self.sentences)

    @cached_property
    def date_names(self) -> list[list[str]]:
        return date_roles.features(self.labelled.text, self.mentions)

    def right(self, kind: str, *, any_overlap: bool = False) -> Array:
        """Which clauses hold a labelled span of a kind: half of the shorter of both, or any character."""
        return self._holding(self.clauses, kind, any_overlap=any_overlap)

    def right_sentences(self, kind: str) -> Array:
        """Which sentences hold a labelled span of a kind, or half of it."""
        return self._holding(self.sentences, kind)

    def _holding(self, pieces: Any, kind: str, *, any_overlap: bool = False) -> Array:
        result = np.zeros(len(pieces), bool)
        for start, end in self.labelled.spans.get(kind, []):
            for index, piece in enumerate(pieces):
                shared = min(end, piece.end) - max(start, piece.start)
                least = 1 if any_overlap else 0.5 * min(end - start, piece.end - piece.start)
                result[index] |= shared > 0 and shared >= least
        return result


def fit(every: Sequence[Prepared], kinds: Sequence[str]) -> Model:
    """The whole model from some contracts."""
    place = folds([each.labelled for each in every], INNER_FOLDS, seed=11)
    found: list[rerank.Evidence | None] = [None] * len(every)
    for fold in range(INNER_FOLDS):
        first = _first_step([each for each, where in zip(every, place, strict=True) if where != fold], kinds)
        for index, each in enumerate(every):
            if place[index] == fold:
                found[index] = _evidence(each, first)
    truth = [np.column_stack([each.right(kind) for kind in kinds]) for each in every]
    seen = [evidence for evidence in found if evidence is not None]
    second = _second_step(seen, truth)
    calibration = _calibration(seen, truth, second)
    first = _first_step(every, kinds)
    return Model(tuple(kinds), first.words, first.alone, first.roles, second, calibration)


@dataclass(frozen=True)
class _First:
    """The first step's models: whole clauses, single sentences, and the roles of dates."""

    words: WordModel
    alone: WordModel
    roles: WordModel


def _first_step(every: Sequence[Prepared], kinds: Sequence[str]) -> _First:
    clauses = [{kind: each.right(kind) for kind in kinds} for each in every]
    sentences = [{kind: each.right_sentences(kind) for kind in kinds} for each in every]
    return _First(
        _words([each.clause_names for each in every], clauses, kinds),
        _words([each.sentence_names for each in every], sentences, kinds),
        _dates(every),
    )


def _evidence(each: Prepared, first: _First) -> rerank.Evidence:
    return rerank.evidence(
        each.clauses,
        each.sentences,
        clause_scores=first.words.scores(each.clause_names),
        sentence_scores=first.words.scores(each.sentence_names),
        alone_scores=first.alone.scores(each.sentence_names),
        mentions=each.mentions,
        roles=rerank.chance(first.roles.scores(each.date_names)),
    )


def _vocabulary(documents: Sequence[list[list[str]]], least: int) -> dict[str, int]:
    counts = Counter(name for rows in documents for name in {name for row in rows for name in row})
    return {name: index for index, name in enumerate(sorted(n for n, count in counts.items() if count >= least))}


def _matrix(rows: Sequence[list[str]], vocabulary: dict[str, int]) -> Any:
    columns, ends = [], [0]
    for row in rows:
        columns += [vocabulary[name] for name in row if name in vocabulary]
        ends.append(len(columns))
    ones = np.ones(len(columns), np.float32)
    return sparse.csr_matrix((ones, np.array(columns, np.int32), np.array(ends)), (len(rows), len(vocabulary)))


def _words(names: Sequence[list[list[str]]], truth: Sequence[dict[str, Array]], kinds: Sequence[str]) -> WordModel:
    """A model of words: `names` are each contract's rows of feature names, `truth` its right rows by kind."""
    vocabulary = _vocabulary(names, LEAST_CONTRACTS)
    counts = _matrix([row for each in names for row in each], vocabulary)
    idf = (np.log((1 + counts.shape[0]) / (1 + np.asarray(counts.sum(axis=0)).ravel())) + 1).astype(np.float32)
    weighed = counts @ sparse.diags(idf)
    norms = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    rows = (sparse.diags((1 / np.maximum(norms, 1e-6)).astype(np.float32)) @ weighed).tocsr()
    weights, bias = np.zeros((len(vocabulary), len(kinds)), np.float32), np.full(len(kinds), -8.0, np.float32)

    def learn(column: int) -> None:
        right = np.concatenate([each[kinds[column]] for each in truth])
        if not right.any():
            return
        held = np.flatnonzero(right | (np.random.default_rng(column).random(len(right)) < NEGATIVES))
        model = LogisticRegression(C=STRENGTH, solver="liblinear", class_weight="balanced", tol=1e-3)
        model.fit(rows[held], right[held])
        weights[:, column], bias[column] = model.coef_[0], model.intercept_[0]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(learn, range(len(kinds))))
    steps, scale = quantised(weights)
    return WordModel(vocabulary, steps, scale, bias, idf)


def _dates(every: Sequence[Prepared]) -> WordModel:
    vocabulary = _vocabulary([each.date_names for each in every], 2)
    rows = _matrix([row for each in every for row in each.date_names], vocabulary)
    weights = np.zeros((len(vocabulary), len(date_roles.ROLES)), np.float32)
    bias = np.zeros(len(date_roles.ROLES), np.float32)
    for column, role in enumerate(date_roles.ROLES):
        right = np.concatenate([right_dates(each, role) for each in every])
        model = LogisticRegression(C=DATE_STRENGTH, solver="liblinear").fit(rows, right)
        weights[:, column], bias[column] = model.coef_[0], model.intercept_[0]
    steps, scale = quantised(weights)
    return WordModel(vocabulary, steps, scale, bias)


def right_dates(each: Prepared, role: str) -> Array:
    """Which dates of a contract have a role: within a labelled span and as answered, else the first as answered."""
    answer, spans = day(each.labelled.answers.get(role, "")), each.labelled.spans.get(role, [])
    right = np.array(
        [
            any(found.start < end and found.end > start for start, end in spans) and answer in {None, found.date}
            for found in each.mentions
        ],
        bool,
    )
    if answer and not right.any():
        right[[index for index, found in enumerate(each.mentions) if found.date == answer][:1]] = True
    return right


@dataclass(frozen=True)
class _Lists:
    """Candidate lists of one kind, flat: features, which are right, and where each list begins."""

    rows: Array
    right: Array
    starts: Array

    @property
    def owner(self) -> Array:
        return np.repeat(np.arange(len(self.starts)), np.diff(np.append(self.starts, len(self.right))))


def _lists(found: Sequence[rerank.Evidence], truth: Sequence[Array], kind: int) -> _Lists | None:
    rows, right, starts, total = [], [], [], 0
    for evidence, known in zip(found, truth, strict=True):
        if not known[:, kind].any():
            continue
        held = rerank.candidates(evidence, kind)
        if not known[held, kind].any():
            continue
        rows.append(rerank.features(evidence, kind, held))
        right.append(known[held, kind])
        starts.append(total)
        total += len(held)
    return _Lists(np.concatenate(rows).astype(np.float64), np.concatenate(right), np.array(starts)) if rows else None


def _second_step(found: Sequence[rerank.Evidence], truth: Sequence[Array]) -> npt.NDArray[np.float32]:
    """Weights shared by all kinds, then each kind's own, drawn to the shared ones."""
    kinds = truth[0].shape[1]
    width, plain = found[0].width, rerank.SCORE_FEATURES + rerank.PLACE_FEATURES
    lists = [_lists(found, truth, kind) for kind in range(kinds)]
    known = [each for each in lists if each is not None]
    ends = np.cumsum([0, *(len(each.right) for each in known)])
    pooled = _Lists(
        np.concatenate([each.rows[:, :plain] for each in known]),
        np.concatenate([each.right for each in known]),
        np.concatenate([each.starts + end for each, end in zip(known, ends, strict=False)]),
    )
    start = np.zeros(plain)
    start[:2] = 1
    shared = np.zeros(width)
    shared[:plain] = _ranked(pooled, start, np.full(plain, SHARED))
    ridge = np.r_[np.full(plain, OWN), np.full(width - plain, CROSS)]
    return np.stack([shared if each is None else _ranked(each, shared, ridge) for each in lists]).astype(np.float32)


def _ranked(lists: _Lists, prior: Array, ridge: Array) -> Array:
    """The weights under which the right candidates take the largest share of their list, near `prior`."""
    owner, starts, right = lists.owner, lists.starts, lists.right

    def loss(weights: Array) -> tuple[float, Array]:
        scores = lists.rows @ weights
        grown = np.exp(scores - np.maximum.reduceat(scores, starts)[owner])
        share = grown / np.add.reduceat(grown, starts)[owner]
        good = np.maximum(np.add.reduceat(share * right, starts), 1e-12)
        away = weights - prior
        slope = share - share * right / good[owner]
        return float(-np.log(good).sum() + 0.5 * (ridge * away * away).sum()), lists.rows.T @ slope + ridge * away

    return np.asarray(minimize(loss, prior, jac=True, method="L-BFGS-B", options={"maxiter": 80}).x)


def _calibration(
    found: Sequence[rerank.Evidence], truth: Sequence[Array], second: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Per kind (share, best, bias): candidates of contracts with and without the kind; slopes are shared by all kinds."""
    rows, right, kinds = [], [], []
    for evidence, known in zip(found, truth, strict=True):
        for kind in range(len(second)):
            held = rerank.candidates(evidence, kind)
            share = rerank.shares(rerank.features(evidence, kind, held) @ second[kind])
            top = np.argsort(-share)[:10]
            best = np.full(len(top), evidence.clause[:, kind].max())
            rows.append(np.column_stack([rerank.logit(share[top]), best]))
            right.append(known[held[top], kind])
            kinds.append(np.full(len(top), kind))
    which = np.concatenate(kinds)
    flat = sparse.csr_matrix((np.ones(len(which)), (np.arange(len(which)), which)), (len(which), len(second)))
    model = LogisticRegression(C=1.0, solver="liblinear", fit_intercept=False)
    model.fit(sparse.hstack([sparse.csr_matrix(np.concatenate(rows)), flat]).tocsr(), np.concatenate(right))
    slopes = np.maximum(model.coef_[0][:2], [1e-3, 0])
    return np.column_stack([np.tile(slopes, (len(second), 1)), model.coef_[0][2:]]).astype(np.float32)
