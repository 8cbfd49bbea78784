"""Evidence: every answer that led to something, kept as it came, in WARC files that any reader opens (ISO 28500).

One gzip file a source and month, `{source}-{YYYY-MM}.warc.gz`. A body that the file holds already becomes a revisit record that
names it, so an hourly page that stands still costs a few hundred bytes an hour. Beside it `{…}.index` lists digest, offset and
end of each record; it only saves room: without it nothing is lost but the knowledge of what is held already.
"""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from crawler.items import CapturedPage, Page

HELD_AT = "X-Held-At"  # offset in the same file of the record that a revisit stands for
UNNAMED = "http://saved.invalid/sha256/"  # stands for the address of an answer that a person saved without one
FILE = re.compile(r"[a-z0-9][a-z0-9-]*-\d{4}-\d{2}\.warc\.gz")


class NotKept(Exception):
    """Raised by `read` when the evidence is not where it was written; the sentence names file and offset."""


@dataclass(frozen=True, slots=True)
class Held:
    """Where a body stands in a file: its digest, its record's offset and end, its address and time."""

    sha256: str
    offset: int
    end: int
    taken: str
    url: str


def keep(
    folder: Path, page: Page, taken_at: datetime, *, source: str, rows: int | None = None, settled: bool = True
) -> CapturedPage:
    """Write the answer and describe it. Raises OSError when the folder can't be written."""
    file, offset = write(folder, page, taken_at, source=source, settled=settled)
    digest = hashlib.sha256(page.body).hexdigest()
    return CapturedPage(
        url=page.url,
        taken_at=taken_at,
        status=page.status,
        media_type=page.media_type,
        sha256=digest,
        size=len(page.body),
        archive=file,
        archive_offset=offset,
        rows=rows,
    )


def write(folder: Path, page: Page, taken_at: datetime, *, source: str, settled: bool = True) -> tuple[str, int]:
    """Append the answer to its source's file of the month: the file's name within `folder`, and the record's offset in bytes.

    With `settled` it is on the disk on return; a writer of many answers calls `settle` once behind them instead.
    """
    from warcio.statusandheaders import StatusAndHeaders  # noqa: PLC0415 - evidence is written by crawls, seldom by the service
    from warcio.warcwriter import WARCWriter  # noqa: PLC0415

    name = f"{source}-{taken_at.astimezone(UTC):%Y-%m}.warc.gz"
    digest, taken = hashlib.sha256(page.body).hexdigest(), f"{taken_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    folder.mkdir(parents=True, exist_ok=True)
    with _appending(folder / name) as (warc, index, known):
        writer = WARCWriter(warc, gzip=True, warc_version="1.1")
        if warc.tell() == 0:
            writer.write_record(writer.create_warcinfo_record(name, {"software": "Bidkeeper", "format": "WARC File Format 1.1"}))
        offset, held = warc.tell(), known.get(digest)
        headers = StatusAndHeaders(f"{page.status} -", [("Content-Type", _header(page.media_type))], protocol="HTTP/1.1")
        uri = _header(page.url) or f"{UNNAMED}{digest}"
        if held:
            record = writer.create_revisit_record(
                uri,
                f"sha256:{digest}",
                held.url,
                held.taken,
                http_headers=headers,
                warc_headers_dict={"WARC-Date": taken, HELD_AT: str(held.offset)},
            )
        else:
            headers.replace_header("Content-Length", str(len(page.body)))
            record = writer.create_warc_record(
                uri,
                "response",
                payload=BytesIO(page.body),
                length=len(page.body),
                http_headers=headers,
                warc_headers_dict={"WARC-Date": taken, "WARC-Payload-Digest": f"sha256:{digest}"},
            )
        writer.write_record(record)
        warc.flush()
        if settled:
            os.fsync(warc.fileno())
        index.write(f"{digest if not held else '-'}\t{offset}\t{warc.tell()}\t{taken}\t{uri}\n".encode())
    return name, offset


def settle(folder: Path, files: Iterable[str]) -> None:
    """Return once everything written to these files is on the disk."""
    for file in set(files):
        with (folder / file).open("rb") as warc:
            os.fsync(warc.fileno())


def read(folder: Path, file: str, offset: int) -> Page:
    """The answer that was written there; a revisit gives the body that it stands for. Raises NotKept."""
    from warcio.archiveiterator import ArchiveIterator  # noqa: PLC0415 - as in `write`
    from warcio.exceptions import ArchiveLoadFailed  # noqa: PLC0415

    if not FILE.fullmatch(file):
        raise NotKept(f'"{file}" is no evidence file')
    try:
        with (folder / file).open("rb") as warc:
            warc.seek(offset)
            record = next(iter(ArchiveIterator(warc)))
            body, kind = record.content_stream().read(), record.rec_type
    except (OSError, StopIteration, ArchiveLoadFailed) as error:
        raise NotKept(f"{file} holds no answer at {offset}: {error or 'nothing is there'}") from error
    url = record.rec_headers.get_header("WARC-Target-URI")
    if kind not in {"response", "revisit"} or url is None or record.http_headers is None:
        raise NotKept(f"{file} holds no answer at {offset}: it is a {kind} record")
    if kind == "revisit":
        body = read(folder, file, int(record.rec_headers.get_header(HELD_AT) or -1)).body
    return Page(
        body=body,
        url="" if url.startswith(UNNAMED) else url,
        status=int(record.http_headers.get_statuscode()),
        media_type=record.http_headers.get_header("Content-Type") or "",
    )


@contextmanager
def _appending(path: Path) -> Iterator[tuple[BinaryIO, BinaryIO, dict[str, Held]]]:
    """The file at its end, its index, and what it holds; alone with it, a torn last record cut off."""
    with path.open("ab") as warc, path.with_name(path.name.replace(".warc.gz", ".index")).open("a+b") as index:
        fcntl.flock(warc, fcntl.LOCK_EX)
        known, end = _held(index)
        warc.seek(0, os.SEEK_END)
        if end and end < warc.tell():
            warc.truncate(end)  # a record whose writing was interrupted
        elif end > warc.tell():
            known = {}  # the index is of another file
        warc.seek(0, os.SEEK_END)
        yield warc, index, known


REMEMBERED: dict[str, tuple[int, dict[str, Held], int]] = {}
"""By index file: how many bytes of it were read, what they said; so that a growing index is read once a process."""


def _held(index: BinaryIO) -> tuple[dict[str, Held], int]:
    """The bodies that a file holds, by digest, and where its last whole record ends."""
    size = index.seek(0, os.SEEK_END)
    read, known, last = REMEMBERED.get(index.name, (0, {}, 0))
    if size < read:
        read, known, last = 0, {}, 0
    index.seek(read)
    for line in index.read().decode("utf-8", "replace").splitlines():
        parts = line.split("\t")
        if len(parts) == 5 and parts[1].isdecimal() and parts[2].isdecimal():
            held = Held(parts[0], int(parts[1]), int(parts[2]), parts[3], parts[4])
            last = max(last, held.end)
            if held.sha256 != "-":
                known.setdefault(held.sha256, held)
    REMEMBERED[index.name] = (size, known, last)
    return known, last


def _header(text: str) -> str:
    """Text that stays within one header line."""
    return re.sub(r"[\x00-\x1f\x7f]", "", text)
