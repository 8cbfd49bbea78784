"""Looking from the parent's side: one child process for many sources, its lines turned into Looks as they come.

The child gets a job on its standard input and an environment without our settings, proxies or keys. Whatever becomes of it,
every source that was asked for gets exactly one Look: a child that dies, hangs or writes nonsense is those sources' trouble.
"""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from contracts.vocabulary import Health
from crawler.items import Look
from crawler.pipelines import load
from crawler.sources import SourceConfig

HANDED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT")  # of the environment
LONGEST_LINE = 256 * 1024 * 1024  # bytes; a look's postings stand on one line
COMMAND = (sys.executable, "-P", "-m", "crawler")


def through(socket: Path | None) -> tuple[str, ...]:
    """The command that crawls: in a child of our own, or behind a service manager's socket as another OS user."""
    return COMMAND if socket is None else (sys.executable, "-P", "-m", "crawler.relay", str(socket))


@dataclass(frozen=True, slots=True)
class Pulse:
    """The end of a pipe that the child listens at (see `watchdog`), and how many seconds of silence it bears."""

    pipe: int
    patience: float


def look(
    sources: Sequence[SourceConfig],
    *,
    archive: Path,
    user_agent: str,
    allow_loopback: bool,
    validators: Mapping[str, Mapping[str, Any]],
    timeout: float,
    download_timeout: float = 60.0,
    on_progress: Callable[[Mapping[str, Any]], None] | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    pulse: Pulse | None = None,
    command: Sequence[str] = COMMAND,
) -> Iterator[Look]:
    """Look at every source once and give each Look as it comes, exactly one a source.

    `timeout` bounds the whole process, `download_timeout` one answer (both seconds); `validators` are by source, then address.
    With a `pulse` the child ends by itself once that is no longer felt.
    Closing the iterator early ends the child. Blocking: run it in a thread from async code.
    """
    waiting = {source.name: source for source in sources}
    if not waiting:
        return
    job = {
        "sources": [source.model_dump(exclude={"every", "silent_after"}) for source in sources],
        "validators": {name: dict(known) for name, known in validators.items() if name in waiting},
        "archive": str(archive.absolute()),
        "user_agent": user_agent,
        "allow_loopback": allow_loopback,
        "download_timeout": download_timeout,
        "pulse": [pulse.pipe, pulse.patience] if pulse else None,
    }
    reason = "the crawl process ended before it could look"
    with tempfile.TemporaryFile() as order, tempfile.TemporaryFile() as complaints:
        order.write(json.dumps(job).encode())
        order.seek(0)
        with _child(command, order, complaints, [pulse.pipe] if pulse else []) as child:
            for kind, value in _lines(child, timeout):
                if kind == "look" and value.source in waiting:
                    del waiting[value.source]
                    yield value
                elif kind == "progress" and on_progress:
                    on_progress(value)
                elif kind != "progress":
                    reason = value if kind == "stopped" else "the crawl process wrote of a source it was not asked for"
                    break
        last = _last_line(complaints) if waiting else ""
    for name in waiting:
        yield Look(name, clock(), trouble=(Health.UNREACHABLE, f"{reason} ({last})" if last else reason))


def _lines(child: subprocess.Popen[bytes], timeout: float) -> Iterator[tuple[str, Any]]:
    """What the child says: `("progress", dict)`, `("look", Look)`, and last `("stopped", why)` when it did not just finish.

    The pipe is read no faster than its reader works, which holds the child back and memory down.
    """
    assert child.stdout
    pipe, ends, rest = child.stdout.fileno(), time.monotonic() + timeout, bytearray()
    while True:
        ready, _, _ = select.select([pipe], [], [], max(ends - time.monotonic(), 0))
        if not ready:
            yield "stopped", f"the crawl process had not finished after {timeout:g} seconds and was stopped"
            return
        chunk = os.read(pipe, 1 << 20)
        if not chunk:
            break
        rest += chunk
        if b"\n" in chunk:
            *lines, last = rest.split(b"\n")
            rest = bytearray(last)
            yield from map(_said, lines)
        elif len(rest) > LONGEST_LINE:
            yield "stopped", "the crawl process wrote a line without end"
            return
    with suppress(subprocess.TimeoutExpired):
        if status := child.wait(max(ends - time.monotonic(), 1.0)):
            yield "stopped", f"the crawl process ended with status {status} before it could look"


def _said(line: bytes | bytearray) -> tuple[str, Any]:
    try:
        ((kind, value),) = json.loads(line).items()
        return kind, load(value) if kind == "look" else value
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "stopped", "the crawl process wrote what is no look"


@contextmanager
def _child(
    command: Sequence[str], order: IO[bytes], complaints: IO[bytes], handed: Sequence[int]
) -> Iterator[subprocess.Popen[bytes]]:
    """The child process; leaving the context ends it and everything it started."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter on our own module
        command,
        stdin=order,
        stdout=subprocess.PIPE,
        stderr=complaints,
        env=environment(os.environ),
        pass_fds=handed,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stdout
        process.stdout.close()


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """What the child may know of the environment: where programs, certificates and our package are; no setting, no proxy."""
    package = str(Path(__file__).parent.parent)
    return {**{name: ours[name] for name in HANDED_ON if name in ours}, "PYTHONPATH": package, "PYTHONUNBUFFERED": "1"}


def _last_line(complaints: IO[bytes]) -> str:
    size = complaints.seek(0, os.SEEK_END)
    complaints.seek(max(size - 4096, 0))
    lines = complaints.read().decode("utf-8", "replace").split("\n")
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")
