"""Backups that verify themselves: a consistent copy of the database, the originals and the evidence, and a list of digests.

Everything but the keys, which are kept elsewhere on purpose. A backup is a folder; its `manifest.json` names every file with its
SHA-256 and how many rows each table has. The database in it is always a SQLite file, whichever it was copied from, so that either can
be restored from it. A restore reads only what the manifest names, and only inside the folder.
"""

import hashlib
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from api import moving, storage
from api.database import Database
from api.migrate import upgrade
from api.settings import Settings
from notifier import standstill

MANIFEST = "manifest.json"
DATABASE = "bidkeeper.db"
FOLDERS = ("originals", "evidence", storage.ANSWERS)
FORMAT = 1
CHUNK = 1 << 20

Progress = Callable[[str], None]


class BackupError(Exception):
    """Raised when a backup can't be made, is damaged, or can't be restored where it was asked to; the sentence says which file."""


def make(settings: Settings, target: Path, *, now: datetime, progress: Progress = lambda _: None) -> Path:
    """Write a new backup folder under `target` and verify it; the service may keep running. Returns the folder."""
    folder = target / f"bidkeeper-{now:%Y%m%dT%H%M%SZ}"
    partial = folder.with_suffix(".partial")
    if folder.exists():
        raise BackupError(f"{folder} is already there: wait a second, or name another folder")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        progress("database")
        # first: what its rows name was on the disk before they were, so the folders copied after it hold it
        (_copy_file if settings.url.startswith("sqlite") else _copy_server)(settings.url, partial / DATABASE)
        _silence(f"sqlite:///{partial / DATABASE}")
        with closing(sqlite3.connect(partial / DATABASE)) as copy:
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, whole in itself
        if settings.store_url:
            progress("store")
            storage.gather(settings, partial / DATABASE)
        for name in FOLDERS:
            progress(name)
            if (settings.data / name).exists():
                shutil.copytree(settings.data / name, partial / name)
        files = {str(path.relative_to(partial)): _digest(path) for path in _files(partial)}
        manifest = {"format": FORMAT, "made_at": now.isoformat(), "rows": rows(partial / DATABASE), "files": files}
        (partial / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        partial.rename(folder)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise BackupError(f"the backup could not be written to {target}: {error.strerror}") from error
    except storage.NotStored as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise BackupError(f"the store does not give what the backup needs: {error}") from error
    except BackupError:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    verify(folder)
    return folder


def verify(folder: Path) -> dict[str, Any]:
    """The manifest, once every file it names is there with its digest and every table has its rows. Raises BackupError."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        files: dict[str, str] = manifest["files"]
    except (OSError, ValueError, KeyError) as error:
        raise BackupError(f"{folder} is no backup: its {MANIFEST} can't be read") from error
    if manifest.get("format") != FORMAT:
        raise BackupError(f"{folder} was written in format {manifest.get('format')}; this version reads format {FORMAT}")
    for name, digest in files.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise BackupError(f"{folder} names a file outside itself ({name}): it was tampered with")
        if not path.is_file() or _digest(path) != digest:
            raise BackupError(f"{path} is missing or damaged: restore from another backup")
    if rows(folder / DATABASE) != manifest["rows"]:
        raise BackupError(f"{folder / DATABASE} does not hold the rows it was saved with")
    return manifest


def restore(folder: Path, settings: Settings, *, progress: Progress = lambda _: None) -> dict[str, Any]:
    """Put a verified backup into the data folder of `settings`, and into the server that they name, if any; both without data.

    Sending is on hold afterwards (see `notifier.standstill`). Returns the manifest. Raises BackupError, changing nothing.
    """
    manifest = verify(folder)
    if there := [name for name in (DATABASE, *FOLDERS) if (settings.data / name).exists()]:
        raise BackupError(f"the data folder {settings.data} is not empty ({there[0]}): restore into a new one (BIDKEEPER_DATA)")
    if settings.database_url.startswith("sqlite"):
        raise BackupError("BIDKEEPER_DATABASE_URL names a SQLite file: a backup is restored into a data folder; unset it first")
    if settings.database_url:
        progress(DATABASE)
        _fill_server(folder / DATABASE, settings.database_url)
    for name in manifest["files"]:
        if name != DATABASE or not settings.database_url:
            progress(name)
            (settings.data / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, settings.data / name)
    _silence(settings.url)
    return manifest


def rows(path: Path) -> dict[str, int]:
    """How many rows each table of a SQLite file has, full-text tables aside. Reads only: not a byte of the file changes."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        names = [name for (name,) in tables if not name.startswith(("fts_", "sqlite_"))]
        return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608


def _copy_file(url: str, target: Path) -> None:
    source = Path(make_url(url).database or "")
    if not source.exists():
        raise BackupError(f"there is no database at {source}: nothing to back up")
    # SQLite's own online copy: one consistent moment, while others read and write
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)


def _copy_server(url: str, target: Path) -> None:
    """One moment of a PostgreSQL, every row compared with what was written."""
    with closing(Database(url)) as server, closing(Database(f"sqlite:///{target}")) as copy:
        upgrade(copy)
        _move(server, copy)


def _silence(url: str) -> None:
    """Have nothing sent from this database until a person says so."""
    with closing(Database(url)) as database, database.write() as session:
        standstill.begin(session)


def _fill_server(source: Path, url: str) -> None:
    """The rows of a backup, maybe of an older version, into an empty PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copyfile(source, Path(folder) / DATABASE)
        with closing(Database(f"sqlite:///{folder}/{DATABASE}")) as copy, closing(Database(url)) as server:
            upgrade(copy)
            upgrade(server)
            _move(copy, server)


def _move(source: Database, target: Database) -> None:
    try:
        moving.move(source, target)
    except moving.MoveError as error:
        raise BackupError(str(error)) from error


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
