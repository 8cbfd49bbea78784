"""A desk that an operator added, learned from its examples and keywords when the router is built: no code, no training run.

A small logistic regression is fitted on the spot: the desk's examples against the shipped background (one wording of each phrase the
model was trained on, and the shorter whole questions). It sees the features that occur in the examples, how like the examples a text is
as a whole, how telling the words are that it shares with them (a word that the background hardly knows tells most), and what the shipped
model says it is about, so phrasings that share no word with any example are found too. Background phrases that read like an example
have little say. Topics without a desk (signing in to the portal, say) that most examples belong to
become this desk's; what belongs to other desks stays theirs unless the examples say otherwise, and a question without one telling word
of the examples stays with any desk that the model gives it.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from notifier.background import background
from notifier.desks import NONE, Desk
from notifier.linear import Floats, Indices, Model
from notifier.telling import Telling
from notifier.wording import Reading, content_stems, read

TOPIC_SAY = 1.2
"""How much the topics say beside the words (a block weight, like those of the model)."""
POSITIVE_SHARE = 0.25
"""Weight of all examples together beside the background's."""
RIDGE = 0.004
MOST_ALIKE, THIN, BLOCK = 1200, 6, 256
"""Background texts learned from one by one; of the others each stands for `THIN`; rows weighed at a time, so that memory stays small."""
NEAR_SAY = 6.0
"""How much the likeness to the examples says as a whole."""
LIKE, ALIKE, LEAST_RIVAL = 0.3, 0.55, 0.05
"""A background phrase this like an example begins to lose its say against the desk; one as like as the second has only the third."""
FAR, CLOSE = 0.1, 0.3
"""Likeness to the examples from which relief begins, and from which it is whole."""
RELIEF = 0.9
"""Share of the examples' own usual claim by other desks that is no reason to be shy, for a question close to them."""
EAGER, SHY = -1.8, 1.8
"""Taken off a score: `EAGER` where no other desk claims the question, `SHY` where one is certain of it, a mixture between."""
TELLING_SAY = 0.12
"""How much the telling words say, for each unit of rarity (natural logarithm of background phrases to each that has the word)."""
TELLING = 4.0
"""Rarity that all shared words must have together before a question may be taken from another desk."""
STAYS = 0.9
"""How far below the probability of the desk that has it (or of none, where nothing is asked) a question without telling words is held."""
KEYWORD = 1.0
"""Added to the score of a question that uses a keyword."""
CLAIMED_ABOVE = 0.5
"""Share of examples that must lie in a deskless topic for the desk to take the topic over."""
NOTHING_ASKED = frozenset({"greeting", "vague", "spam", "injection", "hostile", "danger"})
"""Topics of texts that no desk gets without a telling word."""
UNCLAIMABLE = NOTHING_ASKED | {"smalltalk", "otherthings", "thanks", "machine_mail"}


@dataclass(frozen=True)
class LearnedDesk:
    """`features` are places in the model's feature list; `weights` has one number for each of them, one for each topic, one for
    the likeness to the examples, which stand in `prototypes`, one for the `telling` words, and the bias. `usual` is how much other desks claim the examples themselves.
    """

    key: str
    keywords: tuple[tuple[str, ...], ...]
    examples: tuple[str, ...]
    features: Indices
    prototypes: Floats
    telling: Telling
    weights: Floats
    usual: float

    @classmethod
    def of(cls, desk: Desk, model: Model) -> "LearnedDesk":
        """Learn a desk; keywords stand in for examples where there is no example at all."""
        examples = desk.examples or desk.keywords
        vectors = [model.vector(read(text).features) for text in examples]
        features = np.unique(np.concatenate([places for places, _ in vectors]))
        about = np.array([model.topic_odds(vector) for vector in vectors])
        claimed = [
            topic
            for topic, name in enumerate(model.topics)
            if model.desks[model.desk_of_topic[topic]] == NONE
            and name not in UNCLAIMABLE
            and np.mean(about.argmax(axis=1) == topic) >= CLAIMED_ABOVE
        ]
        behind = background()
        spoken = [read(text) for text in examples]
        keywords = tuple(read(keyword).tokens for keyword in desk.keywords)
        telling = Telling.of([*spoken, *map(read, (*desk.keywords, desk.title))], behind.stems)
        prototypes = _dense(vectors, len(model.scales))
        own_like = prototypes @ prototypes.T - 2 * np.eye(len(vectors), dtype=np.float32)
        alike = _nearest(_likenesses(behind.vectors, prototypes))
        kept, counts = _thinned(alike)
        like = np.concatenate([_nearest(own_like), alike[kept]])
        words = [*_without_own(telling, spoken, desk), *(telling.weigh(behind.stems[place]) for place in kept)]
        texts = [*vectors, *(behind.vectors[place] for place in kept)]
        rows = np.empty((len(texts), len(features) + len(model.topics) + 3), np.float32)
        for row, vector, near, told in zip(rows, texts, like, words, strict=True):
            row[:] = _row(vector, model.topic_odds(vector), features, near, told)
        own = np.concatenate([np.ones(len(vectors), bool), np.isin(behind.topics[kept], claimed)])
        rivals = np.clip(1 - (like - LIKE) / (ALIKE - LIKE), LEAST_RIVAL, 1.0) * np.concatenate([np.ones(len(vectors)), counts])
        weights = np.where(own, POSITIVE_SHARE * (len(vectors) + len(alike)) / max(1, own.sum()), rivals)
        usual = float(np.mean([_taken(vector, model) for vector in vectors]))
        return cls(desk.key, keywords, examples, features, prototypes, telling, _fit(rows, own, weights), usual)

    def share(self, reading: Reading, vector: tuple[Indices, Floats], model: Model, *, taken: float, nobody: float) -> float:
        """Probability that the question is this desk's, 0 to 1; `taken` is the highest probability of another real desk, `nobody` that of none."""
        near = float(_nearest(_likenesses([vector], self.prototypes))[0])
        told = self.telling.weigh(content_stems(reading.tokens))
        row = _row(vector, model.topic_odds(vector), self.features, near, told)
        ease = min(1.0, max(0.0, (near - FAR) / (CLOSE - FAR)))
        claimed = max(0.0, taken - RELIEF * self.usual * ease)
        score = float(row @ self.weights) - EAGER - (SHY - EAGER) * claimed
        keyword = bool(self.keyword_in(reading))
        if keyword:
            score += KEYWORD * (1 - claimed)
        share = float(1 / (1 + np.exp(-score)))
        if keyword or told >= TELLING:
            return share
        kept = taken if taken > nobody else nobody if _asks_nothing(vector, model) else 0.0
        return min(share, STAYS * kept / (1 + kept)) if kept else share

    def keyword_in(self, reading: Reading) -> str:
        """The first keyword that the question uses, or an empty text."""
        for keyword in self.keywords:
            size = len(keyword)
            if size and any(reading.tokens[start : start + size] == keyword for start in range(len(reading.tokens))):
                return " ".join(keyword)
        return ""

    def reasons(self, reading: Reading) -> Iterator[str]:
        """Why a question is this desk's: its keyword, and the example that shares most with it."""
        if keyword := self.keyword_in(reading):
            yield f"mentions “{keyword}”"
        nearest = max(self.examples, key=lambda example: _likeness(reading, read(example)))
        yield f"reads like the example “{nearest}”"


