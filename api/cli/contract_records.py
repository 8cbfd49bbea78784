"""More of `bidkeeper contracts`: parties, sites, staff, options and amendments; how long contracts are kept, holds, disposal."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

import typer

from api import retaining
from api.accounts.models import FIRST_ORGANISATION
from api.cli import CommandError, now, open_database, print_json
from api.cli.common import NO_OBLIGATION, contract_named, day, today
from api.cli.place import anywhere, at
from api.settings import Settings
from contracts import duties, events, holds, particulars, retention, terms
from contracts.models import RenewalOption
from notifier import redaction

NO_TERM = "there is no term {term}: `bidkeeper contracts show` lists them"

AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document")]
By = Annotated[str, typer.Option(help="who does this")]
KindOf = Annotated[str, typer.Argument(help=" | ".join(particulars.KINDS))]


@anywhere
def record(
    contract: str,
    kind: KindOf,
    words: Annotated[list[str], typer.Argument(metavar="FIELD=TEXT…", help="such as role=supplier name='Shoreline Rehab'")],
    *,
    by: By,
) -> None:
    """Record a party, site, listed member of staff, option to renew, or amendment."""
    title, number = at(add)(contract, kind, dict(_pair(word) for word in words), by)
    typer.echo(f"{kind} {number} of {title} is recorded")


@anywhere
def remove(contract: str, kind: KindOf, number: int, *, by: By) -> None:
    """Take one of them off the contract; what it said stays in the audit log."""
    title = at(take_off)(contract, kind, number, by)
    typer.echo(f"{kind} {number} of {title} is removed")


@anywhere
def exercise(contract: str, option: int, *, on: Annotated[str, typer.Option(metavar="DAY")], by: By) -> None:
    """Record that an option to renew was used; from now on its months count."""
    title, position, when = at(use)(contract, option, day(on), by)
    typer.echo(f"option {position} of {title} was used on {when}")


@anywhere
def happened(
    contract: str,
    term: Annotated[int, typer.Argument(help="id of the confirmed term that counts")],
    *,
    on: Annotated[str, typer.Option(metavar="DAY")],
    case: Annotated[str, typer.Option(help="your own reference; never a worker's name or claim number")],
    what: Annotated[str, typer.Option(help="what it makes due, such as “Discharge report”")] = "",
    owner: Annotated[str | None, typer.Option(help="who looks after it")] = None,
) -> None:
    """Record that something happened (a discharge, a service, the end of a program); says what is due by when."""
    if redaction.find(f"{case} {what}"):
        raise CommandError("name the case by your own reference, without the worker's name or claim number")
    made = at(note_event)(contract, term, day(on), {"case": case, "what": what, "owner": owner})
    typer.echo(f"obligation {made['id']}: {made['title']}, due {made['due']} ({made['basis']})")


@anywhere
def assign(obligation: int, owner: Annotated[str, typer.Argument(help="who looks after it; - for nobody")]) -> None:
    """Say who looks after an obligation."""
    given = at(give)(obligation, None if owner == "-" else owner)
    typer.echo(f"obligation {obligation} is {given or 'nobody'}'s")


@anywhere
def hold(contract: str, *, reason: Annotated[str, typer.Option(help="why it must be kept")], by: By) -> None:
    """Keep a contract from being disposed of until the hold is lifted."""
    number, title = at(place_hold)(contract, reason, by)
    typer.echo(f"hold {number} keeps {title}")


@anywhere
def lift(number: Annotated[int, typer.Argument(metavar="HOLD")], *, by: By) -> None:
    """Lift a hold."""
    at(end_hold)(number, by)
    typer.echo(f"hold {number} is lifted")


@anywhere
def retention_(
    *,
    months: Annotated[int | None, typer.Option(help="how long contracts are kept after their end")] = None,
    basis: Annotated[str, typer.Option(help="where that time comes from")] = "",
    automatic: Annotated[bool, typer.Option("--automatic", help="the clock disposes of what is due")] = False,
    by: Annotated[str, typer.Option(help="who sets it")] = "",
    as_json: AsJson = False,
) -> None:
    """How long contracts are kept, what is due to be disposed of, and which holds stand; with --months, set it."""
    if months is not None:
        at(set_rule)(months, basis, automatic=automatic, by=by)
    shown = at(kept_how_long)()
    if as_json:
        print_json(shown)
        return
    kept = shown["rule"]
    typer.echo(
        f"contracts are kept {kept['months']} months after their end ({kept['basis']})"
        if kept
        else "no time is set: contracts stay"
    )
    for one in shown["due"]:
        typer.echo(f"due since {one['since']}: contract {one['contract']}, {one['title']}{' (held)' if one['held'] else ''}")
    for one in shown["holds"]:
        typer.echo(f"hold {one['id']} on {one['subject']}: {one['reason']}")


@anywhere
def dispose(contract: str, *, reason: Annotated[str, typer.Option(help="why")], by: By) -> None:
    """Remove a contract with its documents, terms and originals for good; the audit log keeps their digests."""
    typer.echo(f"{at(remove_for_good)(contract, reason, by)} is disposed of")


def add(contract: str, kind: str, given: dict[str, str], by: str) -> tuple[str, int]:
    """The contract's title and the number of what was recorded; raises CommandError."""
    with open_database(Settings()).write() as session:
        row = contract_named(session, contract)
        try:
            return row.title, particulars.add(session, row, kind, given, by=by, now=now()).id or 0
        except particulars.BadParticular as error:
            raise CommandError(str(error)) from error


