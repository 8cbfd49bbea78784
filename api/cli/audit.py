"""`bidkeeper audit`: whether the log of what was done is whole."""

from datetime import datetime
from typing import Any

import typer

from api.accounts.models import FIRST_ORGANISATION
from api.cli import CommandError, open_database, print_json
from api.cli.place import anywhere, at
from api.settings import Settings
from contracts import audit as log

KEPT = ("sequence", "actor", "action", "subject", "detail", "digest")

app = typer.Typer(help="The audit log.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The audit log."""


@app.command()
@anywhere
def verify(*, as_json: bool = typer.Option(False, "--json", help="print one JSON document")) -> None:
    """Walk the chain of entries and name the first broken link; exit status 1 if there is one."""
    verdict = at(walked)()
    if as_json:
        print_json(verdict)
    if not verdict["whole"]:
        raise CommandError(f"the audit log is broken: {verdict['reason']}; compare it with a backup", 1)
    if not as_json:
        typer.echo(f"the audit log is whole: {verdict['entries']} entries")


@app.command()
@anywhere
def show(*, subject: str | None = None, limit: int = 50, as_json: bool = typer.Option(False, "--json")) -> None:
    """The newest entries."""
    rows = at(entries)(subject, min(max(limit, 1), 1_000))
    if as_json:
        print_json(rows)
        return
    for row in rows:
        when = f"{datetime.fromisoformat(row['at']):%Y-%m-%d %H:%M:%S}"
        typer.echo(f"{row['sequence']}\t{when} UTC\t{row['actor']}\t{row['action']}\t{row['subject']}")


def walked() -> dict[str, Any]:
    """What walking the chain found."""
    with open_database(Settings()).read() as session:
        verdict = log.verify(session, organisation_id=FIRST_ORGANISATION)
    return {"whole": verdict.whole, "entries": verdict.entries, "broken": verdict.broken, "reason": verdict.reason}


def entries(subject: str | None, limit: int) -> list[dict[str, Any]]:
    """The newest entries, of one subject or all."""
    with open_database(Settings()).read() as session:
        rows = log.entries(session, organisation_id=FIRST_ORGANISATION, subject=subject, limit=limit)
    return [{"at": row.at.isoformat()} | {name: getattr(row, name) for name in KEPT} for row in rows]
