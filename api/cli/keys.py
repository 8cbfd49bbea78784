"""`bidkeeper keys`: keys for programs that use the API; a key is shown once and kept as a digest."""

from typing import Annotated

import typer

from api.accounts import store
from api.accounts.models import FIRST_ORGANISATION
from api.accounts.store import SCOPES
from api.cli import CommandError, now, open_database, print_json
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
    scope: Annotated[list[str] | None, typer.Option(help=f"what it may do: {', '.join(SCOPES)}")] = None,
) -> None:
    """Make a key and print it: it is never shown again."""
    wanted = scope or [SCOPES[0]]
    if unknown := [one for one in wanted if one not in SCOPES]:
        raise CommandError(f"there is no scope {unknown[0]}: use {', '.join(SCOPES)}")
    with open_database(Settings()).write() as session:
        text = store.add_key(session, organisation_id=FIRST_ORGANISATION, person_id=None, name=name, scopes=wanted, now=now())
    typer.echo(text)


@app.command()
def revoke(key: Annotated[int, typer.Argument(help="its id, as `keys list` shows it")]) -> None:
    """Make a key useless at once."""
    with open_database(Settings()).write() as session:
        if key not in {one.id for one in store.keys(session, organisation_id=FIRST_ORGANISATION)}:
            raise CommandError(f"there is no key {key} in use: `bidkeeper keys list` shows them")
        store.revoke_key(session, key, organisation_id=FIRST_ORGANISATION, now=now())
    typer.echo(f"key {key} is revoked")
