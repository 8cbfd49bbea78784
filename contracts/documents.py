"""A file's bytes → what was read from them: pages, outline, signatures, or one sentence why not.

What a file is, is decided by its bytes; its name only tells what its owner thought it was. Everything but plain text is
parsed in the sandbox. The whole text is the pages joined by form feeds; every offset counts code points in it.
"""

import base64
import hashlib
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from contracts import ocr, refusals, sandbox

MOST_BYTES = 64 * sandbox.MIB
MOST_PAGES = 2_000

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TEXT = "text/plain"
WORD = {".docx", ".docm"}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # old Office files, and the wrapper of password-protected new ones
IMAGES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"II*\x00": "image/tiff", b"MM\x00*": "image/tiff"}


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a word-processor file: `start` is its offset, `paragraph` its number from 1, `level` 0 for the title."""

    start: int
    level: int
    text: str
    paragraph: int


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """What was read from one file. `origins` tells per page whether its text was there, recognised, or is missing."""

    file_name: str
    media_type: str
    sha256: str
    size: int  # bytes
    pages: tuple[str, ...]
    origins: tuple[str, ...]  # text | ocr | none
    data: bytes = field(repr=False)
    headings: tuple[Heading, ...] = ()
    paragraphs: tuple[int, ...] = ()  # offset of each paragraph, where the file has paragraphs
    signatures: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()  # sentences for whoever added it
    rendition: bytes | None = field(default=None, repr=False)  # a PDF with recognised text, where pages had to be recognised

    @property
    def text(self) -> str:
        """The whole text, which offsets count in."""
        return "\f".join(self.pages)


def read(
    source: Path | bytes,
    file_name: str | None = None,
    *,
    anchors: Sequence[bytes] = (),
    limits: sandbox.Limits = sandbox.LIMITS,
) -> ReadDocument:
    """What the file says; raises a subclass of `refusals.Unreadable` whose text is the sentence to show.

    `anchors` are certificates (PEM or DER) that signatures may lead to.
    """
    name, data = _bytes(source, file_name)
    kind = sniff(data, name)
    try:
        parts = READERS[kind](data, limits, anchors)
    except refusals.Unreadable as refusal:
        raise type(refusal)(name, refusal.detail) from None
    except sandbox.Refused as refused:
        raise refusals.REFUSALS[refused.reason](name, refused.detail) from refused
    except sandbox.TookTooMuch as error:
        raise refusals.TooCostly(name) from error
    except sandbox.Broken as error:
        raise refusals.Damaged(name) from error
    pages = tuple(parts["pages"])
    return ReadDocument(
        file_name=name,
        media_type=kind,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        pages=pages,
        origins=tuple(parts.get("origins", ["text"] * len(pages))),
        data=data,
        headings=tuple(Heading(*heading) for heading in parts.get("headings", [])),
        paragraphs=tuple(parts.get("paragraphs", [])),
        signatures=tuple(parts.get("signatures", [])),
        notes=tuple(parts.get("notes", [])),
        rendition=base64.b64decode(parts["rendition"]) if "rendition" in parts else None,
    )


def sniff(data: bytes, name: str) -> str:
    """The media type that the bytes show; raises the refusal that fits when the name promises another or none is known."""
    promised = Path(name).suffix.lower()
    if b"%PDF-" in data[:1024]:
        return PDF
    if promised == ".pdf":
        raise refusals.NotAPdf(name, _beginning(data))
    if data.startswith(OLE):
        if promised in WORD:
            raise refusals.Encrypted(name)
        raise refusals.UnknownFormat(name, "an old Office file")
    if data.startswith(b"PK"):
        return _archive(data, name, promised=promised)
    if promised in WORD:
        raise refusals.NotADocx(name, f"it begins with {_beginning(data)}")
    for magic, kind in IMAGES.items():
        if data.startswith(magic):
            return kind
    if promised in {".txt", ".text", ".md", ""}:
        return TEXT
    raise refusals.UnknownFormat(name, f"a “{promised}” file")


def decode(data: bytes) -> str:
    """The text, unchanged: UTF-8 (a mark at its start stays), UTF-16, else Windows-1252; raises NotText."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif data[1:200:2].count(0) > len(data[1:200:2]) // 2:
        encodings = ["utf-16-le"]
    else:
        encodings = ["utf-8", "cp1252"]
    reason = ""
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            reason = f"byte {error.start:,} belongs to none of them"
            continue
        if "\x00" in text:
            reason = "it holds zero bytes"
            continue
        return text
    raise refusals.NotText(detail=reason)


