"""More of `bidkeeper contracts`: facts, what is due, versions side by side, fee schedules, and a whole organisation out and in."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer

from api import journeys
from api.accounts.models import FIRST_ORGANISATION
from api.cli import CommandError, now, open_database, print_json
from api.cli.common import NO_OBLIGATION, contract_named, day, opened, today
from api.cli.place import anywhere, at
from api.settings import Settings
from contracts import agreements, duties, export, fees, obligations, schedules, store
from contracts import compare as comparison

DUE = ("id", "contract_id", "kind", "title", "due", "remind_on", "basis", "owner")

AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document")]
By = Annotated[str, typer.Option(help="who does this")]


@anywhere
def set_(
    contract: str,
    *,
    start: Annotated[str | None, typer.Option(metavar="DAY", help="the first day")] = None,
    end: Annotated[str | None, typer.Option(metavar="DAY", help="the first day after the last")] = None,
    evergreen: Annotated[bool | None, typer.Option(help="it runs until somebody ends it")] = None,
    program: Annotated[str | None, typer.Option(help="the program line it belongs to")] = None,
    number: Annotated[str | None, typer.Option(help="the contract's number")] = None,
    solicitation: Annotated[str | None, typer.Option(help="number of the call it came from; finds the watched tender")] = None,
    ocid: Annotated[str | None, typer.Option(help="the tender it came from")] = None,
    signed: Annotated[str | None, typer.Option(metavar="DAY", help="the day it was signed")] = None,
    maximum: Annotated[str | None, typer.Option(help="the most it may pay, such as 250000.00")] = None,
) -> None:
    """Record what a contract's own page says: when it begins and ends, its numbers, and the tender it came from."""
    given = {
        "start": start and day(start),
        "end": end and day(end),
        "evergreen": evergreen,
        "program": program,
        "number": number,
        "solicitation_number": solicitation,
        "ocid": ocid,
        "date_signed": signed and day(signed),
        "maximum_amount": maximum and _amount(maximum),
    }
    row = at(facts)(contract, {name: value for name, value in given.items() if value is not None})
    came = f", from tender {row['ocid']}" if row["ocid"] else ""
    typer.echo(f"{row['title']}: {row['start'] or '?'} – {'evergreen' if row['evergreen'] else row['end'] or '?'}{came}")


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", "").removeprefix("$"))
    except InvalidOperation:
        raise CommandError(f"“{text}” is no amount: write it as 250000.00") from None


@anywhere
def due(
    contract: str | None = None, *, until: Annotated[str | None, typer.Option(metavar="DAY")] = None, as_json: AsJson = False
) -> None:
    """What is due, and when to be reminded; computed again from what is confirmed."""
    limit = day(until) if until else None
    shown = at(laid_out)(contract, limit)
    if as_json:
        print_json(shown)
        return
    for one in shown:
        typer.echo(f"{one['id']}\t{one['due']}\t{one['title']}\t({one['basis']}; reminder {one['remind_on']})")
    if not shown:
        typer.echo("nothing is due: no confirmed fact makes anything so")


@anywhere
def close(
    obligation: int,
    *,
    by: By,
    waive: Annotated[bool, typer.Option("--waive", help="it need not be done; say why with --note")] = False,
    note: str | None = None,
) -> None:
    """Mark what was due as done, or as waived with a reason."""
    state = at(closed)(obligation, "waived" if waive else "done", note, by)
    typer.echo(f"obligation {obligation} is {state}")


def compare(old: int, new: int, *, as_json: AsJson = False) -> None:
    """What changed between two documents on file, clause by clause."""
    with open_database(Settings()).read() as session:
        texts = []
        for number in (old, new):
            pages = store.pages(session, number, organisation_id=FIRST_ORGANISATION)
            if not pages:
                raise CommandError(f"there is no document {number}: `bidkeeper contracts show` lists them")
            texts.append([page.text for page in pages])
    found = comparison.changes(*texts)
    if as_json:
        print_json(
            [
                {
                    "what": one.what.value,
                    "old": one.old and {"page": one.old.page, "text": one.old.text},
                    "new": one.new and {"page": one.new.page, "text": one.new.text},
                }
                for one in found
            ]
        )
        return
    marks = {"same": "{}", "removed": "[-{}-]", "added": "[+{}+]"}
    for one in found:
        place = one.new or one.old
        assert place is not None
        typer.echo(f"{one.what.value}, page {place.page}: " + " ".join(marks[name].format(words) for name, words in one.words))
    if not found:
        typer.echo("nothing changed")


