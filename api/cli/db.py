"""`bidkeeper db`: the schema of the database."""

import typer

from api.cli import open_database
from api.settings import Settings

app = typer.Typer(help="The database's schema.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The database's schema."""


@app.command()
def upgrade() -> None:
    """Bring the schema up to date; harmless when it is."""
    from api.migrate import current  # noqa: PLC0415

    database = open_database(Settings())
    typer.echo(f"the database stands at revision {current(database)}")
