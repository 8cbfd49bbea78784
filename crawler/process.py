"""Looking from the parent's side: one child process for many sources, its lines turned into Looks as they come.

Whatever becomes of the child, every source that was asked for gets exactly one Look: a child that dies, hangs or writes nonsense
is those sources' trouble. Files of tenders are fetched by a child of their own.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.vocabulary import Health
from crawler.child import Pulse, converse
from crawler.files import Fetched, Wanted
from crawler.items import Look
from crawler.sources import SourceConfig

__all__ = ["COMMAND", "Pulse", "fetch", "look", "through"]

COMMAND = (sys.executable, "-P", "-m", "crawler")


def through(socket: Path | None) -> tuple[str, ...]:
    """The command that crawls: in a child of our own, or behind a service manager's socket as another OS user."""
    return COMMAND if socket is None else (sys.executable, "-P", "-m", "crawler.relay", str(socket))


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
        **_job(sources, archive=archive, user_agent=user_agent, allow_loopback=allow_loopback, download_timeout=download_timeout),
        "validators": {name: dict(known) for name, known in validators.items() if name in waiting},
    }
    reason = "the crawl process ended before it could look"
    for kind, value in converse(job, command, timeout, pulse):
        if kind == "look" and value.source in waiting:
            del waiting[value.source]
            yield value
        elif kind == "progress":
            if on_progress:
                on_progress(value)
        elif kind == "stopped":
            reason = value
        elif kind == "complained":
            reason = f"{reason} ({value})"
        else:
            reason = "the crawl process wrote of a source it was not asked for"
            break
    for name in waiting:
        yield Look(name, clock(), trouble=(Health.UNREACHABLE, reason))


def fetch(
    sources: Sequence[SourceConfig],
    wanted: Sequence[Wanted],
    *,
    archive: Path,
    user_agent: str,
    allow_loopback: bool,
    timeout: float,
    download_timeout: float = 60.0,
    pulse: Pulse | None = None,
    command: Sequence[str] = COMMAND,
) -> Iterator[Fetched]:
    """Fetch every wanted file once, in one process, and give each as it comes; one that the process did not come to is left out.

    `sources` are those that the files are wanted for. The files themselves stand below `archive` (see `crawler.files`).
    """
    if not wanted:
        return
    waiting = {(one.source, one.url) for one in wanted}
    job = {
        **_job(sources, archive=archive, user_agent=user_agent, allow_loopback=allow_loopback, download_timeout=download_timeout),
        "files": [{"source": one.source, "url": one.url, "validators": dict(one.validators)} for one in wanted],
    }
    for kind, value in converse(job, command, timeout, pulse):
        if kind == "file" and (value.source, value.url) in waiting:
            waiting.remove((value.source, value.url))
            yield value


def _job(sources: Sequence[SourceConfig], *, archive: Path, **common: Any) -> dict[str, Any]:
    named = [source.model_dump(exclude={"every", "silent_after"}) for source in sources]
    return {"sources": named, "archive": str(archive.absolute()), **common}
