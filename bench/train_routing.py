"""Train the router's model from `bench/data/routing/` and write `notifier/model/routing.npz`.

    python -m bench.train_routing

Temperature is fitted on groups of situations held out of training. A route is sure above the confidence at which 95 in 100 of the held-out
whole questions (`asked/`) are right. The file holds the digest of what it was made of, so that a test sees when it is out of date.
"""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from bench.routing_corpus import DATA, DESKS, asked, corpus, lines, plainly, titles
from bench.routing_fit import BLOCKS, Fitted, counted, fit, matrix
from bench.routing_held_out import heated, held_out, judged, sure, temperature_for
from notifier import wording
from notifier.background import BACKGROUND
from notifier.linear import FILE

OFTEN = 4
"""Situations of whole questions in which a word must stand to be rightly spelled: people repeat each other's slips, too."""
LONGEST_BEHIND = 200
"""Characters of a whole question that goes into the background of desks added later."""


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
    """One plain wording of each line of the corpus and the shorter whole questions, which desks added later are told apart from."""
    phrases = [*plainly(), *(phrase for phrase, _ in asked() if len(phrase.text) <= LONGEST_BEHIND)]
    data = matrix(counted([phrase.text for phrase in phrases]), fitted.places, fitted.scales)
    data.sort_indices()
    guessed = [fitted.topics[place] for place in fitted.by_topic.predict(data)]
    topics = [phrase.topic or guess for phrase, guess in zip(phrases, guessed, strict=True)]
    arrays = {
        "lengths": np.diff(data.indptr).astype(np.uint16),
        "places": data.indices.astype(np.uint16 if len(fitted.places) < 2**16 else np.uint32),
        "values": data.data.astype(np.float16),
        "topics": np.array([fitted.topics.index(topic) for topic in topics], np.uint16),
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


def spelled() -> None:
    """Words that hands spell alike in several situations, and everyday words, are right: the spelling tolerance leaves them alone. They are counted as they
    were written, before any correction, so that "contact" is not read as a slipped "contract"."""
    right = set((DATA / "everyday.txt").read_text("utf-8").split())
    for phrases, least in (([*lines()], 2), ([question for question, _ in asked()], OFTEN)):
        counts: dict[str, set[str]] = {}
        for phrase in phrases:
            for word in wording.words(phrase.text):
                if word.isalpha() and len(word) > 4:
                    counts.setdefault(word, set()).add(phrase.situation)
        right.update(word for word, found in counts.items() if len(found) >= least)
    (FILE.parent / "words.txt").write_text("\n".join(sorted(right)) + "\n", "utf-8")
    wording.common_words.cache_clear()


def main() -> None:
    """Train, calibrate, write, and print what the held-out groups say."""
    spelled()
    phrases = corpus()
    rows = counted([phrase.text for phrase in phrases])
    odds, right = held_out(phrases, rows)
    weights = np.array([phrase.weight * phrase.written for phrase in phrases])
    whole = np.array([not phrase.topic and phrase.written for phrase in phrases])
    temperature = temperature_for(odds[whole], right[whole], weights[whole])
    print(f"{len(phrases)} phrases, {len({phrase.situation for phrase in phrases})} groups of situations")
    print(
        f"held-out situations: strict {np.average(odds.argmax(1) == right, weights=weights):.3f}, temperature {temperature:.2f}"
    )
    print(f"held-out whole questions: {judged(heated(odds, temperature)[whole], asked())}", flush=True)
    fitted = fit(phrases, rows)
    sure_above = sure(heated(odds, temperature)[whole], right[whole], weights[whole])
    write_background(fitted)
    write(fitted, temperature=temperature, sure_above=sure_above)
    print(
        f"{len(fitted.places)} features, {len(fitted.topics)} topics, sure above {sure_above:.3f}, {FILE.stat().st_size / 1e6:.2f} MB"
    )


if __name__ == "__main__":
    main()
