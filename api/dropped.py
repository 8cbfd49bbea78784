"""The watched folder: a file put there is put on file, and moved to `done`, or to `refused` with a sentence beside it that says why.

A file in a sub-folder belongs to the contract of that name (its number, title or id); one in the folder itself begins a contract.
Each file is taken once: it is moved after its rows are committed, and the same bytes met again after a crash change nothing.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from filelock import FileLock, Timeout
from sqlmodel import Session

from api import filing
from api.accounts.models import FIRST_ORGANISATION
from api.database import Database
from api.settings import Settings
from contracts import refusals, store
from contracts.models import Contract

log = structlog.get_logger(__name__)

DONE, REFUSED = "done", "refused"
BY = "watched folder"
SETTLED = timedelta(seconds=5)  # a file that changed since may still be on its way in


class NoSuchContract(ValueError):
    """Raised for a sub-folder that no contract is called by."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """What became of one file: the document it is now, or the sentence why not."""

    name: str
    document_id: int | None = None
    refusal: str | None = None


def take_in(database: Database, settings: Settings, *, now: datetime) -> list[Dropped]:
    """File what lies in the watched folder; nothing without one, or while another process is at it."""
    folder = settings.watched_folder
    if folder is None or not folder.is_dir():
        return []
    try:
        with FileLock(settings.data / "watched.lock", timeout=0):
            return [_take(database, settings, folder, path, now=now) for path in _waiting(folder, now)]
    except Timeout:
        return []


def _waiting(folder: Path, now: datetime) -> Iterator[Path]:
    """Files that nobody is writing any more, in the folder and its sub-folders, by name; links and hidden files are left alone."""
    places = [folder, *(place for place in folder.iterdir() if _is_contract(place))]
    for path in sorted(path for place in places for path in place.iterdir()):
        hidden = path.is_symlink() or path.name.startswith(".")
        if not hidden and path.is_file() and path.stat().st_mtime <= (now - SETTLED).timestamp():
            yield path


def _is_contract(place: Path) -> bool:
    return place.is_dir() and not place.is_symlink() and place.name not in {DONE, REFUSED} and not place.name.startswith(".")


def _take(database: Database, settings: Settings, folder: Path, path: Path, *, now: datetime) -> Dropped:
    try:
        read = filing.read(path, settings)
        with database.write() as session:
            owner = _owner(session, path, folder, now)
            filed = filing.file(session, read, owner, folder=settings.originals, now=now, by=BY)
            document_id = filed.document.id
    except (refusals.Unreadable, NoSuchContract) as refusal:
        target = _move(path, folder / REFUSED)
        target.with_name(f"{target.name}.why.txt").write_text(f"{refusal}\n", "utf-8")
        log.warning("dropped_file_refused", file=path.name, reason=str(refusal))
        return Dropped(path.name, refusal=str(refusal))
    _move(path, folder / DONE)
    return Dropped(path.name, document_id)


def _owner(session: Session, path: Path, folder: Path, now: datetime) -> Contract:
    if path.parent == folder:
        return Contract(organisation_id=FIRST_ORGANISATION, title=path.stem, created_at=now)
    named = store.contract_named(session, path.parent.name, organisation_id=FIRST_ORGANISATION)
    if named is None:
        raise NoSuchContract(
            f"{path.name} lies in “{path.parent.name}”, and no contract on file is called so: rename the folder."
        )
    return named


def _move(path: Path, place: Path) -> Path:
    """The file in its new place; beside another of its name it gets a piece of its digest into its own."""
    place.mkdir(exist_ok=True)
    target = place / path.name
    if target.exists():
        target = place / f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}{path.suffix}"
    return path.replace(target)