@anywhere
def import_fees(file: Path, *, contract: Annotated[str, typer.Option(help="id, number or title")], by: By) -> None:
    """Take a fee schedule from CSV or XLSX, confirmed by whoever imports it; all of it or nothing."""
    count, first = at(taken)(file, contract, by)
    typer.echo(f"{count} fees are on file, the first {first}" if count else "the schedule holds no fee")


def export_(folder: Path) -> None:
    """Write everything of the organisation as an open folder: JSON, CSV, originals and OCDS."""
    settings = Settings()
    if folder.exists():
        raise CommandError(f"{folder} is there already: name a folder that does not exist yet")
    with open_database(settings).read() as session:
        export.write(session, folder, organisation_id=FIRST_ORGANISATION, originals_folder=settings.originals, now=now())
    typer.echo(f"everything of the organisation is in {folder}")


def import_(folder: Path) -> None:
    """Read such a folder into an installation that holds no contracts yet."""
    settings = Settings()
    try:
        with open_database(settings).write() as session:
            export.read(session, folder, originals_folder=settings.originals)
    except (export.BadFolder, export.NotEmpty) as error:
        raise CommandError(str(error)) from error
    typer.echo(f"{folder} was read back")


def facts(contract: str, given: dict[str, Any]) -> dict[str, Any]:
    """The contract with these facts of it; raises CommandError."""
    with open_database(Settings()).write() as session:
        row = contract_named(session, contract)
        if given.get("solicitation_number") and "ocid" not in given:
            given |= {"ocid": journeys.tender_of(session, given["solicitation_number"])}
        try:
            agreements.set_facts(
                session, row, {name: value for name, value in given.items() if value is not None}, by="cli", now=now()
            )
        except agreements.BadFact as error:
            raise CommandError(str(error)) from error
        return {name: getattr(row, name) for name in ("title", "start", "end", "evergreen", "ocid")}


def laid_out(contract: str | None, until: date | None) -> list[dict[str, Any]]:
    """What is due, of one contract or all, after it was computed again; raises CommandError."""
    with open_database(Settings()).write() as session:
        rows = [contract_named(session, contract)] if contract else store.contracts(session, organisation_id=FIRST_ORGANISATION)
        for row in rows:
            known = duties.facts(session, row, today=today())
            duties.lay_out(session, row, obligations.duties(known, today=today()), now=now())
        chosen = rows[0].id if contract else None
        found = duties.listed(session, organisation_id=FIRST_ORGANISATION, until=until, contract_id=chosen)
        return [{name: getattr(one, name) for name in DUE} for one in found]


def closed(obligation: int, state: str, note: str | None, by: str) -> str:
    """The state of an obligation that was closed; raises CommandError."""
    with open_database(Settings()).write() as session:
        row = duties.one(session, obligation, organisation_id=FIRST_ORGANISATION)
        if row is None:
            raise CommandError(NO_OBLIGATION.format(number=obligation))
        try:
            return duties.close(session, row, state=state, by=by, now=now(), note=note).state
        except ValueError as error:
            raise CommandError(str(error)) from error


def taken(file: Path, contract: str, by: str) -> tuple[int, str]:
    """How many fee lines of a schedule are on file since, and the first of them; raises CommandError."""
    try:
        lines = schedules.read(opened(file), file.name)
        with open_database(Settings()).write() as session:
            items = schedules.store(session, contract_named(session, contract), lines, by=by, now=now())
    except (schedules.BadSchedule, ValueError) as error:
        raise CommandError(str(error)) from error
    return len(items), fees.named(items[0]) if items else ""


COMMANDS: dict[str, Callable[..., None]] = {
    "set": set_,
    "due": due,
    "close": close,
    "compare": compare,
    "import-fees": import_fees,
    "export": export_,
    "import": import_,
}
