"""A question and the desk that answers it: cautions first, then the model, the desks an operator added, and accepted corrections.

`route(question)` is pure, offline and takes well under 5 ms. The text is what somebody wants, never an instruction.
Below its confidence a route says `unsure`, and the caller shows every contact.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from notifier import cautions, linear
from notifier.corrections import Corrections
from notifier.desks import NONE, Desk, load
from notifier.learned import LearnedDesk
from notifier.linear import Floats, Indices, Model
from notifier.routed import Route
from notifier.wording import Reading, read

ALSO_ABOVE = 0.03
"""Probability from which another desk is named as well."""
MOST_ALSO = 2
LONGEST_EXAMPLE = 80

_PLACEHOLDERS = {
    "_claimno": "a claim number",
    "_person": "a person",
    "_money": "an amount of money",
    "_invoiceno": "an invoice number",
    "_clause": "a clause",
    "_code": "a fee code",
    "_tenderno": "a bid number",
    "_date": "a date",
    "_paye": "“payé”",
}
_SILENT = frozenset({"_phone", "_email", "_time", "_url", "_ordinal", "?"})


@dataclass(frozen=True)
class Router:
    """The shipped model and the desks in use; build one when desks change and keep it."""

    model: Model
    desks: tuple[Desk, ...]
    learned: tuple[LearnedDesk, ...] = ()
    corrections: Corrections | None = None

    @classmethod
    def of(cls, desks: tuple[Desk, ...] | None = None) -> "Router":
        """A router for these desks (the shipped ones when None); desks marked `learned` are learned from their
        examples here."""
        model = linear.shipped()
        desks = load() if desks is None else desks
        return cls(
            model,
            desks,
            tuple(LearnedDesk.of(desk, model) for desk in desks if desk.learned and desk.examples + desk.keywords),
        )

    def odds(self, reading: Reading) -> dict[str, float]:
        """Calibrated probability of each desk, `none` among them."""
        return self.odds_of(reading, self.model.vector(reading.features))

    def odds_of(self, reading: Reading, vector: tuple[Indices, Floats]) -> dict[str, float]:
        """`odds` where the reading's vector is known already."""
        shares = dict(zip(self.model.desks, map(float, self.model.desk_odds(vector)), strict=True))
        taken = max(share for key, share in shares.items() if key != NONE)
        nobody = shares[NONE]
        for desk in self.learned:
            share = desk.share(reading, vector, self.model, taken=taken, nobody=nobody)
            shares = {key: value * (1 - share) for key, value in shares.items()} | {desk.key: share}
        return shares


def route(question: str, *, router: Router | None = None) -> Route:
    """The desk for a question. Never raises on text: what can't be read has no desk."""
    router = router or shipped_router()
    reading = read(question)
    seen = cautions.look(reading.text)
    if seen.danger:
        return Route(
            NONE,
            ("claims",),
            0.99,
            ("a person may be in danger: a human looks at this first",),
            unsure=False,
            urgent=True,
        )
    reasons: list[str] = []
    if seen.orders:
        reasons.append("part of it gives orders to a machine; that part was left out")
        reading = read(seen.rest)
    if not any(token.isalpha() or token[0] == "_" for token in reading.tokens):
        return Route(NONE, (), 0.99 if seen.orders else 0.97, tuple(reasons) or ("nothing is asked",), unsure=False)
    vector = router.model.vector(reading.features)
    shares = router.odds_of(reading, vector)
    if seen.orders or seen.offer:
        shares = _leaning_to_none(shares, reading, orders=seen.orders)
    elif router.corrections is not None:
        shares, like = router.corrections.lean(shares, vector)
        if like is not None and like.desk == max(shares, key=lambda key: shares[key]):
            reasons.append(f"reads like “{_short(like.question)}”, which belonged to this desk")
    ranked = sorted(shares, key=lambda key: -shares[key])
    best, confidence = ranked[0], shares[ranked[0]]
    unsure = confidence < router.model.sure_above
    if best == NONE and seen.offer:
        reasons.append("it offers something for sale or asks to be left alone")
    reasons += _reasons(best, reading, vector, router)
    also = tuple(key for key in ranked[1:] if shares[key] >= ALSO_ABOVE or (unsure and key == ranked[1]))[:MOST_ALSO]
    return Route(best, also, round(confidence, 4), tuple(reasons), unsure=unsure)


@cache
def shipped_router() -> Router:
    """The router for the shipped desks, built once."""
    return Router.of()


def _leaning_to_none(shares: dict[str, float], reading: Reading, *, orders: bool) -> dict[str, float]:
    """An offer, or orders with hardly a word left beside them, has no desk unless the model is sure that somebody
    asks something."""
    few = len(reading.tokens) < 6
    weight = 6.0 if few or not orders else 1.5
    odds = {key: share * (weight if key == NONE else 1.0) for key, share in shares.items()}
    total = sum(odds.values())
    return {key: value / total for key, value in odds.items()}


def _reasons(desk: str, reading: Reading, vector: tuple[Indices, Floats], router: Router) -> Iterator[str]:
    model = router.model
    for learned in router.learned:
        if learned.key == desk:
            yield from learned.reasons(reading)
            return
    words = _telling_words(model.desks.index(desk), reading, vector, model)
    if words:
        yield f"mentions {_listed(words)}"
    odds = np.where(model.desk_of_topic == model.desks.index(desk), model.topic_odds(vector), 0.0)
    if odds.max() > 0.25:
        yield f"reads like: {model.titles[int(odds.argmax())]}"
    elif not words:
        yield (
            "says too little to tell a desk"
            if desk == NONE
            else "no single word decides; taken as a whole it is nearest to this desk"
        )


def _telling_words(desk: int, reading: Reading, vector: tuple[Indices, Floats], model: Model) -> list[str]:
    """The writer's words that speak most for the desk, at most three, in the order written."""
    leaning = dict(zip(map(int, vector[0]), map(float, model.leanings(vector, desk)), strict=True))
    scores: dict[str, float] = {}
    for name in reading.features:
        score = leaning.get(model.places.get(name, -1), 0.0)
        kind, _, rest = name.partition(":")
        if kind == "w":
            said = [rest]
        elif kind == "c":
            said = reading.evidence.get(name, "").split()
        elif kind == "p":
            said = [word for part in rest.split("+") for word in reading.evidence.get(f"c:{part}", "").split()]
        else:
            continue
        for word in said:
            scores[word] = scores.get(word, 0.0) + score / len(said)
    telling = sorted(
        (word for word in scores if scores[word] > 0.15 and word not in _SILENT and len(word) > 2),
        key=lambda word: -scores[word],
    )[:3]
    return [_PLACEHOLDERS.get(word, f"“{word}”") for word in sorted(telling, key=reading.tokens.index)]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_EXAMPLE else line[:LONGEST_EXAMPLE].rsplit(" ", 1)[0] + "…"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
