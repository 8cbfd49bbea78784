"""`make bench`: every measurement that needs nothing but this repository, each in a process of its own, gathered into one table.

    python -m bench [NAME …] [--large] [--write]        all of them, or those named (as `crawl`, `outbox`)

It takes about twenty minutes on two cores; `--large` adds the parts with a million rows. The figures go to build/bench.json, where those of
measurements that were not run again stay, and with --write to docs/performance.md.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from bench.figures import GATHERED, Figure, gathered

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "docs" / "performance.md"
KEPT = ROOT / "build" / "bench.json"
NEEDS_MORE = ("__main__", "train", "extraction", "load")  # training, data that is not in the repository, a million rows
PATIENCE = 900.0  # seconds that one measurement may take, ten times as long with --large
USUAL: dict[str, Sequence[str]] = {
    "contracts": ("--most", "100000"),
    "growth": ("--most", "100000"),
    "jobs": ("--looks", "400"),
    "matching": ("--searches", "100000"),
    "outbox": ("--recipients", "10000"),
}
LARGE: dict[str, Sequence[str]] = {"jobs": USUAL["jobs"]}  # the others' own sizes are the large ones
Kept: TypeAlias = dict[str, dict[str, Any]]  # name → {"machine": when and where, "figures": what was said}


def measurements() -> list[str]:
    """The modules of this folder that can be run and need nothing else."""
    runnable = (
        path for path in sorted(Path(__file__).parent.glob("*.py")) if 'if __name__ == "__main__"' in path.read_text("utf-8")
    )
    return [path.stem for path in runnable if not path.stem.startswith(NEEDS_MORE)]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure each figure we claim, beside its reference from the same run.")
    parser.add_argument("names", nargs="*", help=f"which of {', '.join(measurements())}; all unless named")
    parser.add_argument("--large", action="store_true", help="with the parts of a million rows: an hour and more")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    chosen = parser.parse_args()
    unknown = set(chosen.names) - set(measurements())
    if unknown:
        parser.error(f"no measurement is called {', '.join(sorted(unknown))}; there are {', '.join(measurements())}")
    KEPT.parent.mkdir(exist_ok=True)
    found: Kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    print(machine())
    failed, names = [], chosen.names or measurements()
    for place, name in enumerate(names, 1):
        print(f"\n== {place} of {len(names)}: {name}", flush=True)
        began = time.monotonic()
        figures = measured(name, large=chosen.large)
        print(f"== {time.monotonic() - began:.0f} s", flush=True)
        if figures is None:
            failed.append(name)
            continue
        found[name] = {"machine": machine(), "figures": [asdict(each) for each in figures]}
        KEPT.write_text(json.dumps(found, indent=1, ensure_ascii=False), "utf-8")
    print(f"\nwrote {KEPT.relative_to(ROOT)}")
    if chosen.write:
        TABLE.write_text(page(found), "utf-8")
        print(f"wrote {TABLE.relative_to(ROOT)}")
    print("bench.extraction needs a folder of CUAD contracts: python -m bench.extraction --cuad FOLDER")
    if failed:
        sys.exit(f"not measured: {', '.join(failed)}")


def measured(name: str, *, large: bool) -> list[Figure] | None:
    """The figures of one measurement, run in a process of its own; None when it failed or took too long."""
    lines = KEPT.with_name("bench.jsonl")
    lines.unlink(missing_ok=True)
    words = [sys.executable, "-m", f"bench.{name}", *(LARGE if large else USUAL).get(name, ())]
    try:
        done = subprocess.run(
            words, env=os.environ | {GATHERED: str(lines)}, check=False, timeout=PATIENCE * (10 if large else 1)
        )
    except subprocess.TimeoutExpired:
        return None
    return None if done.returncode else gathered(lines)


def page(found: Kept) -> str:
    """The manual's page of figures."""
    lines = [
        "# Performance",
        "",
        "Made by `python -m bench --write`; each figure stands beside its reference from the same run, as the median with the smallest and the",
        "largest of the repetitions. Ratios hold better than seconds: machines differ.",
    ]
    for name, kept in sorted(found.items()):
        if kept["figures"]:
            lines += [
                "",
                f"## {name}",
                "",
                kept["machine"],
                "",
                "| What | Ours | Reference | Ratio | Goal |",
                "|---|---|---|---|---|",
            ]
            lines += [Figure(**figure).row() for figure in kept["figures"]]
    return "\n".join(lines) + "\n"


def machine() -> str:
    """The day, the machine and how busy it is, in one line."""
    return (
        f"{datetime.now(UTC):%Y-%m-%d} · {platform.machine()}, {os.cpu_count()} cores · "
        f"Python {platform.python_version()} · {platform.system()} {platform.release().split('-')[0]} · "
        f"load average {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
