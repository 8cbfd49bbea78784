"""`bidkeeper routes`: what a program page's table of contacts says, and what a person made of it."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api import journeys
from api.accounts.models import FIRST_ORGANISATION
from api.cli import CommandError, now, open_database, print_json
from api.cli.place import anywhere, at
from api.desks import Book, own_desks
from api.settings import Settings
from contracts.days import HOME
from notifier import proposals
from notifier.contacts import ContactsRefused
from notifier.desks import DesksRefused
from notifier.models import RouteProposal
from notifier.routes import NoRoutes

app = typer.Typer(no_args_is_help=True, help="Contacts that program pages state, proposed and decided.")

NONE = "there is no proposal {number}; `bidkeeper routes list` shows what waits"
MOST_BYTES = 20_000_000


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="a saved program page, HTML or text")],
    page: Annotated[str, typer.Option(help="the page's address, which the contacts will name as their source")],
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the day it was saved; today")] = None,
    json: Annotated[bool, typer.Option("--json", help="one JSON array of the new proposals")] = False,
) -> None:
    """Read a saved page and propose what its table says differently; nothing changes until somebody accepts it."""
    settings = Settings()
    if not page.startswith(("https://", "http://")):
        raise CommandError(f"{page} is no page's address: give one that begins with https://")
    text, moment = _text(file), now()
    day = as_of.date() if as_of else moment.astimezone(HOME).date()
    try:
        book = Book.open(own_desks(settings))
        with open_database(settings).write() as session:
            found = journeys.take_routes(
                session, text, source=page, as_of=day, organisation_id=FIRST_ORGANISATION, book=book, now=moment
            )
            rows = [_row(one) for one in found]
    except (NoRoutes, DesksRefused, ContactsRefused) as error:
        raise CommandError(str(error)) from None
    _show(rows, json=json, nothing="The page says nothing that is not in use, waiting or rejected already.")


@app.command("list")
@anywhere
def list_(
    state: Annotated[str, typer.Option(help="proposed, accepted, rejected, outdated or all")] = "proposed",
    json: Annotated[bool, typer.Option("--json", help="one JSON array")] = False,
) -> None:
    """Proposals, those that wait for a decision unless another state is asked for."""
    states = ("proposed", "accepted", "rejected", "outdated", "all")
    if state not in states:
        raise CommandError(f"{state} is no state of a proposal: give one of {', '.join(states)}")
    rows = at(listed)(None if state == "all" else state)
    _show(rows, json=json, nothing="No proposal is here.")


@app.command()
@anywhere
def accept(number: Annotated[int, typer.Argument(help="the proposal's number")]) -> None:
    """Use what a proposal says from now on."""
    _decided(number, accept=True)


@app.command()
@anywhere
def reject(number: Annotated[int, typer.Argument(help="the proposal's number")]) -> None:
    """Leave things as they are; the same is not proposed again."""
    _decided(number, accept=False)


def _decided(number: int, *, accept: bool) -> None:
    at(decide)(number, accept=accept)
    typer.echo(f"proposal {number} {'accepted' if accept else 'rejected'}")


def listed(state: str | None) -> list[dict[str, Any]]:
    """The proposals in a state, or all."""
    with open_database(Settings()).read() as session:
        return [_row(one) for one in proposals.proposals(session, organisation_id=FIRST_ORGANISATION, state=state)]


def decide(number: int, *, accept: bool) -> None:
    """Use what a proposal says, or not; raises CommandError."""
    try:
        with open_database(Settings()).write() as session:
            found = proposals.find_one(session, number, organisation_id=FIRST_ORGANISATION)
            if found is None:
                raise CommandError(NONE.format(number=number))
            proposals.decide(session, found, accept=accept, by="command line", now=now())
    except proposals.Decided as error:
        raise CommandError(str(error)) from None


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise CommandError(f"{file} is larger than {MOST_BYTES:,} bytes: that is no page")
        return file.read_text("utf-8", errors="replace")
    except OSError as error:
        raise CommandError(f"{file} can't be read: {error.strerror}") from None


def _row(one: RouteProposal) -> dict[str, Any]:
    day: date = one.as_of
    return {
        "id": one.id,
        "state": one.state,
        "kind": one.kind,
        "question": one.question or None,
        "desk": one.desk,
        "old": one.old,
        "new": one.new,
        "page": one.page,
        "as_of": day.isoformat(),
        "confidence": one.confidence,
        "decided_by": one.decided_by,
    }


def _show(rows: list[dict[str, Any]], *, json: bool, nothing: str) -> None:
    if json:
        print_json(rows)
        return
    if not rows:
        typer.echo(nothing)
        return
    columns = ("id", "state", "kind", "question", "desk", "old", "new", "as_of", "page")
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(escape(str(row[column] if row[column] is not None else "-")) for column in columns))
    Console().print(table)
