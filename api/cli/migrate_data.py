"""`bidkeeper migrate-data`: everything from one database to another."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.exc import ArgumentError

from api import moving
from api.cli import CommandError, open_database
from api.database import Database
from api.settings import Settings


def migrate_data(
    source: Annotated[str, typer.Argument(metavar="FROM", help="SQLAlchemy address of the database that is left")],
    target: Annotated[str, typer.Argument(metavar="TO", help="address of an empty database, SQLite or PostgreSQL")],
) -> None:
    """Move every row, verified; stop the service first. Broken off, the same command goes on where it stood. Files stay where they are."""
    if source == target:
        raise CommandError("the two addresses are the same")
    leaving, coming = _open(source), _open(target)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)
    )
    try:
        with bar:
            task = bar.add_task("moving", total=moving.rows(leaving))
            moved = moving.move(leaving, coming, progress=lambda table, rows: bar.update(task, advance=rows, description=table))
    except moving.MoveError as error:
        raise CommandError(str(error), 1) from None
    finally:
        leaving.close()
        coming.close()
    typer.echo(f"moved and verified: {sum(moved.values())} rows in {len(moved)} tables; set BIDKEEPER_DATABASE_URL={target}")


def _open(url: str) -> Database:
    try:
        return open_database(Settings(database_url=url))
    except ArgumentError:
        raise CommandError(f'"{url}" is no database address: write sqlite:///path or postgresql+psycopg://…') from None
