"""`bidkeeper serve`: pages, clock and outbox in one process; on PostgreSQL beside any number of others."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
import uvicorn
from filelock import FileLock, Timeout

from api import logs
from api.accounts.first import first_owner_link
from api.accounts.gate import door_is_open
from api.cli import CommandError, now, open_database
from api.outgoing import HELD, sending_is_held
from api.serving import application
from api.settings import Settings


def serve(
    port: Annotated[int | None, typer.Option(help="port to listen on; 0 takes any free one")] = None,
    host: Annotated[str | None, typer.Option(help="address to listen on; 127.0.0.1 unless told otherwise")] = None,
) -> None:
    """Serve the pages, look at each source in its rhythm, and send what is due. Stop with Ctrl-C: what is in flight is finished."""
    logs.configure()
    settings = Settings()
    changed = {name: value for name, value in (("port", port), ("host", host)) if value is not None}
    settings = settings.model_copy(update=changed)
    settings.data.mkdir(parents=True, exist_ok=True)
    with _alone(settings):
        listening = _listen(settings)
        port_taken: int = listening.getsockname()[1]
        settings = settings.model_copy(update={"port": port_taken})
        if "public_url" not in settings.model_fields_set:
            settings = settings.model_copy(update={"public_url": f"http://{settings.host}:{port_taken}"})
        database = open_database(settings)
        try:
            app = application(settings, database, now)
            server = uvicorn.Server(uvicorn.Config(app, log_config=None, server_header=False, timeout_graceful_shutdown=10))
            typer.echo(f"Bidkeeper is at {settings.public_url} (data in {settings.data}); stop it with Ctrl-C")
            if not door_is_open(settings) and (link := first_owner_link(database, settings.public_url, now=now())):
                typer.echo(f"Nobody can sign in yet. This link lets the owner in, once and within a day:\n  {link}")
            if sending_is_held(database):
                typer.echo(HELD)
            server.run(sockets=[listening])
        finally:
            listening.close()
            database.close()


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """On SQLite one process works in a data folder; PostgreSQL is made for several."""
    if not settings.url.startswith("sqlite"):
        yield
        return
    lock = FileLock(settings.data / "serve.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise CommandError(
            f"another `bidkeeper serve` already works in the data folder {settings.data}: stop it first, "
            "or name another folder with BIDKEEPER_DATA",
            1,
        ) from None
    with lock:
        yield


def _listen(settings: Settings) -> socket.socket:
    """The socket that answers, bound before anything starts; raises CommandError when the address can't be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        sentence = f"{settings.host}:{settings.port} can't be listened on ({error.strerror}): choose another with --port"
        raise CommandError(sentence, 1) from None
    return listening
