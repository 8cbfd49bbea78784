"""Desks added by configuration: how many fresh phrasings each is chosen for, and what it takes from the others.

python -m bench.added_desks [FILE.jsonl …]
"""

import json
import sys
import tomllib
from pathlib import Path

from bench.figures import say
from notifier.desks import Desk, load
from notifier.routing import Router, route

DATA = Path(__file__).parent / "data" / "routing"


def main() -> None:
    """One line a desk with the questions of other desks that it took from the labelled files, then the shares over all of them."""
    files = [Path(name) for name in sys.argv[1:]] or sorted((DATA / "asked").glob("*.jsonl"))
    asked = [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]
    shares: list[float] = []
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
        chosen = sum(route(text, router=router).desk == added.key for text in row["fresh"])
        taken = [
            line["text"] for line in asked if line["label"] != "none" and route(line["text"], router=router).desk == added.key
        ]
        print(json.dumps({"desk": added.key, "taken": taken}, ensure_ascii=False))
        shares.append(100 * chosen / len(row["fresh"]))
        stolen.append(100 * len(taken) / len(asked))
    say("fresh questions that reach a desk added by configuration", "of 100", shares)
    say("labelled questions that such a desk takes from others", "of 100", stolen)


if __name__ == "__main__":
    main()
