"""More of `bidkeeper contracts`: facts, what is due, versions side by side, fee schedules, and a whole organisation out and in."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from api import journeys
from api.accounts.models import FIRST_ORGANISATION
from api.cli import CommandError, now, open_database, print_json
from api.cli.common import contract_named, day, today
from api.settings import Settings
from contracts import agreements, duties, export, fees, obligations, schedules, store
from contracts import compare as comparison

AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document")]
By = Annotated[str, typer.Option(help="who does this")]


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
    with open_database(Settings()).write() as session:
        row = contract_named(session, contract)
        if solicitation and ocid is None:
            given["ocid"] = journeys.tender_of(session, solicitation)
        try:
            agreements.set_facts(
                session, row, {name: value for name, value in given.items() if value is not None}, by="cli", now=now()
            )
        except agreements.BadFact as error:
            raise CommandError(str(error)) from error
        came = f", from tender {row.ocid}" if row.ocid else ""
        typer.echo(f"{row.title}: {row.start or '?'} – {'evergreen' if row.evergreen else row.end or '?'}{came}")


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", "").removeprefix("$"))
    except InvalidOperation:
        raise CommandError(f"“{text}” is no amount: write it as 250000.00") from None


def due(
    contract: str | None = None, *, until: Annotated[str | None, typer.Option(metavar="DAY")] = None, as_json: AsJson = False
) -> None:
    """What is due, and when to be reminded; computed again from what is confirmed."""
    limit = day(until) if until else None
    with open_database(Settings()).write() as session:
        rows = [contract_named(session, contract)] if contract else store.contracts(session, organisation_id=FIRST_ORGANISATION)
        for row in rows:
            facts = duties.facts(session, row, today=today())
            duties.lay_out(session, row, obligations.duties(facts, today=today()), now=now())
        chosen = rows[0].id if contract else None
        found = duties.listed(session, organisation_id=FIRST_ORGANISATION, until=limit, contract_id=chosen)
        kept = ("id", "contract_id", "kind", "title", "due", "remind_on", "basis", "owner")
        shown = [{key: getattr(one, key) for key in kept} for one in found]
    if as_json:
        print_json(shown)
        return
    for one in shown:
        typer.echo(f"{one['id']}\t{one['due']}\t{one['title']}\t({one['basis']}; reminder {one['remind_on']})")
    if not shown:
        typer.echo("nothing is due: no confirmed fact makes anything so")


def close(
    obligation: int,
    *,
    by: By,
    waive: Annotated[bool, typer.Option("--waive", help="it need not be done; say why with --note")] = False,
    note: str | None = None,
) -> None:
    """Mark what was due as done, or as waived with a reason."""
    with open_database(Settings()).write() as session:
        row = duties.one(session, obligation, organisation_id=FIRST_ORGANISATION)
        if row is None:
            raise CommandError(f"there is no obligation {obligation}: `bidkeeper contracts due` lists them")
        try:
            duties.close(session, row, state="waived" if waive else "done", by=by, now=now(), note=note)
        except ValueError as error:
            raise CommandError(str(error)) from error
        typer.echo(f"obligation {obligation} is {row.state}")


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


def import_fees(file: Path, *, contract: Annotated[str, typer.Option(help="id, number or title")], by: By) -> None:
    """Take a fee schedule from CSV or XLSX, confirmed by whoever imports it; all of it or nothing."""
    try:
        lines = schedules.read(file.read_bytes(), file.name)
        with open_database(Settings()).write() as session:
            items = schedules.store(session, contract_named(session, contract), lines, by=by, now=now())
    except OSError as error:
        raise CommandError(f"{file} can't be opened ({(error.strerror or '').lower()}): check the path") from error
    except (schedules.BadSchedule, ValueError) as error:
        raise CommandError(str(error)) from error
    typer.echo(f"{len(items)} fees are on file, the first {fees.named(items[0])}" if items else "the schedule holds no fee")


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


COMMANDS: dict[str, Callable[..., None]] = {
    "set": set_,
    "due": due,
    "close": close,
    "compare": compare,
    "import-fees": import_fees,
    "export": export_,
    "import": import_,
}
