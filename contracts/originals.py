"""Where originals stand: `<folder>/<first two digits of the sha256>/<sha256>`, byte for byte, never written over.

What was recognised from a scan stands beside it, as `<sha256>.ocr.pdf`. A file is whole or absent: it is written beside its place, flushed to the disk and moved there, before any row names it.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from contracts.documents import ReadDocument


class OriginalLost(Exception):
    """Raised when an original is missing from the folder, or its bytes are no longer those that were signed."""


RENDITION = ".ocr.pdf"  # after the digest, the name of what was recognised from it


def place(folder: Path, sha256: str) -> Path:
    """Where the original with this digest stands."""
    return folder / sha256[:2] / sha256


def keep(folder: Path, document: ReadDocument) -> Path:
    """Put the document's bytes and its rendition in their places, durably; what is already there is left alone."""
    if document.rendition is not None:
        put_rendition(folder, document.sha256, document.rendition)
    return put(folder, document.sha256, document.data)


def put(folder: Path, sha256: str, data: bytes) -> Path:
    """Put bytes in the place of their digest, durably; what is there already is left alone."""
    return _put(place(folder, sha256), data)


def put_rendition(folder: Path, sha256: str, data: bytes) -> Path:
    """Put what was recognised from an original beside it, durably; what is there already is left alone."""
    return _put(_beside(folder, sha256), data)


def rendition(folder: Path, sha256: str) -> bytes | None:
    """The PDF with the text that was recognised from this original, if it had to be."""
    path = _beside(folder, sha256)
    return path.read_bytes() if path.exists() else None


def remove(folder: Path, sha256: str) -> None:
    """Take the original and its rendition away for good; once they are gone it changes nothing."""
    for path in (place(folder, sha256), _beside(folder, sha256)):
        path.unlink(missing_ok=True)


def _beside(folder: Path, sha256: str) -> Path:
    return place(folder, sha256).with_suffix(RENDITION)


def _put(target: Path, data: bytes) -> Path:
    if target.exists() and target.stat().st_size == len(data):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(0o440)
        Path(beside).replace(target)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    _sync(target.parent)
    return target


def fetch(folder: Path, sha256: str) -> bytes:
    """The original's bytes, checked against its digest; raises OriginalLost."""
    path = place(folder, sha256)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OriginalLost(f"the original {sha256} is not in {folder}: restore it from a backup.") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise OriginalLost(f"the original {sha256} in {folder} was changed: restore it from a backup.")
    return data


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
