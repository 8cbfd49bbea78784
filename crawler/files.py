"""The files that tenders name: which is wanted, what became of fetching it, where its bytes stand.

A file stands under its digest, `<evidence>/documents/<first two digits>/<sha256>`, whole or not at all; two tenders that name the
same file share it. Values are frozen and cross the pipe from the crawl process as JSON.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

FOLDER = "documents"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to be fetched, or asked whether it changed where its `validators` (ETag, Last-Modified) are known."""

    source: str
    url: str
    validators: Mapping[str, str] = field(default_factory=dict)
    tenders: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of asking for a file: a digest, "unchanged", or a sentence why there is none. `size` in bytes."""

    source: str
    url: str
    at: datetime
    sha256: str | None = None
    size: int = 0
    media_type: str = ""
    validators: dict[str, str] = field(default_factory=dict)
    unchanged: bool = False
    trouble: str | None = None

    def dump(self) -> dict[str, Any]:
        """Everything as JSON values; `load` gives an equal one back."""
        return {**asdict(self), "at": self.at.isoformat()}

    @classmethod
    def load(cls, data: dict[str, Any]) -> Self:
        """The value that `dump` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        found = cls(**{**data, "at": datetime.fromisoformat(data["at"])})
        if found.sha256 is not None:
            bytes.fromhex(found.sha256)  # it becomes a path
        return found


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in a fetched file: the scanner's verdict, and its text, or why there is none of either.

    `verdict` is clean, infected or unscanned; `difference` says in words how the text differs from the version before.
    """

    verdict: str = "unscanned"
    verdict_note: str = ""
    text: str | None = None
    text_note: str = ""
    difference: str = ""


def place(folder: Path, sha256: str) -> Path:
    """Where the file with this digest stands below the evidence folder."""
    return folder / FOLDER / sha256[:2] / sha256


def keep(folder: Path, body: bytes) -> str:
    """Put the bytes in the place of their digest, and give it. Raises OSError when the folder can't be written."""
    digest = hashlib.sha256(body).hexdigest()
    target = place(folder, digest)
    if target.exists() and target.stat().st_size == len(body):
        return digest
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{digest}.{os.getpid()}")
    with beside.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(target)
    return digest


def whole(folder: Path, sha256: str) -> bool:
    """Whether the file stands there and its bytes are those of its digest."""
    path = place(folder, sha256)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256
