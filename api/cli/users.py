"""`bidkeeper users`: who may sign in, and a way in for those who lost theirs."""

from typing import Annotated

import typer

from api.accounts import store
from api.accounts.models import FIRST_ORGANISATION
from api.accounts.roles import Role
from api.cli import CommandError, now, open_database, print_json
from api.settings import Settings
from notifier.store import InvalidAddress, normal_address

app = typer.Typer(help="People who may sign in.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """People who may sign in."""


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False) -> None:
    """Everyone of this organisation, with their role."""
    with open_database(Settings()).read() as session:
        rows = [
            {"address": person.address, "name": person.name, "role": str(person.role)}
            for person in store.people(session, organisation_id=FIRST_ORGANISATION)
        ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['role']}\t{row['address']}\t{row['name']}")
    if not rows:
        typer.echo("nobody yet: `bidkeeper users add ADDRESS --role owner`")


@app.command()
def add(
    address: Annotated[str, typer.Argument(help="their mail address")],
    role: Annotated[Role, typer.Option(help="what they may do")] = Role.STAFF,
    name: Annotated[str, typer.Option(help="how the pages name them")] = "",
) -> None:
    """Let a person in, and print the link that signs them in once, within a day."""
    settings = Settings()
    try:
        wanted = normal_address(address)
    except InvalidAddress as error:
        raise CommandError(str(error)) from None
    with open_database(settings).write() as session:
        if store.by_address(session, wanted) is not None:
            raise CommandError(f"{wanted} is known already: `bidkeeper users link {wanted}` prints a new way in")
        person = store.add_person(session, organisation_id=FIRST_ORGANISATION, address=wanted, role=role, now=now(), name=name)
        token = store.link(session, person, now=now())
    typer.echo(f"{settings.public_url.rstrip('/')}/sign-in/link/{token}")


@app.command()
def link(address: Annotated[str, typer.Argument(help="their mail address")]) -> None:
    """Print a link that signs a known person in once, within a day; an older one stops working."""
    settings = Settings()
    with open_database(settings).write() as session:
        person = store.by_address(session, address.strip().casefold())
        if person is None:
            raise CommandError(f"nobody here has the address {address}: `bidkeeper users list` shows who is known")
        token = store.link(session, person, now=now())
    typer.echo(f"{settings.public_url.rstrip('/')}/sign-in/link/{token}")
