"""Pages of signed documents as pictures, drawn in the sandbox, with the boxes of a quote; the last few are kept in memory."""

import base64
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from contracts import originals, sandbox
from contracts.models import Document

WIDTH = 1_100  # pixels
KEPT = 24  # pictures, some hundred kilobytes each
PDF = "application/pdf"
Box = tuple[float, float, float, float]  # left, top, width, height as fractions of the page


class Sheet(NamedTuple):
    """A page of a kept file."""

    folder: Path
    sha256: str
    media_type: str
    page: int


def drawable(document: Document) -> bool:
    """Whether its pages can be drawn: those of a PDF, and of a scan for which recognition made one."""
    return document.media_type == PDF or document.media_type.startswith("image/")


def picture(folder: Path, document: Document, page: int) -> bytes | None:
    """Page `page` (from 1) as a PNG, None where there is none to draw. Raises OriginalLost. Slow: call it in a thread."""
    return _picture(Sheet(folder, document.sha256, document.media_type, page)) if drawable(document) else None


def boxes(folder: Path, document: Document, page: int, start: int, end: int) -> tuple[Box, ...]:
    """Where the quote stands on the page; offsets into the page's own text. Nothing where that can't be told. Slow."""
    if not drawable(document) or end <= start:
        return ()
    return _boxes(Sheet(folder, document.sha256, document.media_type, page), start, end)


@lru_cache(maxsize=KEPT)
def _picture(sheet: Sheet) -> bytes | None:
    found = _ask("picture", sheet, width=WIDTH)
    return base64.b64decode(found["png"]) if found else None


@lru_cache(maxsize=1_000)
def _boxes(sheet: Sheet, start: int, end: int) -> tuple[Box, ...]:
    found = _ask("boxes", sheet, start=start, end=end)
    return tuple((left, top, width, height) for left, top, width, height in found or ())


def _ask(what: str, sheet: Sheet, **arguments: int) -> Any:
    """The sandbox's answer, None for a file that can't be drawn: its text and original are still there."""
    fetch = originals.fetch if sheet.media_type == PDF else originals.rendition
    data = fetch(sheet.folder, sheet.sha256)
    if data is None:
        return None
    try:
        return sandbox.run(f"contracts.pageview:{what}", data, arguments={"page": sheet.page} | arguments)
    except sandbox.SandboxError:
        return None
