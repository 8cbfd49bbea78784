"""A crawl process as its parent sees it: started with a job, listened to line by line, ended with everything it started.

It gets the job on its standard input and an environment without our settings, proxies or keys.
"""

import json
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from crawler.files import Fetched
from crawler.wire import load

HANDED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT")  # of the environment
LONGEST_LINE = 256 * 1024 * 1024  # bytes; a look's postings stand on one line
SAID: dict[str, Callable[[Any], Any]] = {"look": load, "file": Fetched.load}


@dataclass(frozen=True, slots=True)
class Pulse:
    """The end of a pipe that the child listens at (see `watchdog`), and how many seconds of silence it bears."""

    pipe: int
    patience: float


def converse(
    job: Mapping[str, Any], command: Sequence[str], timeout: float, pulse: Pulse | None = None
) -> Iterator[tuple[str, Any]]:
    """What a crawl process says of a job, as it comes: `("progress", dict)`, `("look", Look)`, `("file", Fetched)`.

    `("stopped", why)` says that it ended otherwise than by finishing, and comes last but for `("complained", the last line it
    wrote to standard error)`. `timeout` is in seconds; with a `pulse` the process ends by itself once that is no longer felt. Closing
    the iterator ends the process.
    """
    with tempfile.TemporaryFile() as order, tempfile.TemporaryFile() as complaints:
        order.write(json.dumps({**job, "pulse": [pulse.pipe, pulse.patience] if pulse else None}).encode())
        order.seek(0)
        with _child(command, order, complaints, [pulse.pipe] if pulse else []) as child:
            for kind, value in _lines(child, timeout):
                yield kind, value
                if kind == "stopped":
                    break
        if last := _last_line(complaints):
            yield "complained", last


def _lines(child: subprocess.Popen[bytes], timeout: float) -> Iterator[tuple[str, Any]]:
    """What the child says, and last `("stopped", why)` when it did not just finish.

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
        return kind, SAID[kind](value) if kind in SAID else value
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
