"""Runs the survival suite and writes its report; exit status 1 when something that must be zero is not."""

import argparse
import asyncio
import platform
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.survival.cluster import cluster
from tests.faults.survival.injury import FAULTS, Injuries
from tests.faults.survival.judge import Verdict, judge


async def survive(
    folder: Path,
    *,
    faults: int,
    nodes: int = 3,
    hosts: int = 4,
    seed: int = 1,
    pace: float = 1.0,
    without: tuple[object, ...] = (),
) -> tuple[Verdict, Counter[str]]:
    """The whole story: a running cluster, moving bids, faults, healing, and the judge."""
    async with cluster(folder, nodes=nodes, hosts=hosts, seed=seed) as whole:
        moving = asyncio.create_task(whole.keep_moving(0.3))
        injuries = Injuries()
        await injuries.inflict(whole, faults, pace=pace, without=without)  # type: ignore[arg-type]
        moving.cancel()
        with suppress(asyncio.CancelledError):
            await moving
        settled = await whole.settled()
        return await judge(whole, settled=settled), injuries.done


def report(verdict: Verdict, done: Counter[str], *, minutes: float, command: str) -> str:
    """A page of the manual."""
    counts = verdict.counts()
    must = "\n".join(f"| {name.replace('_', ' ')} | {counts[name]} |" for name in Verdict.MUST_BE_ZERO)
    seen = "\n".join(f"| {name.replace('_', ' ')} | {n} |" for name, n in counts.items() if name not in Verdict.MUST_BE_ZERO)
    what = {fault.__name__: (fault.__doc__ or "").strip() for fault in FAULTS}  # type: ignore[attr-defined]
    hurt = "\n".join(f"| {name.replace('_', ' ')} | {what[name]} | {count} |" for name, count in done.most_common())
    return f"""# Survival

Three nodes (`bidkeeper worker`) and a PostgreSQL on one machine watch portals whose bids move all the time, and mail every move to three
people through a relay, while all of it is broken on purpose. `make faults` runs it again; this page is what the command below wrote.
A mail that the relay puts off is tried again after half a second here, not after a minute.

    {command}

{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}, {sum(done.values())} faults in {minutes:.0f} minutes.

## What must be zero

| | |
|---|---|
{must}

A *lost event* is a deadline that moved on a portal and is in no release, a *lost mail* one that a person never got. A *foreign repeat* is
a mail that came twice under two Message-IDs; under one Message-ID it may come twice when a line breaks, or a node is killed or stopped,
between the relay's acceptance and our record of it. *Crawls at once* counts requests to a host while another was being answered.

## What was seen

| | |
|---|---|
{seen}

*Looks refused* are those of nodes that woke up after their turn was another's: the fence kept them out.

## What was done to it

| Fault | | Times |
|---|---|---|
{hurt}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pace", type=float, default=1.0, help="seconds between two faults, on average")
    parser.add_argument("--report", type=Path, help="page to write")
    chosen = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bidkeeper-survival-", ignore_cleanup_errors=True) as folder:
        verdict, done = asyncio.run(survive(Path(folder), faults=chosen.faults, seed=chosen.seed, pace=chosen.pace))
    command = "python -m tests.faults.survival " + " ".join(sys.argv[1:])
    text = report(verdict, done, minutes=(time.monotonic() - began) / 60, command=command)
    print(text)
    if chosen.report:
        chosen.report.write_text(text, "utf-8")
    if not verdict.good:
        sys.exit("something that must be zero is not")


if __name__ == "__main__":
    main()
