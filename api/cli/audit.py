"""`bidkeeper audit`: whether the log of what was done is whole."""

import typer

from api.accounts.models import FIRST_ORGANISATION
from api.cli import CommandError, open_database, print_json
from api.settings import Settings
from contracts import audit as log

app = typer.Typer(help="The audit log.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The audit log."""


@app.command()
def verify(*, as_json: bool = typer.Option(False, "--json", help="print one JSON document")) -> None:
    """Walk the chain of entries and name the first broken link; exit status 1 if there is one."""
    with open_database(Settings()).read() as session:
        verdict = log.verify(session, organisation_id=FIRST_ORGANISATION)
    if as_json:
        print_json({"whole": verdict.whole, "entries": verdict.entries, "broken": verdict.broken, "reason": verdict.reason})
    if not verdict.whole:
        raise CommandError(f"the audit log is broken: {verdict.reason}; compare it with a backup", 1)
    if not as_json:
        typer.echo(f"the audit log is whole: {verdict.entries} entries")


@app.command()
def show(*, subject: str | None = None, limit: int = 50, as_json: bool = typer.Option(False, "--json")) -> None:
    """The newest entries."""
    with open_database(Settings()).read() as session:
        rows = log.entries(session, organisation_id=FIRST_ORGANISATION, subject=subject, limit=min(max(limit, 1), 1_000))
    if as_json:
        kept = ("sequence", "actor", "action", "subject", "detail", "digest")
        print_json([{"at": row.at.isoformat()} | {key: getattr(row, key) for key in kept} for row in rows])
        return
    for row in rows:
        typer.echo(f"{row.sequence}\t{row.at:%Y-%m-%d %H:%M:%S} UTC\t{row.actor}\t{row.action}\t{row.subject}")
