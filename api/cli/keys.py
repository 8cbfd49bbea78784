"""`bidkeeper keys`: keys for programs that use the API; a key is shown once and kept as a digest."""

from typing import Annotated, Any

import typer

from api.accounts import people, store
from api.accounts.models import FIRST_ORGANISATION
from api.accounts.store import SCOPES
from api.cli import CommandError, now, open_database, print_json
from api.cli.place import anywhere, at
from api.cli.users import operating
from api.settings import Settings

NO_KEY = "there is no key {key} in use: `bidkeeper keys list` shows them"

app = typer.Typer(help="Keys for programs that use the API.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keys for programs that use the API."""


@app.command("list")
@anywhere
def list_(as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False) -> None:
    """The keys of this organisation, without their secrets."""
    rows = at(in_use)()
    if as_json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['id']}\t{row['name']}\t{row['scopes']}\tuntil {row['expires_at']}")
    if not rows:
        typer.echo("no key: `bidkeeper keys add NAME --scope read`")


@app.command()
@anywhere
def add(
    name: Annotated[str, typer.Argument(help="what it is for")],
    scope: Annotated[list[str] | None, typer.Option(help=f"what it may do: {', '.join(SCOPES)}; repeat for several")] = None,
    *,
    days: Annotated[int, typer.Option(help="how long it works, a year at most")] = people.MOST_DAYS,
    organisation: Annotated[int, typer.Option(help="whose key it is, see `users organisations`")] = FIRST_ORGANISATION,
) -> None:
    """Make a key and print it: it is never shown again."""
    typer.echo(at(make)(name, scope or [SCOPES[0]], days, organisation))


@app.command()
@anywhere
def revoke(key: Annotated[int, typer.Argument(help="its id, as `keys list` shows it")]) -> None:
    """Make a key useless at once."""
    at(end)(key)
    typer.echo(f"key {key} is revoked")


def in_use() -> list[dict[str, Any]]:
    """The keys that work, newest first, without their secrets."""
    with open_database(Settings()).read() as session:
        return [
            {"id": key.id, "name": key.name, "scopes": " ".join(key.scopes), "expires_at": key.expires_at.isoformat()}
            for key in store.keys(session, organisation_id=FIRST_ORGANISATION)
        ]


def make(name: str, scopes: list[str], days: int, organisation: int) -> str:
    """A new key, whole; raises CommandError for one that may not be."""
    with operating(organisation) as (session, me):
        return people.make_key(session, me, name=name, scopes=scopes, days=days, now=now())[1]


def end(key: int) -> None:
    """Make a key useless; raises CommandError for one that is not in use."""
    with operating(FIRST_ORGANISATION) as (session, me):
        if key not in {one.id for one in store.keys(session, organisation_id=FIRST_ORGANISATION)}:
            raise CommandError(NO_KEY.format(key=key))
        people.revoke_key(session, me, key, now=now())
