"""`bidkeeper users`: organisations, who may sign in to them, and a way in for those who lost theirs."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated, Any

import typer
from sqlmodel import Session

from api.accounts import people, store
from api.accounts.models import FIRST_ORGANISATION, Organisation, Person
from api.accounts.roles import Principal, Role
from api.cli import CommandError, now, open_database, print_json
from api.cli.place import anywhere, at
from api.keys import link_secret
from api.settings import Settings

KNOWN = "{address} is known already: `bidkeeper users link {address}` prints a new way in"
NOBODY = "nobody here has the address {address}: `bidkeeper users list` shows who is known"

app = typer.Typer(help="Organisations and the people who may sign in.", no_args_is_help=True)

Address = Annotated[str, typer.Argument(help="their mail address")]
Tenant = Annotated[int, typer.Option(help="number of the organisation, see `users organisations`")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON document")]


@app.callback()
def _group() -> None:
    """Organisations and the people who may sign in."""


@contextmanager
def operating(organisation: int) -> Iterator[tuple[Session, Principal]]:
    """A session that writes, and the operator as an owner of an organisation; what may not be leaves as its sentence."""
    with closing(open_database(Settings())) as database:
        try:
            with database.write() as session:
                store.first_organisation(session, now=now())
                if session.get(Organisation, organisation) is None:
                    raise CommandError(f"there is no organisation {organisation}: `bidkeeper users organisations` lists them")
                yield session, Principal(organisation, Role.OWNER, "command line")
        except ValueError as error:  # NotPossible, InvalidAddress
            raise CommandError(str(error)) from None


@app.command("list")
@anywhere
def list_(*, organisation: Tenant = FIRST_ORGANISATION, as_json: AsJson = False) -> None:
    """Everyone of an organisation, with their role."""
    rows = at(everyone)(organisation)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['role']}\t{row['address']}\t{row['name']}")
    if not rows:
        typer.echo("nobody yet: `bidkeeper users add ADDRESS --role owner`")


@app.command()
@anywhere
def add(
    address: Address,
    *,
    role: Annotated[Role, typer.Option(help="what they may do")] = Role.STAFF,
    name: Annotated[str, typer.Option(help="how the pages name them")] = "",
    organisation: Tenant = FIRST_ORGANISATION,
    mail: Annotated[bool, typer.Option(help="have the link mailed too")] = False,
) -> None:
    """Let a person in, and print the link that signs them in once, within a day."""
    typer.echo(at(invite)(address, role, name, organisation, mail=mail))


@app.command()
@anywhere
def link(address: Address, *, mail: Annotated[bool, typer.Option(help="have it mailed too")] = False) -> None:
    """Print a link that signs a known person in once, within a day; an older one stops working."""
    typer.echo(at(invite_again)(address, mail=mail))


@app.command()
@anywhere
def role(address: Address, wanted: Annotated[Role, typer.Argument(metavar="ROLE", help="what they may do")]) -> None:
    """Give a known person another role; the last owner stays one."""
    at(give_role)(address, wanted)
    typer.echo(f"{address} is {wanted} now")


@app.command()
@anywhere
def remove(address: Address) -> None:
    """Take a person out: their sessions end at once. The last owner stays."""
    at(take_out)(address)
    typer.echo(f"{address} is taken out")


@app.command()
def organisations(*, as_json: AsJson = False) -> None:
    """The organisations that share this service, each with rows of its own."""
    with closing(open_database(Settings())) as database, database.read() as session:
        rows = [
            {"id": one.id, "name": one.name, "created_at": one.created_at.isoformat()} for one in store.organisations(session)
        ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['id']}\t{row['name'] or '(the first)'}")


@app.command("add-organisation")
def add_organisation(
    name: Annotated[str, typer.Argument(help="what it is called")],
    *,
    owner: Annotated[str, typer.Option(help="mail address of its first owner")],
    mail: Annotated[bool, typer.Option(help="have the link mailed too")] = False,
    as_json: AsJson = False,
) -> None:
    """Make an organisation with its first owner, and print the link that signs the owner in once, within a day."""
    if not name.strip():
        raise CommandError("give the organisation a name")
    with operating(FIRST_ORGANISATION) as (session, _):
        made = store.add_organisation(session, " ".join(name.split()), now=now())
        assert made.id is not None
        link_ = _invited(session, Principal(made.id, Role.OWNER, "command line"), owner, Role.OWNER, mail=mail)
    if as_json:
        print_json({"id": made.id, "name": made.name, "owner_link": link_})
    else:
        typer.echo(f"organisation {made.id}: {made.name}\n{link_}")


def everyone(organisation: int) -> list[dict[str, Any]]:
    """Everyone of an organisation, by address."""
    with closing(open_database(Settings())) as database, database.read() as session:
        return [
            {"address": person.address, "name": person.name, "role": str(person.role)}
            for person in store.people(session, organisation_id=organisation)
        ]


def invite(address: str, role: Role, name: str, organisation: int, *, mail: bool) -> str:
    """The link that lets a new person in; raises CommandError for one who is known."""
    with operating(organisation) as (session, me):
        if store.by_address(session, address) is not None:
            raise CommandError(KNOWN.format(address=address))
        return _invited(session, me, address, role, name=name, mail=mail)


def invite_again(address: str, *, mail: bool) -> str:
    """A new link for a known person; raises CommandError for one who is not."""
    with operating(FIRST_ORGANISATION) as (session, _):
        person = _known(session, address)
        me = Principal(person.organisation_id, Role.OWNER, "command line")
        return _invited(session, me, address, person.role, mail=mail)


def give_role(address: str, role: Role) -> None:
    """Give a known person another role; raises CommandError."""
    with operating(FIRST_ORGANISATION) as (session, _):
        person = _known(session, address)
        people.change_role(session, Principal(person.organisation_id, Role.OWNER, "command line"), person, role, now=now())


def take_out(address: str) -> None:
    """Take a known person out; raises CommandError."""
    with operating(FIRST_ORGANISATION) as (session, _):
        person = _known(session, address)
        people.remove(session, Principal(person.organisation_id, Role.OWNER, "command line"), person, now=now())


def _invited(session: Session, me: Principal, address: str, role: str, *, mail: bool, name: str = "") -> str:
    settings = Settings()
    made = people.invite(session, me, address, role, name=name, secret=link_secret(settings), mail=mail, now=now())
    return f"{settings.public_url.rstrip('/')}/sign-in/link/{made.token}"


def _known(session: Session, address: str) -> Person:
    person = store.by_address(session, address)
    if person is None:
        raise CommandError(NOBODY.format(address=address))
    return person
