"""How long the service takes until it answers, what it holds when idle, and how long a command takes; beside a bare service and Python.

Part of `python -m bench.pages`.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.figures import say

RUNS = 3
SETTLED = 3.0  # seconds after which a started service counts as idle
BARE = """
import socket
import jinja2, sqlite3, uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.get("/readiness")
async def ready() -> dict[str, str]:
    return {}
listening = socket.socket()
listening.bind(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])
"""


def cold_start() -> None:
    """Cold starts on a data folder that was set up before, in turns with bare ones, and then commands."""
    with _folder() as environment:
        service = [sys.executable, "-m", "api", "serve", "--port", "0"]
        pairs = [(_started(service, environment), _started([sys.executable, "-c", BARE], environment)) for _ in range(RUNS)]
        ours, bare = ([pair[side] for pair in pairs] for side in (0, 1))
        against = "bare FastAPI, Jinja and sqlite3"
        say("cold start to ready", "s", [took for took, _ in ours], [took for took, _ in bare], against=against, goal="< 2.5 s")
        say("memory when idle", "MB", [held for _, held in ours], [held for _, held in bare], against=against, goal="< 180 MB")
        nothing = [_took([sys.executable, "-c", "pass"], environment) for _ in range(RUNS)]
        for words in (["--help"], ["ask", "who answers about an unpaid invoice?", "--json"], ["tenders", "list", "--json"]):
            times = [_took([sys.executable, "-m", "api", *words], environment) for _ in range(RUNS)]
            say(
                f"bidkeeper {' '.join(words[:2] if words[0] == 'tenders' else words[:1])}",
                "s",
                times,
                nothing,
                against="Python alone",
            )


@contextmanager
def _folder() -> Iterator[Mapping[str, str]]:
    """The environment of an installation that was just set up."""
    folder = Path(tempfile.mkdtemp())
    own = {name: value for name, value in os.environ.items() if not name.startswith("BIDKEEPER_")} | {
        "BIDKEEPER_DATA": str(folder)
    }
    (folder / "sources.toml").write_text("")
    subprocess.run([sys.executable, "-m", "api", "init", "--no-ask"], env=own, check=True, capture_output=True)
    yield own
    shutil.rmtree(folder)


def _started(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds until a service answers that it is ready, and the megabytes that it holds once idle."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout
    address = next(found[0] for line in process.stdout if (found := re.search(r"http://127.0.0.1:(\d+)", line)))
    while not _ready(address):
        time.sleep(0.01)
    took = time.perf_counter() - began
    time.sleep(SETTLED)
    held = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text("utf-8"))
    process.send_signal(signal.SIGINT)
    process.wait(timeout=30)
    assert held
    return took, int(held[1]) / 1024


def _ready(address: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"{address}/readiness") as answer:
        return bool(answer.status == 200)
    return False


def _took(command: Sequence[str], environment: Mapping[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, env=dict(environment), check=True, capture_output=True)
    return time.perf_counter() - began
