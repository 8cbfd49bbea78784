"""Nodes as processes: `bidkeeper worker`, each with a wall clock of its own, forked from a nurse that spares them the imports.

Run as: python -m tests.faults.survival.nodes. Each line on standard input is a JSON document {env, skew, log}; the answer is the id of the
process that was started for it. Retries come after half a second here, not after a minute, so that a run ends.
"""

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from notifier import claims, schedule

DELAYS = (timedelta(seconds=0.5),) * 500
ROOT = Path(__file__).parents[3]


class Node:
    """One worker process: where it works, how wrong its wall clock is, and whether it is up."""

    def __init__(self, nurse: "Nurse", name: str, environment: dict[str, str], folder: Path) -> None:
        self.nurse, self.name, self.environment, self.log = nurse, name, environment, folder / f"{name}.log"
        self.pid = 0
        self.skew = 0.0
        self.stopped = False
        self.replaced = asyncio.Lock()

    async def start(self) -> None:
        self.pid = await self.nurse.fork({"env": self.environment, "skew": self.skew, "log": str(self.log)})
        self.stopped = False

    def signal(self, sign: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, sign)


class Nurse:
    """The process that forks nodes."""

    async def __aenter__(self) -> "Nurse":
        self._lock = asyncio.Lock()
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.survival.nodes"),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT,
        )  # fmt: skip
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        await self._process.wait()

    async def fork(self, order: dict[str, Any]) -> int:
        assert self._process.stdin
        assert self._process.stdout
        async with self._lock:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            await self._process.stdin.drain()
            return int(await self._process.stdout.readline())


def work(order: dict[str, Any]) -> None:
    """Be a node until killed."""
    import api.cli  # noqa: PLC0415

    os.environ.update(order["env"])
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(log, stream)
    skew = timedelta(seconds=order["skew"])
    api.cli.now = lambda: datetime.now(UTC) + skew
    schedule.DELAYS, claims.MOST_ATTEMPTS = DELAYS, len(DELAYS) + 1  # in the node's process alone
    worker = sys.modules["api.cli.worker"]
    worker.now = api.cli.now  # type: ignore[attr-defined]
    worker.worker()


def main() -> None:
    import api.cli.worker  # noqa: PLC0415
    import api.queue  # noqa: F401, PLC0415 - what a node would import itself

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are not waited for
    children = []
    for line in sys.stdin:
        if (child := os.fork()) == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(0)
            work(json.loads(line))
            os._exit(0)
        children.append(child)
        print(child, flush=True)
    for child in children:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    main()
