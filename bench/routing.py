"""The router beside scikit-learn's TF-IDF and logistic regression on the same questions: time, memory and accuracy.

    python -m bench.routing [FILE.jsonl]

Each side runs in a process of its own, so that the memory is its own. Without a file the shipped fresh questions are asked.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

VALIDATION = Path(__file__).parent / "data" / "routing" / "fresh.jsonl"
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


SIDES = {"router": router, "TF-IDF + LR": reference}


def measure(side: str, path: Path) -> dict[str, float | str]:
    """Milliseconds a question (median and 99th percentile), megabytes of this process, share of right desks."""
    answer, asked = SIDES[side](), questions(path)
    hits = [answer(text) == desk for text, desk in asked]
    spent = []
    for _ in range(ROUNDS):
        for text, _ in asked:
            start = time.perf_counter()
            answer(text)
            spent.append((time.perf_counter() - start) * 1000)
    spent.sort()
    long = ("Our invoice was rejected. " + "We are a clinic in the north and wrote before. " * 500)[:20_000]
    start = time.perf_counter()
    answer(long)
    return {
        "side": side,
        "p50 ms": round(spent[len(spent) // 2], 3),
        "p99 ms": round(spent[int(len(spent) * 0.99)], 3),
        "20,000 characters ms": round((time.perf_counter() - start) * 1000, 1),
        "RSS MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "strict": round(sum(hits) / len(hits), 3),
    }


def main() -> None:
    """Each side in its own process, one line of JSON each."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else VALIDATION
    for side in SIDES:
        code = f"import json; from pathlib import Path; from bench.routing import measure; print(json.dumps(measure({side!r}, Path({str(path)!r}))))"
        subprocess.run([sys.executable, "-c", code], check=True)


if __name__ == "__main__":
    main()
