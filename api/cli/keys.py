"""`bidkeeper keys`: keys for programs that use the API; a key is shown once and kept as a digest."""

from typing import Annotated

import typer

from api.accounts import people, store
from api.accounts.models import FIRST_ORGANISATION
from api.accounts.store import SCOPES
from api.cli import CommandError, now, open_database, print_json
from api.cli.users import operating
from api.settings import Settings

app = typer.Typer(help="Keys for programs that use the API.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keys for programs that use the API."""


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False) -> None:
    """The keys of this organisation, without their secrets."""
    with open_database(Settings()).read() as session:
        rows = [
            {"id": key.id, "name": key.name, "scopes": " ".join(key.scopes), "expires_at": key.expires_at.isoformat()}
            for key in store.keys(session, organisation_id=FIRST_ORGANISATION)
        ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['id']}\t{row['name']}\t{row['scopes']}\tuntil {row['expires_at']}")
    if not rows:
        typer.echo("no key: `bidkeeper keys add NAME --scope read`")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="what it is for")],
    scope: Annotated[list[str] | None, typer.Option(help=f"what it may do: {', '.join(SCOPES)}; repeat for several")] = None,
    *,
    days: Annotated[int, typer.Option(help="how long it works, a year at most")] = people.MOST_DAYS,
    organisation: Annotated[int, typer.Option(help="whose key it is, see `users organisations`")] = FIRST_ORGANISATION,
) -> None:
    """Make a key and print it: it is never shown again."""
    with operating(organisation) as (session, me):
        _row, text = people.make_key(session, me, name=name, scopes=scope or [SCOPES[0]], days=days, now=now())
    typer.echo(text)


@app.command()
def revoke(key: Annotated[int, typer.Argument(help="its id, as `keys list` shows it")]) -> None:
    """Make a key useless at once."""
    with operating(FIRST_ORGANISATION) as (session, me):
        if key not in {one.id for one in store.keys(session, organisation_id=FIRST_ORGANISATION)}:
            raise CommandError(f"there is no key {key} in use: `bidkeeper keys list` shows them")
        people.revoke_key(session, me, key, now=now())
    typer.echo(f"key {key} is revoked")
