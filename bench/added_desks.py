"""Desks added by configuration: how many fresh phrasings each is chosen for, and what it takes from the others.

    python -m bench.added_desks [FILE.jsonl …]

Without a file the labelled questions are those of `held_back/`. A question is taken where the router had its desk right before.
"""

import json
import sys
import tomllib
from pathlib import Path

from bench.figures import say
from bench.routing_corpus import FILES
from notifier.desks import Desk, load
from notifier.routing import Router, route

DATA = Path(__file__).parent / "data" / "routing"
PHRASINGS = ("fresh", "again", "unseen")


def main() -> None:
    """One line a desk: chosen of each set of phrasings, and the questions of real desks and of none that it took; then the shares over all."""
    files = [Path(name) for name in sys.argv[1:]] or sorted((DATA / "held_back").glob("*.jsonl"))
    asked = [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]
    before = Router.of()
    right = [row for row in asked if route(row["text"], router=before).desk == FILES.get(row["label"], row["label"])]
    shares: dict[str, list[float]] = {name: [] for name in PHRASINGS}
    stolen: list[float] = []
    for row in tomllib.loads((DATA / "added" / "desks.toml").read_text("utf-8"))["desk"]:
        added = Desk(
            key=row["key"],
            title=row["title"],
            keywords=tuple(row["keywords"]),
            examples=tuple(row["examples"]),
            learned=True,
        )
        router = Router.of((*load(), added))
        chosen = {name: sum(route(text, router=router).desk == added.key for text in row[name]) for name in PHRASINGS}
        taken = [line for line in right if route(line["text"], router=router).desk == added.key]
        from_desks = [line["text"] for line in taken if line["label"] != "none"]
        shown = {"desk": added.key, **chosen, "taken_from_desks": from_desks, "taken_from_none": len(taken) - len(from_desks)}
        print(json.dumps(shown, ensure_ascii=False), flush=True)
        for name, share in shares.items():
            share.append(100 * chosen[name] / len(row[name]))
        stolen.append(100 * len(from_desks) / len(right))
    for name, share in shares.items():
        say(f"{name} questions that reach a desk added by configuration", "of 100", share)
    say("labelled questions that such a desk takes from others", "of 100", stolen)


if __name__ == "__main__":
    main()