def _without_own(telling: Telling, spoken: Sequence[Reading], desk: Desk) -> Iterator[float]:
    """How telling each example would be if it were not one: by the words it shares with the others, the keywords and the title."""
    stems = [content_stems(reading.tokens) for reading in spoken]
    named = set().union(*(content_stems(read(text).tokens) for text in (*desk.keywords, desk.title)))
    for place, own in enumerate(stems):
        yield telling.weigh(own & named.union(*(other for at, other in enumerate(stems) if at != place)))


def _row(vector: tuple[Indices, Floats], about: Floats, features: Indices, near: float, told: float) -> Floats:
    places, values = vector
    row = np.ones(len(features) + len(about) + 3, np.float32)
    row[: len(features)] = 0.0
    where = np.searchsorted(features, places)
    inside = where < len(features)
    inside[inside] = features[where[inside]] == places[inside]
    row[where[inside]] = values[inside]
    row[len(features) : -3] = TOPIC_SAY * about**0.25
    row[-3] = NEAR_SAY * near
    row[-2] = TELLING_SAY * told
    return row


def _dense(vectors: Sequence[tuple[Indices, Floats]], size: int) -> Floats:
    """Vectors of length one, as rows."""
    rows = np.zeros((len(vectors), size), np.float32)
    for row, (places, values) in zip(rows, vectors, strict=True):
        row[places] = values / max(1e-6, float(np.linalg.norm(values)))
    return rows


def _likenesses(vectors: Sequence[tuple[Indices, Floats]], prototypes: Floats) -> Floats:
    """Cosine of each vector with each prototype."""
    return np.array([prototypes[:, places] @ (values / max(1e-6, float(np.linalg.norm(values)))) for places, values in vectors])


def _thinned(alike: Floats) -> tuple[Indices, Floats]:
    """Places of the background that are learned from, and how many texts each stands for: the most alike for themselves, of the rest every
    `THIN`th for as many."""
    order = np.argsort(-alike, kind="stable")
    rest = order[MOST_ALIKE::THIN]
    kept = np.concatenate([order[:MOST_ALIKE], rest])
    return kept, np.concatenate([np.ones(min(MOST_ALIKE, len(order)), np.float32), np.full(len(rest), THIN, np.float32)])


def _nearest(likenesses: Floats) -> Floats:
    """How like the prototypes a text is: the mean of its two best likenesses."""
    best = np.sort(likenesses, axis=1)[:, -2:]
    return np.asarray(np.maximum(best, 0.0).mean(axis=1), np.float32)


def _taken(vector: tuple[Indices, Floats], model: Model) -> float:
    odds = model.desk_odds(vector)
    return float(max(odds[place] for place, key in enumerate(model.desks) if key != NONE))


def _asks_nothing(vector: tuple[Indices, Floats], model: Model) -> bool:
    return model.topics[int(model.topic_odds(vector).argmax())] in NOTHING_ASKED


def _fit(rows: Floats, own: np.ndarray, weights: np.ndarray) -> Floats:
    """Ridge logistic regression by Newton's method; the last column is all ones: its weight, the bias, is not held small."""
    held = np.full(rows.shape[1], RIDGE * weights.sum())
    held[-1] = 1e-6
    found = np.zeros(rows.shape[1])
    for _ in range(8):
        odds = 1 / (1 + np.exp(-np.clip(rows @ found, -30, 30)))
        slope = (weights * (odds - own)).astype(np.float32) @ rows + held * found
        bent = (weights * odds * (1 - odds)).astype(np.float32)
        bend = np.zeros((rows.shape[1], rows.shape[1]))
        for start in range(0, len(rows), BLOCK):
            block = rows[start : start + BLOCK]
            bend += (block * bent[start : start + BLOCK, None]).T @ block
        bend[np.diag_indices_from(bend)] += held
        step = np.linalg.solve(bend, slope)
        found -= step
        if np.abs(step).max() < 1e-3:
            break
    return found.astype(np.float32)


def _likeness(left: Reading, right: Reading) -> float:
    shared = left.features.keys() & right.features.keys()
    return len(shared) / math.sqrt(max(1, len(left.features) * len(right.features)))
