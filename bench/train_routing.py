"""Train the router's model from `bench/data/routing/` and write `notifier/model/routing.npz`.

    python -m bench.train_routing [--curve]

scikit-learn fits; the shipped file needs numpy only. Temperature is fitted on groups of situations held out of training. A route is
sure above the confidence at which 95 in 100 of the held-out whole questions (`asked/`) are right. The file holds the digest of what it was made of, so
that a test sees when it is out of date.
"""

import argparse
import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from bench.routing_corpus import DATA, DESKS, Phrase, asked, corpus, plainly, titles
from notifier import wording
from notifier.evaluation import Judged, evaluate
from notifier.learned import BACKGROUND
from notifier.linear import FILE

BLOCKS = {"w": 1.0, "b": 0.6, "g": 0.7, "c": 0.8, "f": 0.8, "p": 0.6, "q": 0.3, "s": 0.3, "r": 0.6}
STRENGTH = 6.0
GROUPS = 4
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


def made_of() -> str:
    """The digest of everything that is written by hand and goes into the model."""
    files = [
        *sorted(DATA.glob("*.txt")),
        *sorted((DATA / "asked").glob("*.jsonl")),
        Path(wording.__file__).with_name("lexicon.toml"),
    ]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def quantised(weights: Any) -> tuple[Any, Any]:
    """int8 weights and the step of each class."""
    steps = np.abs(weights).max(axis=0) / 127
    return np.round(weights / steps).astype(np.int8), steps.astype(np.float32)


def write(fitted: Fitted, *, temperature: float, sure_above: float, path: Path = FILE) -> None:
    """The model's file; the same model gives the same bytes."""
    topic_weights, topic_steps = quantised(fitted.by_topic.coef_.T)
    desk_weights, desk_steps = quantised(fitted.by_desk.coef_.T)
    about = {
        "topics": fitted.topics,
        "titles": [titles()[topic] for topic in fitted.topics],
        "desks": list(DESKS),
        "desk_of_topic": fitted.desk_of_topic.tolist(),
        "blocks": BLOCKS,
        "temperature": round(temperature, 3),
        "sure_above": round(sure_above, 4),
        "made_of": made_of(),
    }
    arrays = {
        "about": np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), np.uint8),
        "names": np.frombuffer("\n".join(sorted(fitted.places)).encode(), np.uint8),
        "scales": fitted.scales.astype(np.float16),
        "topic_weights": topic_weights,
        "topic_steps": topic_steps,
        "topic_bias": fitted.by_topic.intercept_.astype(np.float32),
        "desk_weights": desk_weights,
        "desk_steps": desk_steps,
        "desk_bias": fitted.by_desk.intercept_.astype(np.float32),
    }
    save(path, arrays)


def write_background(fitted: Fitted, *, path: Path = BACKGROUND) -> None:
    """One plain wording of each line of the corpus, which desks added later are told apart from."""
    phrases = plainly()
    data = matrix(counted([phrase.text for phrase in phrases]), fitted.places, fitted.scales)
    data.sort_indices()
    arrays = {
        "lengths": np.diff(data.indptr).astype(np.uint16),
        "places": data.indices.astype(np.uint16 if len(fitted.places) < 2**16 else np.uint32),
        "values": data.data.astype(np.float16),
        "topics": np.array([fitted.topics.index(phrase.topic) for phrase in phrases], np.uint16),
    }
    save(path, arrays)


def save(path: Path, arrays: dict[str, Any]) -> None:
    """An .npz without times in it: equal arrays give equal bytes."""
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.save(buffer, array)
            entry = zipfile.ZipInfo(f"{name}.npy", (2024, 1, 1, 0, 0, 0))
            archive.writestr(entry, buffer.getvalue(), zipfile.ZIP_DEFLATED)


def spelled(phrases: Sequence[Phrase]) -> None:
    """Words that the corpus spells often enough to be right; the spelling tolerance leaves them alone and corrects
    towards them."""
    (FILE.parent / "words.txt").write_text("", "utf-8")
    wording.common_words.cache_clear()
    counts: dict[str, set[str]] = {}
    for phrase in phrases:
        for word in wording.read(phrase.text).tokens:
            if word.isalpha() and len(word) > 4:
                counts.setdefault(word, set()).add(phrase.situation)
    words = sorted(word for word, found in counts.items() if len(found) >= 2)
    (FILE.parent / "words.txt").write_text("\n".join(words) + "\n", "utf-8")
    wording.common_words.cache_clear()


def _judged(odds: Any) -> str:
    """What the figures of `bidkeeper ask --file` would be for the questions of `asked/`, given their odds in order."""
    judged = []
    for row, (phrase, also) in zip(odds, asked(), strict=True):
        first, second = np.argsort(-row, kind="stable")[:2]
        judged.append(Judged(phrase.desk, frozenset(also), DESKS[first], DESKS[second], float(row[first])))
    found = evaluate(judged)
    return (
        f"{found.count} asked, strict {found.strict:.3f}, lenient {found.lenient:.3f}, first two {found.top_two:.3f}, "
        f"none {found.recall['none']:.3f}, ECE {found.ece:.3f}, coverage at 95 % {found.coverage[0.95]:.3f}, at 98 % {found.coverage[0.98]:.3f}"
    )


def main() -> None:
    """Train, calibrate, write, and print what the held-out groups say."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--curve", action="store_true", help="only print the learning curve")
    if arguments.parse_args().curve:
        curve()
        return
    phrases = corpus()
    spelled(phrases)
    rows = counted([phrase.text for phrase in phrases])
    odds, right = held_out(phrases, rows)
    weights = np.array([phrase.weight * phrase.written for phrase in phrases])
    whole = np.array([not phrase.topic and phrase.written for phrase in phrases])
    temperature = temperature_for(odds[whole], right[whole], weights[whole])
    print(f"{len(phrases)} phrases, {len({phrase.situation for phrase in phrases})} groups of situations")
    print(
        f"held-out situations: strict {np.average(odds.argmax(1) == right, weights=weights):.3f}, temperature {temperature:.2f}"
    )
    print(f"held-out whole questions: {_judged(heated(odds, temperature)[whole])}", flush=True)
    fitted = fit(phrases, rows)
    sure_above = sure(heated(odds, temperature)[whole], right[whole], weights[whole])
    write_background(fitted)
    write(fitted, temperature=temperature, sure_above=sure_above)
    print(
        f"{len(fitted.places)} features, {len(fitted.topics)} topics, sure above {sure_above:.3f}, {FILE.stat().st_size / 1e6:.2f} MB"
    )


if __name__ == "__main__":
    main()
