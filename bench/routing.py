"""The router beside scikit-learn's TF-IDF and logistic regression on the same questions: time, memory and accuracy.

    python -m bench.routing [FILE.jsonl]

Each side runs in a process of its own, so that the memory is its own. Without a file the questions are those of `blind.jsonl`.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.figures import say

TRAINED = Path(__file__).parent / "data" / "routing" / "asked" / "blind.jsonl"
PROCESSES = 3  # that each side is measured in, one after the other
ROUNDS = 5


def questions(path: Path) -> list[tuple[str, str]]:
    """(text, desk) of each line."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [(row["text"], row["label"].replace("hcp", "health_care_programs")) for row in rows]


def router() -> Callable[[str], str]:
    """Our router."""
    from notifier.routing import route, shipped_router  # noqa: PLC0415 - only this side may load it

    ready = shipped_router()
    return lambda text: route(text, router=ready).desk


def reference() -> Callable[[str], str]:
    """Words and pairs of words, TF-IDF, logistic regression, trained on the same phrases."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415

    from bench.routing_corpus import corpus  # noqa: PLC0415

    phrases = corpus()
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=10, max_iter=300))
    model.fit([phrase.text for phrase in phrases], [phrase.desk for phrase in phrases])
    return lambda text: str(model.predict([text])[0])


REFERENCE = "scikit-learn TF-IDF + LR"
SIDES = {"router": router, REFERENCE: reference}


@dataclass(frozen=True)
class Measured:
    """What one side needed: milliseconds a question on the clock and of the processor, for a long mail, megabytes, share right."""

    wall: list[float]
    cpu: list[float]
    long_mail: float
    megabytes: float
    strict: float


def measure(side: str, path: Path) -> Measured:
    """Ask every question `ROUNDS` times, in this process."""
    answer, asked = SIDES[side](), questions(path)
    hits = [answer(text) == desk for text, desk in asked]
    spent = [_timed(answer, text) for _ in range(ROUNDS) for text, _ in asked]
    long = ("Our invoice was rejected. " + "We are a clinic in the north and wrote before. " * 500)[:20_000]
    return Measured(
        wall=sorted(wall for wall, _ in spent),
        cpu=sorted(cpu for _, cpu in spent),
        long_mail=min(_timed(answer, long)[1] for _ in range(3)),
        megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        strict=sum(hits) / len(hits),
    )


def _timed(answer: Callable[[str], str], text: str) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    answer(text)
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000


def _in_a_process(side: str, path: Path) -> Measured:
    code = f"import json; from dataclasses import asdict; from pathlib import Path; from bench.routing import measure; print(json.dumps(asdict(measure({side!r}, Path({str(path)!r})))))"
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    return Measured(**json.loads(printed.splitlines()[-1]))


def main() -> None:
    """Each side in its own process; the figures one beside the other."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else TRAINED
    ours, reference = ([_in_a_process(side, path) for _ in range(PROCESSES)] for side in SIDES)
    for name, share in (("median", 0.5), ("99th percentile", 0.99)):
        for clock in ("wall", "cpu"):
            goal = "< 5 ms" if name == "99th percentile" else ""
            sides = [[_at(share, getattr(one, clock)) for one in side] for side in (ours, reference)]
            say(f"route a question, {name} ({clock})", "ms", *sides, against=REFERENCE, goal=goal)

    def both(name: str) -> list[list[float]]:
        return [[getattr(one, name) for one in side] for side in (ours, reference)]

    say("route a mail of 20,000 characters (cpu)", "ms", *both("long_mail"), against=REFERENCE, goal="< 20 ms")
    say("memory of the routing process", "MB", *both("megabytes"), against=REFERENCE, goal="< 100 MB")
    if path != TRAINED:  # how often either is right says nothing about questions that both were trained on
        say(f"right desk on {path.name}", "of 1", *(side[:1] for side in both("strict")), against=REFERENCE)


def _at(share: float, ordered: list[float]) -> float:
    return ordered[int(len(ordered) * share)]


if __name__ == "__main__":
    main()
