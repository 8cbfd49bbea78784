"""`bidkeeper mailbox`: the mail that came in, and what nobody took."""

from contextlib import closing
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api import incoming
from api.cli import CommandError, now, open_database, print_json
from api.database import Database
from api.settings import Settings
from notifier.mailbox import KEPT, MailboxTrouble, listed


def mailbox(
    once: Annotated[bool, typer.Option("--once", help="look into the mailbox now and handle what waits")] = False,
    taken: Annotated[bool, typer.Option("--taken", help="list what was taken instead of what was kept")] = False,
    json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """List the mail that no handler took, newest first; with --once, handle what waits in the mailbox first."""
    settings = Settings()
    with closing(open_database(settings)) as database:
        looked = _look(database, settings) if once else None
        with database.read() as session:
            rows = listed(session, kept=not taken)
    names = ("at", "sender", "subject", "handler", "note")
    documents = [{name: getattr(row, name) for name in names} for row in rows]
    if json:
        print_json({"looked": looked, "messages": documents})
        return
    if looked is not None:
        typer.echo("; ".join(f"{count} taken as {name}" for name, count in looked["taken"].items()) or "nothing was taken")
        typer.echo(f"{looked['kept']} kept in the folder {KEPT}")
    table = Table(*names, box=None, pad_edge=False)
    for one in documents:
        table.add_row(*(escape(str(one[name] or "-")) for name in names))
    Console(soft_wrap=True).print(table)


def _look(database: Database, settings: Settings) -> dict[str, Any]:
    if not incoming.configured(settings):
        raise CommandError("there is no mailbox: set BIDKEEPER_MAILBOX_HOST (IMAP) or BIDKEEPER_MAILBOX_MAILDIR")
    try:
        result = incoming.look(database, settings, now)
    except MailboxTrouble as error:
        raise CommandError(str(error), 1) from None
    return {"taken": dict(result.taken), "kept": result.kept}
