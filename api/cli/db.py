"""`bidkeeper db`: the schema of the database."""

from typing import Annotated

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


@app.command()
def revision(message: Annotated[str, typer.Argument(help="what changes, in the imperative")]) -> None:
    """Write the migration for what the models say and the schema does not yet; read it before committing."""
    from alembic import command  # noqa: PLC0415

    from api.migrate import config  # noqa: PLC0415

    database = open_database(Settings())
    with database.engine.connect() as connection:
        settings = config()
        settings.attributes["connection"] = connection
        command.revision(settings, message=message, autogenerate=True)
