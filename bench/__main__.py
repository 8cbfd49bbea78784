"""`make bench`: every measurement that needs nothing but this repository, each in a process of its own, gathered into one table.

    python -m bench [NAME …]        all of them, or those named (as `crawl`, `outbox`)

The figures go to build/bench.json and, with --write, to docs/performance.md.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import GATHERED, Figure, gathered

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "docs" / "performance.md"
NEEDS_MORE = ("__main__", "train", "extraction", "load")  # training, data that is not in the repository, a million rows


def measurements() -> list[str]:
    """The modules of this folder that can be run and need nothing else."""
    runnable = (
        path for path in sorted(Path(__file__).parent.glob("*.py")) if 'if __name__ == "__main__"' in path.read_text("utf-8")
    )
    return [path.stem for path in runnable if not path.stem.startswith(NEEDS_MORE)]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure each figure we claim, beside its reference from the same run.")
    parser.add_argument("names", nargs="*", help=f"which of {', '.join(measurements())}; all unless named")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    chosen = parser.parse_args()
    unknown = set(chosen.names) - set(measurements())
    if unknown:
        parser.error(f"no measurement is called {', '.join(sorted(unknown))}; there are {', '.join(measurements())}")
    (ROOT / "build").mkdir(exist_ok=True)
    lines = ROOT / "build" / "bench.jsonl"
    lines.unlink(missing_ok=True)
    print(machine())
    failed = []
    by_name: dict[str, list[Figure]] = {}
    for name in chosen.names or measurements():
        print(f"\n== {name}", flush=True)
        before = len(gathered(lines))
        words = [sys.executable, "-m", f"bench.{name}"]
        if subprocess.run(words, env=os.environ | {GATHERED: str(lines)}, check=False).returncode:
            failed.append(name)
        by_name[name] = gathered(lines)[before:]
    document = {"machine": machine(), "figures": {name: [asdict(each) for each in found] for name, found in by_name.items()}}
    (ROOT / "build" / "bench.json").write_text(json.dumps(document, indent=1, ensure_ascii=False), "utf-8")
    print("\nwrote build/bench.json")
    if chosen.write:
        TABLE.write_text(page(by_name), "utf-8")
        print(f"wrote {TABLE.relative_to(ROOT)}")
    print("bench.extraction needs a folder of CUAD contracts: python -m bench.extraction --cuad FOLDER")
    if failed:
        sys.exit(f"not measured: {', '.join(failed)}")


def page(by_name: dict[str, list[Figure]]) -> str:
    """The manual's page of figures."""
    lines = [
        "# Performance",
        "",
        "Made by `python -m bench --write`; each figure stands beside its reference from the same run, as the median with the smallest and the",
        "largest of the repetitions. Ratios hold better than seconds: machines differ, and this one is shared.",
        "",
        machine(),
    ]
    for name, figures in by_name.items():
        if figures:
            lines += ["", f"## {name}", "", "| What | Ours | Reference | Ratio | Goal |", "|---|---|---|---|---|"]
            lines += [figure.row() for figure in figures]
    return "\n".join(lines) + "\n"


def machine() -> str:
    """The day and the machine in one line."""
    return (
        f"{datetime.now(UTC):%Y-%m-%d} · {platform.machine()}, {os.cpu_count()} cores · "
        f"Python {platform.python_version()} · {platform.system()} {platform.release().split('-')[0]}"
    )


if __name__ == "__main__":
    main()