def _read_text(data: bytes, _limits: sandbox.Limits, _anchors: Sequence[bytes]) -> dict[str, Any]:
    return {"pages": decode(data).split("\f")}


def _read_docx(data: bytes, limits: sandbox.Limits, _anchors: Sequence[bytes]) -> dict[str, Any]:
    parts: dict[str, Any] = sandbox.run("contracts.word:read", data, limits=limits)
    if not parts["pages"][0].strip():
        parts["notes"] = ["It holds no text, so it can answer no question."]
    return parts


def _read_pdf(data: bytes, limits: sandbox.Limits, anchors: Sequence[bytes]) -> dict[str, Any]:
    arguments = {"most_pages": MOST_PAGES, "anchors": [anchor.hex() for anchor in anchors]}
    parts: dict[str, Any] = sandbox.run("contracts.pdf:read", data, arguments=arguments, limits=limits)
    parts["origins"] = ["none" if number in parts["textless"] else "text" for number in range(1, len(parts["pages"]) + 1)]
    return _recognised(data, parts)


def _read_image(data: bytes, _limits: sandbox.Limits, _anchors: Sequence[bytes]) -> dict[str, Any]:
    return _recognised(data, {"pages": [""], "origins": ["none"], "textless": [1]})


def _recognised(data: bytes, parts: dict[str, Any]) -> dict[str, Any]:
    """The parts with pages of scans recognised where this machine can, and a sentence where it can't."""
    if not parts["textless"]:
        return parts
    if lacking := ocr.missing():
        parts["notes"] = [
            f"{_pages(parts['textless'])} no text (a scan, or blank), and this machine lacks {' and '.join(lacking)}: {ocr.ADVICE}."
        ]
        return parts
    try:
        found = sandbox.run("contracts.ocr:recognise", data, arguments={"most_pages": MOST_PAGES}, limits=ocr.LIMITS)
    except sandbox.SandboxError as error:
        parts["notes"] = [f"{_pages(parts['textless'])} no text, and recognising it failed ({error})."]
        return parts
    # the original's own text stays where it had any
    pages, origins = list(parts["pages"]), list(parts["origins"])
    pages += [""] * (len(found["pages"]) - len(pages))  # a TIFF may hold several
    origins += ["none"] * (len(found["pages"]) - len(origins))
    for index, text in enumerate(found["pages"]):
        if origins[index] == "none" and text.strip():
            pages[index], origins[index] = text, "ocr"
    return {**parts, "pages": pages, "origins": origins, "rendition": found["rendition"]}


READERS: dict[str, Callable[[bytes, sandbox.Limits, Sequence[bytes]], dict[str, Any]]] = {
    PDF: _read_pdf,
    DOCX: _read_docx,
    TEXT: _read_text,
    "image/png": _read_image,
    "image/jpeg": _read_image,
    "image/tiff": _read_image,
}


def _bytes(source: Path | bytes, file_name: str | None) -> tuple[str, bytes]:
    if isinstance(source, bytes):
        name, data = file_name or "the file", source
        size = len(data)
    else:
        name = file_name or source.name
        try:
            size = source.stat().st_size
            data = b"" if size > MOST_BYTES else source.read_bytes()
        except OSError as error:
            raise refusals.Missing(str(source), (error.strerror or "it can't be read").lower()) from error
    if size > MOST_BYTES:
        raise refusals.TooLarge(name, f"{size // sandbox.MIB} MiB, and at most {MOST_BYTES // sandbox.MIB} MiB are read")
    if not data.strip():
        raise refusals.Empty(name)
    return name, data


def _archive(data: bytes, name: str, *, promised: str) -> str:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile:
        if promised in WORD:
            raise refusals.Damaged(name) from None
        raise refusals.UnknownFormat(name, "a damaged ZIP archive") from None
    if "word/document.xml" in names:
        return DOCX
    if promised in WORD:
        raise refusals.NotADocx(name, "it is a ZIP archive without a document in it")
    raise refusals.UnknownFormat(name, "a ZIP archive")


def _beginning(data: bytes) -> str:
    shown = data[:24].decode("utf-8", "replace").strip().splitlines()
    return f"“{''.join(c for c in (shown[0] if shown else '') if c.isprintable())}”"


def _pages(numbers: list[int]) -> str:
    """The subject and verb of a sentence on these pages: "Page 2 holds", "Pages 1-3, 7 hold"."""
    if len(numbers) == 1:
        return f"Page {numbers[0]} holds"
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return "Pages " + ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs) + " hold"
