"""What the router's model says of what it never saw: situations, authors and shares of the corpus held out of training.

python -m bench.routing_held_out authors   one author's questions from a model of all other texts, author by author
python -m bench.routing_held_out topics    right desks by topic, each situation held out
python -m bench.routing_held_out curve     the learning curve
"""

import hashlib
import sys
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

import numpy as np

from bench.routing_corpus import DESKS, Phrase, asked, corpus
from bench.routing_fit import counted, fit, matrix
from notifier.evaluation import Judged, evaluate

GROUPS = 4
AUTHOR = "author_"
"""Sets in `asked/` that begin so are each by an author of its own, who saw neither the phrases nor each other's questions."""


def held_out(
    phrases: Sequence[Phrase], rows: Sequence[dict[str, float]], *, groups: int = GROUPS, seed: int = 3
) -> tuple[Any, Any]:
    """(odds, right desk) of each phrase from a model that never saw its situation."""
    fold = {phrase.situation: _fold(phrase.situation, groups, seed) for phrase in phrases}
    odds = np.zeros((len(phrases), len(DESKS)))
    for group in range(groups):
        inside = [index for index, phrase in enumerate(phrases) if fold[phrase.situation] != group]
        outside = [index for index, phrase in enumerate(phrases) if fold[phrase.situation] == group]
        fitted = fit([phrases[index] for index in inside], [rows[index] for index in inside])
        odds[outside] = fitted.odds(matrix([rows[index] for index in outside], fitted.places, fitted.scales))
    return odds, np.array([DESKS.index(phrase.desk) for phrase in phrases])


def _fold(situation: str, groups: int, seed: int) -> int:
    """Where a situation is held out: by its name, so that it stays there when others are added and two runs compare."""
    return hashlib.sha256(f"{seed} {situation}".encode()).digest()[0] % groups


def heated(odds: Any, temperature: float) -> Any:
    """Probabilities with a temperature: above 1 they grow modest."""
    powers = np.maximum(odds, 1e-6) ** (1 / temperature)
    return powers / powers.sum(1, keepdims=True)


def temperature_for(odds: Any, right: Any, weights: Any) -> float:
    """The temperature of least log loss."""
    tried = np.arange(0.5, 2.5, 0.02)
    losses = [-(weights * np.log(heated(odds, temperature)[np.arange(len(right)), right])).sum() for temperature in tried]
    return float(tried[int(np.argmin(losses))])


def sure(odds: Any, right: Any, weights: Any, *, precision: float = 0.95) -> float:
    """The lowest confidence above which this share (by weight) is right."""
    order = np.argsort(-odds.max(1))
    kept = np.cumsum(weights[order])
    share = np.cumsum(weights[order] * (odds.argmax(1) == right)[order]) / kept
    enough = np.flatnonzero(share >= precision)
    return float(odds.max(1)[order][enough[-1]]) if len(enough) else 1.1


def curve(*, shares: Sequence[float] = (0.1, 0.25, 0.5, 1.0), seed: int = 5) -> None:
    """Strict accuracy on a quarter of the whole questions after training on a share of all other situations."""
    phrases = corpus()
    rows = counted([phrase.text for phrase in phrases])
    situations = sorted({phrase.situation for phrase in phrases})
    Random(seed).shuffle(situations)
    whole = {phrase.situation for phrase, _ in asked()}
    tested = set([situation for situation in situations if situation in whole][: len(whole) // 4])
    others = [situation for situation in situations if situation not in tested]
    test = [index for index, phrase in enumerate(phrases) if phrase.situation in tested and phrase.written]
    right = np.array([DESKS.index(phrases[index].desk) for index in test])
    for share in shares:
        kept = set(others[: int(len(others) * share)])
        chosen = [index for index, phrase in enumerate(phrases) if phrase.situation in kept]
        fitted = fit([phrases[index] for index in chosen], [rows[index] for index in chosen])
        odds = fitted.odds(matrix([rows[index] for index in test], fitted.places, fitted.scales))
        print(f"{share:4.0%} of situations, {len(chosen):5} phrases: strict {(odds.argmax(1) == right).mean():.3f}", flush=True)


def authors() -> None:
    """Each author's questions, answered by a model that was trained on everybody else's, with one temperature for all."""
    phrases = corpus()
    rows = counted([phrase.text for phrase in phrases])
    accepted = {(phrase.situation, phrase.text): also for phrase, also in asked()}
    found: dict[str, tuple[Any, list[tuple[Phrase, tuple[str, ...]]]]] = {}
    for author in sorted({_set(phrase) for phrase in phrases if phrase.situation.startswith(AUTHOR)}):
        inside = [index for index, phrase in enumerate(phrases) if _set(phrase) != author]
        outside = [index for index, phrase in enumerate(phrases) if _set(phrase) == author and phrase.written]
        fitted = fit([phrases[index] for index in inside], [rows[index] for index in inside])
        odds = fitted.odds(matrix([rows[index] for index in outside], fitted.places, fitted.scales))
        found[author] = odds, [(phrases[index], accepted[phrases[index].situation, phrases[index].text]) for index in outside]
    odds = np.vstack([odds for odds, _ in found.values()])
    questions = [question for _, asked_by in found.values() for question in asked_by]
    temperature = temperature_for(odds, np.array([DESKS.index(phrase.desk) for phrase, _ in questions]), np.ones(len(questions)))
    for author, (of_author, asked_by) in found.items():
        print(f"{author}: {judged(heated(of_author, temperature), asked_by)}")
    print(f"all: {judged(heated(odds, temperature), questions)}, temperature {temperature:.2f}")


def topics() -> None:
    """Right desks by topic, each situation held out; whole questions by their set."""
    phrases = corpus()
    odds, right = held_out(phrases, counted([phrase.text for phrase in phrases]))
    hits: dict[str, list[bool]] = {}
    situations: dict[str, set[str]] = {}
    for phrase, hit in zip(phrases, odds.argmax(1) == right, strict=True):
        if phrase.written:
            name = f"{phrase.desk} {phrase.topic}" if phrase.topic else f"asked {_set(phrase)}"
            hits.setdefault(name, []).append(bool(hit))
            situations.setdefault(name, set()).add(phrase.situation)
    print("| desk and topic | situations | right, held out |\n|---|---|---|")
    for name in sorted(hits):
        print(f"| {name} | {len(situations[name])} | {np.mean(hits[name]):.3f} |")


def judged(odds: Any, questions: Iterable[tuple[Phrase, tuple[str, ...]]]) -> str:
    """What the figures of `bidkeeper ask --file` would be for these questions, given their odds in order."""
    rows = []
    for row, (phrase, also) in zip(odds, questions, strict=True):
        first, second = np.argsort(-row, kind="stable")[:2]
        rows.append(Judged(phrase.desk, frozenset(also), DESKS[first], DESKS[second], float(row[first])))
    found = evaluate(rows)
    return (
        f"{found.count} asked, strict {found.strict:.3f}, lenient {found.lenient:.3f}, first two {found.top_two:.3f}, "
        f"none {found.recall['none']:.3f}, ECE {found.ece:.3f}, coverage at 95 % {found.coverage[0.95]:.3f}, at 98 % {found.coverage[0.98]:.3f}"
    )


def _set(phrase: Phrase) -> str:
    return phrase.situation.partition("/")[0]


if __name__ == "__main__":
    {"authors": authors, "topics": topics, "curve": curve}[sys.argv[1]]()