def take_off(contract: str, kind: str, number: int, by: str) -> str:
    """The title of the contract that something was taken off; raises CommandError."""
    with open_database(Settings()).write() as session:
        row = contract_named(session, contract)
        particulars.remove(session, row, kind, _one(session, row, kind, number), by=by, now=now())
        return row.title


def use(contract: str, option: int, on: date, by: str) -> tuple[str, int, str]:
    """The contract's title, the option's position, and the day on which it was used; raises CommandError."""
    with open_database(Settings()).write() as session:
        row = contract_named(session, contract)
        found = _one(session, row, "option", option)
        assert isinstance(found, RenewalOption)
        try:
            particulars.exercise(session, row, found, on=on, by=by, now=now())
        except particulars.BadParticular as error:
            raise CommandError(str(error)) from error
        return row.title, found.position, str(found.exercised_on)


def note_event(contract: str, term: int, on: date, said: dict[str, Any]) -> dict[str, Any]:
    """The obligation that an event makes (`said`: case, what, owner); raises CommandError."""
    with open_database(Settings()).write() as session:
        row, found = contract_named(session, contract), terms.one(session, term, organisation_id=FIRST_ORGANISATION)
        if found is None:
            raise CommandError(NO_TERM.format(term=term))
        try:
            made = events.happened(
                session, row, found, on, what=said["what"], subject=said["case"], now=now(), owner=said["owner"]
            )
        except events.NoRule as error:
            raise CommandError(str(error)) from error
        return {name: getattr(made, name) for name in ("id", "title", "due", "basis")}


def give(obligation: int, owner: str | None) -> str | None:
    """Who looks after the obligation from now on; raises CommandError."""
    with open_database(Settings()).write() as session:
        row = duties.one(session, obligation, organisation_id=FIRST_ORGANISATION)
        if row is None:
            raise CommandError(NO_OBLIGATION.format(number=obligation))
        return duties.assign(session, row, owner=owner).owner


def place_hold(contract: str, reason: str, by: str) -> tuple[int, str]:
    """The hold's number and the title of the contract that it keeps; raises CommandError."""
    with open_database(Settings()).write() as session:
        row = contract_named(session, contract)
        subject = holds.of("contract", row.id)
        try:
            placed = holds.place(session, subject, organisation_id=FIRST_ORGANISATION, reason=reason, by=by, now=now())
        except holds.NoReason as error:
            raise CommandError(str(error)) from error
        return placed.id or 0, row.title


def end_hold(number: int, by: str) -> None:
    """Lift a hold; raises CommandError."""
    with open_database(Settings()).write() as session:
        row = holds.one(session, number, organisation_id=FIRST_ORGANISATION)
        if row is None:
            raise CommandError(f"there is no hold {number}: `bidkeeper contracts retention` lists them")
        holds.lift(session, row, by=by, now=now())


def set_rule(months: int, basis: str, *, automatic: bool, by: str) -> None:
    """Say how long contracts are kept; raises CommandError."""
    with open_database(Settings()).write() as session:
        try:
            retention.set_rule(
                session,
                organisation_id=FIRST_ORGANISATION,
                months=months,
                basis=basis,
                automatic=automatic,
                by=by or "cli",
                now=now(),
            )
        except retention.BadRule as error:
            raise CommandError(str(error)) from error


def kept_how_long() -> dict[str, Any]:
    """The rule, what is due by it, and the holds that stand."""
    with open_database(Settings()).read() as session:
        rule = retention.rule(session, organisation_id=FIRST_ORGANISATION)
        due = retention.due(session, organisation_id=FIRST_ORGANISATION, today=today())
        standing = holds.listed(session, organisation_id=FIRST_ORGANISATION)
        return {
            "rule": rule and {"months": rule.months, "basis": rule.basis, "automatic": rule.automatic},
            "due": [
                {
                    "contract": one.contract.id,
                    "title": one.contract.title,
                    "ended": one.ended,
                    "since": one.since,
                    "held": bool(one.hold),
                }
                for one in due
            ],
            "holds": [{"id": one.id, "subject": one.subject, "reason": one.reason} for one in standing],
        }


def remove_for_good(contract: str, reason: str, by: str) -> str:
    """The title of the contract that was disposed of; raises CommandError."""
    settings = Settings()
    database = open_database(settings)
    with database.read() as session:
        row = contract_named(session, contract)
    assert row.id is not None
    try:
        retaining.dispose(
            database, settings.originals, row.id, organisation_id=FIRST_ORGANISATION, by=by, reason=reason, now=now()
        )
    except holds.Held as error:
        raise CommandError(str(error)) from error
    return row.title


def _pair(word: str) -> tuple[str, str]:
    name, sign, text = word.partition("=")
    if not sign:
        raise CommandError(f"“{word}” is not FIELD=TEXT, such as name='Shoreline Rehab'")
    return name, text


def _one(session: Any, contract: Any, kind: str, number: int) -> particulars.Row:
    try:
        found = particulars.one(session, contract, kind, number)
    except particulars.BadParticular as error:
        raise CommandError(str(error)) from error
    if found is None:
        raise CommandError(f"{contract.title} has no {kind} {number}: `bidkeeper contracts show` lists them")
    return found


COMMANDS: dict[str, Callable[..., None]] = {
    "happened": happened,
    "assign": assign,
    "record": record,
    "remove": remove,
    "exercise": exercise,
    "hold": hold,
    "lift": lift,
    "retention": retention_,
    "dispose": dispose,
}
