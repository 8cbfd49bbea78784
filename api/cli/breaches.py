"""`bidkeeper breaches`: the register that the law wants, of what went wrong with personal information."""

from contextlib import closing
from datetime import UTC, datetime, time
from typing import Annotated, Any

import typer

from api.accounts import breaches
from api.accounts.models import FIRST_ORGANISATION, Breach
from api.cli import CommandError, now, open_database, print_json
from api.cli.common import day
from api.cli.place import anywhere, at
from api.settings import Settings
from contracts.days import HOME

NONE = "there is no breach {breach} on record: `bidkeeper breaches list` shows them"
WORDS = ("id", "happened", "circumstances", "information", "people", "serious", "assessment", "recorded_by")
TIMES = ("found_at", "reported_at", "told_at", "recorded_at")

app = typer.Typer(help="The register of breaches, kept for 24 months and longer.", no_args_is_help=True)

By = Annotated[str, typer.Option(help="who writes this down")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON document")]


@app.callback()
def _group() -> None:
    """The register of breaches, kept for 24 months and longer."""


@app.command()
@anywhere
def add(
    circumstances: Annotated[str, typer.Argument(help="what happened, and its cause if known")],
    *,
    happened: Annotated[str, typer.Option(help="when, in words: often only a span is known")],
    information: Annotated[str, typer.Option(help="which personal information")],
    assessment: Annotated[str, typer.Option(help="why there is, or is not, a real risk of significant harm")],
    serious: Annotated[bool, typer.Option("--serious/--not-serious", help="whether there is such a risk")],
    by: By,
    people: Annotated[int | None, typer.Option(min=0, help="how many are affected, if known")] = None,
    found: Annotated[str | None, typer.Option(metavar="DAY", help="when it was found; today if left out")] = None,
) -> None:
    """Write a breach down, whether or not it has to be reported."""
    found_at = datetime.combine(day(found), time(12), HOME).astimezone(UTC)
    if not circumstances.strip() or not information.strip() or not assessment.strip():
        raise CommandError("say what happened, which information it is about, and how the risk was judged; nothing was stored")
    words = {"happened": happened, "circumstances": circumstances, "information": information, "assessment": assessment}
    number = at(record)(words, serious=serious, people=people, found_at=found_at, by=by)
    typer.echo(f"breach {number} is on record")
    if serious:
        typer.echo(
            f"a real risk of significant harm: report it to the Privacy Commissioner and tell the people, then `bidkeeper breaches reported {number}`"
        )


@app.command()
@anywhere
def reported(
    breach: int,
    *,
    commissioner: Annotated[bool, typer.Option("--commissioner", help="it was reported to the Commissioner")] = False,
    people: Annotated[bool, typer.Option("--people", help="the people were told")] = False,
    by: By,
) -> None:
    """Note that a breach was reported, or its people told."""
    if not (commissioner or people):
        raise CommandError("say --commissioner, --people or both")
    at(note)(breach, commissioner=commissioner, people=people, by=by)
    typer.echo(f"breach {breach}: noted")


@app.command("list")
@anywhere
def list_(*, as_json: AsJson = False) -> None:
    """The register, newest first."""
    rows = at(register)()
    if as_json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['id']}\t{row['found_at']}\t{'serious' if row['serious'] else 'not serious'}\t{row['circumstances']}")
    if not rows:
        typer.echo("no breach is on record")


def record(words: dict[str, str], *, serious: bool, people: int | None, found_at: datetime, by: str) -> int:
    """The number under which a breach was written down."""
    with closing(open_database(Settings())) as database, database.write() as session:
        row = breaches.record(
            session,
            organisation_id=FIRST_ORGANISATION,
            **words,
            serious=serious,
            people=people,
            found_at=found_at,
            by=by,
            now=now(),
        )
        return row.id or 0


def note(breach: int, *, commissioner: bool, people: bool, by: str) -> None:
    """Note whom a breach was told to; raises CommandError for one that is not there."""
    with closing(open_database(Settings())) as database, database.write() as session:
        row = breaches.one(session, breach, organisation_id=FIRST_ORGANISATION)
        if row is None:
            raise CommandError(NONE.format(breach=breach))
        breaches.reported(session, row, commissioner=commissioner, people=people, by=by, now=now())


def register() -> list[dict[str, Any]]:
    """Every breach on record, newest first."""
    with closing(open_database(Settings())) as database, database.read() as session:
        return [_document(row) for row in breaches.breaches(session, organisation_id=FIRST_ORGANISATION)]


def _document(row: Breach) -> dict[str, Any]:
    times = {name: moment.isoformat() if (moment := getattr(row, name)) else None for name in TIMES}
    return {name: getattr(row, name) for name in WORDS} | times
