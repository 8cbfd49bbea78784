"""`bidkeeper contracts`: keep signed documents, read what they say, and ask them as of a day."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api import filing
from api.accounts.models import FIRST_ORGANISATION
from api.cli import CommandError, contract_records, contract_tools, now, open_database, print_json
from api.cli.common import day
from api.cli.contract_work import answered, confirmed, decidable, filed, listed, paid, read_file, refusing, rejected, whole
from api.cli.place import anywhere, at
from api.settings import Settings
from contracts import documents, fees

app = typer.Typer(help="Signed contracts: what they say, as of a day, with page and quote.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document")]
AsOf = Annotated[str | None, typer.Option(metavar="DAY", help="the day asked about, as 2026-04-01; today if left out")]
OfContract = Annotated[str | None, typer.Option("--contract", help="id, number or title of one contract")]


@app.callback()
def _group() -> None:
    """Signed contracts: what they say, as of a day, with page and quote."""


@app.command()
@anywhere
def add(
    file: Path,
    *,
    title: Annotated[str | None, typer.Option(help="of a new contract; the file's name if left out")] = None,
    number: Annotated[str | None, typer.Option(help="the contract's number")] = None,
    program: Annotated[str | None, typer.Option(help="the program line it belongs to, such as or2")] = None,
    kind: Annotated[str, typer.Option(help=" | ".join(filing.KINDS))] = "agreement",
    contract: OfContract = None,
    version: Annotated[str | None, typer.Option(metavar="DAY", help="the day this version takes effect")] = None,
    replaces: Annotated[int | None, typer.Option(help="id of the document that this version replaces")] = None,
    as_json: AsJson = False,
) -> None:
    """Keep a signed file byte for byte, read its pages and propose its terms and fees."""
    if kind not in filing.KINDS:
        raise CommandError(f"“{kind}” is no kind of document: use one of {', '.join(filing.KINDS)}")
    version_date = day(version) if version else None
    facts = {"title": title, "number": number, "program": program}
    shown = at(filed)(file, facts, kind=kind, contract=contract, version=version_date, replaces=replaces)
    for note in shown["notes"]:
        typer.echo(f"bidkeeper: {file.name}: {note}", err=True)
    if as_json:
        print_json(shown)
    elif not shown["new"]:
        typer.echo(f"{file.name} is already here as document {shown['id']} of contract {shown['contract_id']}")
    else:
        proposed = shown["proposed"]
        counted = f"{_counted(proposed['terms'], 'term')} and {_counted(proposed['fees'], 'fee')} proposed"
        typer.echo(f"document {shown['id']} of contract {shown['contract_id']}: {_counted(shown['pages'], 'page')}, {counted}")


@app.command("list")
@anywhere
def list_(as_json: AsJson = False) -> None:
    """The contracts on file."""
    rows = at(listed)()
    if as_json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['id']}\t{row['number'] or '-'}\t{row['title']}\t{row['start'] or '?'} – {row['end'] or '?'}")
    if not rows:
        typer.echo("no contract is on file: add one with `bidkeeper contracts add FILE`")


@app.command()
@anywhere
def show(contract: Annotated[str | None, typer.Argument(help="id, number or title")] = None, as_json: AsJson = False) -> None:
    """One contract with its documents, terms and fees; all contracts if none is named."""
    if contract is None:
        list_(as_json)
        return
    shown = at(whole)(contract)
    if as_json:
        print_json(shown)
        return
    typer.echo(f"{shown['title']}  ({shown['number'] or 'no number'})  {shown['start'] or '?'} – {shown['end'] or '?'}")
    for document in shown["documents"]:
        typer.echo(
            f"  document {document['id']}: {document['file_name']}, {document['kind']}, {_counted(document['pages'], 'page')}"
        )
        for signature in document["signatures"]:
            typer.echo(f"    {signature['summary']}")
    for kind, rows in shown["particulars"].items():
        for one in rows:
            said = ", ".join(f"{name} {value}" for name, value in one.items() if name != "id" and value is not None)
            typer.echo(f"  {kind} {one['id']}: {said}")
    for term in shown["terms"]:
        typer.echo(
            f"  term {term['id']}: {term['kind']} = {term['value'] or '(not read)'}, page {term['page']}, {term['status']}"
        )
    for fee in shown["fees"]:
        typer.echo(f"  fee {fee['id']}: {fee['code']} {fee['description']} {fee['amount']} {fee['currency']}, {fee['status']}")


@app.command()
@anywhere
def ask(
    question: str,
    *,
    contract: OfContract = None,
    as_of: AsOf = None,
    program: Annotated[str | None, typer.Option(help="of one program line")] = None,
    site: Annotated[str | None, typer.Option(help="of contracts with a site so named")] = None,
    as_json: AsJson = False,
) -> None:
    """What is on file about a question: value and quote with page, or "not recorded"."""
    if not question.strip():
        raise CommandError("the question is empty: ask something like “how long do we have to send the discharge report?”")
    wanted = day(as_of)
    found, place = at(answered)(question, contract, wanted, program, site)
    if as_json:
        print_json(found)
        return
    if place is None:
        typer.echo(f"not recorded (as of {found['as_of']})")
        return
    if place["value"] is not None:
        typer.echo(place["value"])
    typer.echo(f"“{place['quote']}”")
    where = f"paragraph {place['paragraph']}" if place.get("paragraph") else f"page {place['page']}"
    offsets = f", characters {place['start']}–{place['end']}" if place["start"] is not None else ""
    sure = "confirmed" if place["value"] is not None else f"a clause, not confirmed, confidence {place['confidence']:.2f}"
    typer.echo(f"— {place['contract']}, {place['document']}, {where}{offsets}; as of {found['as_of']}; {sure}")


@app.command("fees")
@anywhere
def fees_(code: str, contract: OfContract = None, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """What a fee code is paid on a day, or "not recorded"."""
    wanted = day(as_of)
    shown = at(paid)(code, contract, wanted)
    if as_json:
        print_json({"code": fees.code_key(code), "as_of": wanted.isoformat(), "fees": shown})
        return
    for fee in shown:
        unit = f" {fees.per(fee['unit'])}" if fee["unit"] else ""
        typer.echo(f"{fee['code']}  {fee['description']}  {fee['amount']} {fee['currency']}{unit}")
        typer.echo(f"  — {fee['contract']}, {fee['document'] or 'entered by hand'}, page {fee['page'] or '-'}; {fee['status']}")
    if not shown:
        typer.echo(f"not recorded: no fee {fees.code_key(code)} holds on {wanted}")


@app.command()
def extract(file: Path, as_json: AsJson = False) -> None:
    """The terms, fees and signatures that a file seems to hold; nothing is stored."""
    read = read_file(file)
    found = _extracted(read)
    for note in read.notes:
        typer.echo(f"bidkeeper: {file.name}: {note}", err=True)
    if as_json:
        print_json(found)
        return
    typer.echo(_counted(found["pages"], "page"))
    for term in found["terms"]:
        typer.echo(f"{term['kind']}\t{term['value'] or ''}\tpage {term['page']}\t{term['confidence']:.2f}\t{term['quote'][:100]}")
    for fee in found["fees"]:
        typer.echo(f"fee\t{fee['code']}\t{fee['description']}\t{fee['amount']}\t{fee['unit'] or ''}\tpage {fee['page']}")


@app.command()
@anywhere
def confirm(
    term: int,
    by: Annotated[str, typer.Option(help="who confirms")],
    value: Annotated[str | None, typer.Option(help="the value, if it was read wrong")] = None,
    valid_from: Annotated[str | None, typer.Option(metavar="DAY")] = None,
    valid_to: Annotated[str | None, typer.Option(metavar="DAY", help="the first day after")] = None,
) -> None:
    """Confirm a proposed term, with the value corrected if need be; from then on it answers questions."""
    given = {
        "value": value,
        "valid_from": day(valid_from) if valid_from else None,
        "valid_to": day(valid_to) if valid_to else None,
    }
    done = at(confirmed)(term, {key: each for key, each in given.items() if each is not None}, by)
    typer.echo(f"term {done['id']} is confirmed: {done['kind']} = {done['value'] or '(no value)'}")


@app.command()
@anywhere
def reject(term: int, by: Annotated[str, typer.Option(help="who rejects")]) -> None:
    """Mark a proposed term as wrong."""
    at(rejected)(term, by)
    typer.echo(f"term {term} is rejected")


@app.command("confirm-fee")
def confirm_fee(
    fee: int,
    by: Annotated[str, typer.Option(help="who confirms")],
    valid_from: Annotated[str | None, typer.Option(metavar="DAY")] = None,
    valid_to: Annotated[str | None, typer.Option(metavar="DAY", help="the first day after")] = None,
    closing: Annotated[int | None, typer.Option(help="the fee that this one takes over from on that day")] = None,
) -> None:
    """Confirm a proposed fee for a span of days; two fees of one code never hold on the same day."""
    begins, ends = (day(valid_from) if valid_from else None), (day(valid_to) if valid_to else None)
    with open_database(Settings()).write() as session:
        row = decidable(fees.one(session, fee, organisation_id=FIRST_ORGANISATION), "fee", fee)
        old = None
        if closing is not None:
            old = decidable(fees.one(session, closing, organisation_id=FIRST_ORGANISATION), "fee", closing)
        done = refusing(lambda: fees.confirm(session, row, by=by, now=now(), valid_from=begins, valid_to=ends, closing=old))
        typer.echo(f"{fees.named(done)} is confirmed")


def _extracted(read: documents.ReadDocument) -> dict[str, Any]:
    """Terms and fees proposed from the pages, with the signatures found in the file."""
    from contracts import extraction  # noqa: PLC0415 - loads the trained ranker

    return {**extraction.extract(read.pages).to_json(), "signatures": list(read.signatures)}


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


for name, command in (contract_tools.COMMANDS | contract_records.COMMANDS).items():
    app.command(name)(command)
