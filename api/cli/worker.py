"""`bidkeeper worker`: a node without pages, beside a `bidkeeper serve` on the same PostgreSQL."""

import asyncio
import signal

import typer

from api import logs
from api.cli import CommandError, now, open_database
from api.clock import house_clock
from api.database import Database
from api.outgoing import HELD, sending_is_held
from api.serving import at_work
from api.settings import Settings


def worker() -> None:
    """Look at sources, run the jobs and send what is due, beside `serve`, on any number of machines. Stop with Ctrl-C."""
    logs.configure()
    settings = Settings()
    if settings.url.startswith("sqlite"):
        raise CommandError(
            "a worker needs a PostgreSQL that it shares with `bidkeeper serve`: name it with BIDKEEPER_DATABASE_URL "
            "(on SQLite, `bidkeeper serve` does all the work itself)"
        )
    settings.data.mkdir(parents=True, exist_ok=True)
    database = open_database(settings)
    try:
        typer.echo("Bidkeeper works; stop it with Ctrl-C")
        if sending_is_held(database):
            typer.echo(HELD)
        asyncio.run(_work(settings, database))
    finally:
        database.close()


async def _work(settings: Settings, database: Database) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    async with at_work(settings, database, house_clock(database, now)):
        await stop.wait()
