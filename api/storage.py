"""The shared home of originals and evidence: any store that fsspec reaches (`BIDKEEPER_STORE_URL`), so that no node's disk is the only one.

Each node writes into its own data folder as ever; a job ships what is new, and what a node lacks it fetches when it is asked for. In
the store everything stands under its SHA-256: an original and a bid's file as they are, an answer of a portal as a WARC file of its own.
The crawl process knows nothing of this: what it wrote is shipped by the process that started it.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import fsspec
import structlog

from api.settings import Settings
from contracts import originals
from crawler import archive, files
from crawler.items import Page
from crawler.models import Capture

log = structlog.get_logger(__name__)

LEDGER = "shipped.json"  # how far this data folder has been shipped
ANSWERS = "answers"


class NotStored(Exception):
    """Raised when the store lacks a file, gives other bytes, or can't be reached; the sentence names it."""


class StoreUnusable(OSError):
    """Raised for an address of a store that this installation can't speak to; the sentence says what it lacks."""


class Store:
    """Files by name in the store that a URL names (`s3://bucket/folder`, `file:///mnt/shared`, …). Raises StoreUnusable."""

    def __init__(self, url: str) -> None:
        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise StoreUnusable(f"BIDKEEPER_STORE_URL can't be used: {error}") from error

    def has(self, name: str) -> bool:
        return bool(self._files.exists(self._path(name)))

    def put(self, name: str, data: bytes) -> None:
        """Store a file; one that is there is left alone."""
        if not self.has(name):
            self._files.makedirs(self._path(name).rsplit("/", 1)[0], exist_ok=True)
            self._files.pipe_file(self._path(name), data)

    def get(self, name: str) -> bytes:
        """A file's bytes. Raises NotStored."""
        try:
            data: bytes = self._files.cat_file(self._path(name))
        except (OSError, ValueError) as error:
            raise NotStored(f"{name} is not in the store: {error}") from error
        return data

    def remove(self, name: str) -> None:
        """Take a file away; one that is not there is gone already."""
        with suppress(FileNotFoundError):
            self._files.rm_file(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"


def ship(settings: Settings) -> int:
    """Bring what is new in this data folder into the store; how many files. Raises OSError when the store can't be written."""
    store, ledger = Store(settings.store_url), settings.data / LEDGER
    done: dict[str, int] = json.loads(ledger.read_text("utf-8")) if ledger.exists() else {}
    count = 0
    for kind, folder in _folders(settings).items():
        for changed, path in _newer(folder, done.get(kind, 0)):
            store.put(f"{kind}/{path.name[:2]}/{path.name}", path.read_bytes())
            done[kind], count = changed, count + 1
    for index in sorted(settings.archive.glob("*.index")):
        for end, line in _lines(index, done.get(index.name, 0)):
            count += _ship_answer(store, settings.archive, index, line)
            done[index.name] = end
    if count:
        ledger.write_text(json.dumps(done), "utf-8")
    return count


def bring_original(settings: Settings, sha256: str) -> None:
    """Have an original in this data folder, if it is there or in the store, with what was recognised from it."""
    if _bring(settings, "originals", sha256, originals.place(settings.originals, sha256)):
        with suppress(NotStored):
            name = f"originals/{sha256[:2]}/{sha256}{originals.RENDITION}"
            originals.put_rendition(settings.originals, sha256, Store(settings.store_url).get(name))


def bring_document(settings: Settings, sha256: str) -> None:
    """Have a bid's file in this data folder, if it is there or in the store."""
    _bring(settings, files.FOLDER, sha256, files.place(settings.archive, sha256))


def original(settings: Settings, sha256: str) -> bytes:
    """An original's bytes, from this data folder, else from the store. Raises originals.OriginalLost."""
    bring_original(settings, sha256)
    return originals.fetch(settings.originals, sha256)


def remove_original(settings: Settings, sha256: str) -> None:
    """Take an original out of the store, with what was recognised from it."""
    if settings.store_url:
        store, name = Store(settings.store_url), f"originals/{sha256[:2]}/{sha256}"
        for one in (name, name + originals.RENDITION):
            store.remove(one)


def remove_answers(settings: Settings, digests: Iterable[str]) -> None:
    """Take portals' answers out of the store."""
    if settings.store_url:
        store = Store(settings.store_url)
        for sha256 in digests:
            store.remove(_answer(sha256))


def answer(settings: Settings, capture: Capture) -> Page:
    """What a portal answered: from this data folder, else from the store. Raises NotKept."""
    try:
        return _own_answer(settings, capture)
    except archive.NotKept as error:
        place = settings.data / _answer(capture.sha256)
        if not place.exists() and not settings.store_url:
            raise
        try:
            kept = place.read_bytes() if place.exists() else Store(settings.store_url).get(_answer(capture.sha256))
        except NotStored as missing:
            raise archive.NotKept(f"{error}; {missing}") from error
    with TemporaryDirectory() as folder:
        (Path(folder) / "kept-0000-00.warc.gz").write_bytes(kept)
        return archive.read(Path(folder), "kept-0000-00.warc.gz", 0)


def _own_answer(settings: Settings, capture: Capture) -> Page:
    """From this node's evidence. Another's has files of the same names: what stands in ours at that place may be another answer."""
    page = archive.read(settings.archive, capture.archive or "", capture.archive_offset or 0)
    if hashlib.sha256(page.body).hexdigest() != capture.sha256:
        raise archive.NotKept(f"{capture.archive} holds another answer at {capture.archive_offset}")
    return page


def gather(settings: Settings, copy: Path) -> None:
    """Have in this data folder all that the rows of a SQLite copy name and the store holds: for a backup. Raises NotStored."""
    store = Store(settings.store_url)
    with closing(sqlite3.connect(copy)) as rows:
        for (sha256,) in rows.execute("SELECT DISTINCT sha256 FROM document"):
            bring_original(settings, sha256)
        for (sha256,) in rows.execute("SELECT DISTINCT sha256 FROM tenderdocument WHERE sha256 IS NOT NULL"):
            bring_document(settings, sha256)
        for (sha256,) in rows.execute("SELECT DISTINCT sha256 FROM capture WHERE archive IS NOT NULL"):
            place = settings.data / _answer(sha256)
            if not place.exists() and store.has(_answer(sha256)):
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(store.get(_answer(sha256)))


def _folders(settings: Settings) -> dict[str, Path]:
    return {"originals": settings.originals, files.FOLDER: settings.archive / files.FOLDER}


def _newer(folder: Path, than: int) -> list[tuple[int, Path]]:
    """Files of a folder by digest that changed after a time (nanoseconds), oldest first; those being written are left out."""
    whole = (path for path in folder.glob("??/*") if len(path.name.removesuffix(originals.RENDITION)) == 64)
    found = ((path.stat().st_mtime_ns, path) for path in whole)
    return sorted((changed, path) for changed, path in found if changed > than)


def _lines(index: Path, read: int) -> Iterator[tuple[int, list[str]]]:
    """The lines of an index of evidence after `read` bytes, each with where it ends."""
    with index.open("rb") as file:
        file.seek(read)
        for line in file:
            if not line.endswith(b"\n"):
                return
            read += len(line)
            yield read, line.decode("utf-8", "replace").rstrip("\n").split("\t")


def _ship_answer(store: Store, folder: Path, index: Path, line: list[str]) -> bool:
    """One answer as a WARC file of its own; False for one that only repeats another, or is stored already."""
    digest, offset, taken = line[0], line[1], line[3]
    if digest == "-" or store.has(_answer(digest)):
        return False
    page = archive.read(folder, index.name.replace(".index", ".warc.gz"), int(offset))
    with TemporaryDirectory() as alone:
        name, start = archive.write(Path(alone), page, datetime.fromisoformat(taken), source="kept")
        store.put(_answer(digest), (Path(alone) / name).read_bytes()[start:])
    return True


def _bring(settings: Settings, kind: str, sha256: str, place: Path) -> bool:
    """Whether the file has just been fetched from the store."""
    if place.exists() or not settings.store_url:
        return False
    try:
        data = Store(settings.store_url).get(f"{kind}/{sha256[:2]}/{sha256}")
    except NotStored as error:
        log.warning("not_in_store", kind=kind, reason=str(error))
        return False
    if hashlib.sha256(data).hexdigest() != sha256:
        log.error("store_gives_other_bytes", kind=kind, sha256=sha256)
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.new")
    beside.write_bytes(data)
    beside.replace(place)
    return True


def _answer(sha256: str) -> str:
    return f"{ANSWERS}/{sha256[:2]}/{sha256}.warc.gz"
