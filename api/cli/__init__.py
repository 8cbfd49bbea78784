"""The command line: one module a command group, each body short; what goes wrong leaves as one sentence and a status."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import typer

if TYPE_CHECKING:
    from api.database import Database
    from api.settings import Settings


class CommandError(Exception):
    """Raised by a command that can't go on: a sentence that says what, where and what to do, and the exit status."""

    def __init__(self, sentence: str, status: int = 2) -> None:
        super().__init__(sentence)
        self.status = status


def now() -> datetime:
    """The wall clock, read at the edge only."""
    return datetime.now(UTC)


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(document, ensure_ascii=False, default=str))


def open_database(settings: "Settings") -> "Database":
    """The database of these settings, its schema brought up to date; raises CommandError where it can't be written."""
    from api.database import Database  # noqa: PLC0415 - half a second, which help and `parse` can do without
    from api.migrate import upgrade  # noqa: PLC0415

    if file := database_file(settings):
        _check_writable(file)
    database = Database(settings.url)
    upgrade(database)
    return database


def database_file(settings: "Settings") -> Path | None:
    """Where SQLite keeps the database of these settings; None for a database server."""
    return Path(unquote(urlsplit(settings.url).path)[1:]) if settings.url.startswith("sqlite") else None


def _check_writable(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sentence = f"the data folder {path.parent} can't be made: {error.strerror}; name another with BIDKEEPER_DATA"
        raise CommandError(sentence, 1) from None
    # the superuser may write what is marked read-only; the mark is still somebody's wish
    if path.exists() and not path.stat().st_mode & 0o222:
        raise CommandError(
            f"the database {path} is read-only: make it writable (chmod u+w) or name another with BIDKEEPER_DATA", 1
        )
