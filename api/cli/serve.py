"""`bidkeeper serve`: pages, clock and outbox in one process on one data folder."""

from typing import Annotated

import typer
import uvicorn
from filelock import FileLock, Timeout

from api.cli import CommandError, now, open_database
from api.serving import application
from api.settings import Settings


def serve(
    port: Annotated[int | None, typer.Option(help="port to listen on; 0 takes any free one")] = None,
    host: Annotated[str | None, typer.Option(help="address to listen on; 127.0.0.1 unless told otherwise")] = None,
) -> None:
    """Serve the pages, look at each source in its rhythm, and send what is due. Stop with Ctrl-C: what is in flight is finished."""
    settings = Settings()
    changed = {name: value for name, value in (("port", port), ("host", host)) if value is not None}
    settings = settings.model_copy(update=changed)
    settings.data.mkdir(parents=True, exist_ok=True)
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
        database = open_database(settings)
        try:
            server = uvicorn.Server(
                uvicorn.Config(
                    application(settings, database, now),
                    host=settings.host,
                    port=settings.port,
                    log_config=None,
                    server_header=False,
                    timeout_graceful_shutdown=10,
                )
            )
            typer.echo(
                f"Bidkeeper is at {settings.public_url} (listening on {settings.host}:{settings.port}, data in {settings.data})"
            )
            server.run()
            if not server.started:
                raise CommandError(f"port {settings.port} on {settings.host} is taken: choose another with --port", 1)
        finally:
            database.close()
