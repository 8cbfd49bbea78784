"""A child process with little CPU, memory and time, in which hostile files are parsed.

The parent hands the file over on standard input and takes one JSON document back. The child (`contracts.child`) sets its own limits before
it reads a byte, has no environment of ours (so no secret either), and may write nothing but its answer. What goes wrong
in there comes back as one exception: a reader's own refusal by name, anything else as `TookTooMuch` or `Broken`.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost."""

    cpu: int = 60  # seconds
    memory: int = 1024 * MIB  # bytes of address space
    wall: float = 90.0  # seconds
    answer: int = 128 * MIB  # bytes of JSON, and of any file the child writes


LIMITS = Limits()


class SandboxError(Exception):
    """Raised when the child gave no answer."""


class TookTooMuch(SandboxError):
    """Raised when a file needs more time or memory than it may have."""


class Broken(SandboxError):
    """Raised when a parser fell over the file; the text says how, for the log."""


class Refused(SandboxError):
    """Raised when a reader refused the file: `reason` is the name of its exception, `detail` what it adds."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def run(task: str, source: Path | bytes, *, arguments: dict[str, Any] | None = None, limits: Limits = LIMITS) -> Any:
    """What `task` ("module:function") makes of the file's bytes, run in a child; raises the errors above.

    The function takes the bytes and the arguments as keywords and returns something JSON can hold.
    """
    order = json.dumps({"task": task, "arguments": arguments or {}, "limits": [limits.cpu, limits.memory, limits.answer]})
    with tempfile.TemporaryFile() as answer, _opened(source) as file:
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter and module, no shell
                [sys.executable, "-P", "-m", "contracts.child", order],
                stdin=file,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                timeout=limits.wall,
                env=_environment(),
                cwd=tempfile.gettempdir(),
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise TookTooMuch(f"no answer within {limits.wall:.0f} seconds") from None
        answer.seek(0)
        written = answer.read(limits.answer + 1)
    if len(written) > limits.answer:
        raise TookTooMuch(f"more than {limits.answer // MIB} MiB of text")
    if done.returncode:  # killed by a limit, or by the parser's own abort when memory ran out
        raise TookTooMuch(f"stopped with status {done.returncode}")
    return _unwrap(json.loads(written))


def _unwrap(answer: dict[str, Any]) -> Any:
    if "refused" in answer:
        raise Refused(answer["refused"], answer["detail"])
    if "broken" in answer:
        raise Broken(answer["broken"])
    return answer["result"]


def _opened(source: Path | bytes) -> Any:
    if isinstance(source, Path):
        return source.open("rb")
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller's `with` closes it
    file.write(source)
    file.seek(0)
    return file


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "TESSDATA_PREFIX", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "OMP_THREAD_LIMIT": "1"}
