"""`bidkeeper init`: the first run, and the same again whenever something is to be changed."""

import sys
from typing import Annotated, Any

import typer

from api import configuration, installing
from api.accounts.first import PLACEHOLDER, first_owner_link
from api.accounts.models import FIRST_ORGANISATION
from api.accounts.roles import Role
from api.accounts.store import people
from api.cli import CommandError, now, open_database, print_json
from api.settings import Settings
from notifier.addresses import InvalidAddress, normal_address


def init(
    *,
    public_url: Annotated[str | None, typer.Option(help="address under which people open the pages")] = None,
    owner: Annotated[str | None, typer.Option(envvar="BIDKEEPER_OWNER", help="mail address of the first owner")] = None,
    operator_email: Annotated[str | None, typer.Option(help="who hears when a source can't be seen")] = None,
    smtp_host: Annotated[str | None, typer.Option(help="the mail relay")] = None,
    smtp_port: Annotated[int | None, typer.Option(help="its port")] = None,
    smtp_security: Annotated[str | None, typer.Option(help="starttls, tls or none")] = None,
    smtp_username: Annotated[
        str | None, typer.Option(help="how to sign in to it; its password is asked for or comes by variable")
    ] = None,
    mail_from: Annotated[str | None, typer.Option(help="the sender")] = None,
    mail_postal_address: Annotated[str | None, typer.Option(help="the sender's postal address")] = None,
    ask: Annotated[bool, typer.Option(help="ask on a terminal for what was not given")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Set this installation up: configuration, keys, database, and a link for the first owner. Done again, it keeps what is there."""
    given: dict[str, Any] = {
        "public_url": public_url,
        "operator_email": operator_email,
        "smtp_host": smtp_host,
        "smtp_port": smtp_port,
        "smtp_security": smtp_security,
        "smtp_username": smtp_username,
        "mail_from": mail_from,
        "mail_postal_address": mail_postal_address,
    }
    before = Settings()
    first = not (before.data / configuration.FILE).exists()
    asking = ask and not as_json and sys.stdin.isatty()
    if asking and first and owner is None:
        owner = typer.prompt("Mail address of the first owner (empty: say it later)", default="", show_default=False) or None
    address = _owner(owner)
    values = {name: value for name, value in given.items() if value is not None}
    if asking:
        values |= _asked(before, values)
    installing.prepare(before.data)
    changed = installing.configure(before.data / configuration.FILE, values)
    settings = Settings()
    made = installing.secrets(settings)
    database = open_database(settings)
    try:
        link = first_owner_link(database, settings.public_url, now=now(), address=address)
        with database.read() as session:
            everyone = people(session, organisation_id=FIRST_ORGANISATION)
            owners = [person.address for person in everyone if person.role == Role.OWNER]
    finally:
        database.close()
    done = {
        "configuration": str(settings.data / configuration.FILE),
        "changed": changed,
        "made": [str(path) for path in made],
        "owner": owners[0],
        "owner_link": link,
    }
    if as_json:
        print_json(done)
    else:
        _tell(done, settings, first=first)
    if owner is not None and address not in owners:
        typer.echo(
            f"bidkeeper: {owners[0]} is the owner already: `bidkeeper users add {address} --role owner` adds one", err=True
        )


def _owner(address: str | None) -> str:
    if address is None:
        return PLACEHOLDER
    try:
        return normal_address(address).lower()
    except InvalidAddress as error:
        raise CommandError(str(error)) from None


def _asked(settings: Settings, given: dict[str, Any]) -> dict[str, Any]:
    """What a person answers to the questions that neither an option nor a variable nor the file has answered."""
    answers: dict[str, Any] = {}
    known = {*given, *settings.model_fields_set}
    for name, question in installing.QUESTIONS.items():
        relay = answers.get("smtp_host") or given.get("smtp_host") or settings.smtp_host
        if name in known or (name in installing.NEEDS_RELAY and not relay):
            continue
        default = "" if name in installing.SECRETS else getattr(settings, name)
        answer = typer.prompt(question, default=default, show_default=bool(default), hide_input=name in installing.SECRETS)
        if answer != default:
            answers[name] = answer
    return answers


def _tell(done: dict[str, Any], settings: Settings, *, first: bool) -> None:
    changed = ", ".join(done["changed"]) or ("made, every setting as usual" if first else "nothing changed")
    typer.echo(f"Configuration: {done['configuration']} ({changed})")
    for path in done["made"]:
        typer.echo(f"Made {path}: keep a copy apart from the backups")
    if done["owner_link"]:
        typer.echo(f"This link lets the first owner ({done['owner']}) in, once and within a day; an older one works no more:")
        typer.echo(f"  {done['owner_link']}")
    else:
        typer.echo(f"An owner can sign in already at {settings.public_url}")
    typer.echo("Next: `bidkeeper doctor` says what is missing, `bidkeeper serve` starts the service.")
