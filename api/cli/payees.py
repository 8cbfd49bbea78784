"""`bidkeeper payees`: payee numbers, and changes to them that take two persons, a call and a wait.

Bank and tax numbers are asked for and never given as arguments, which shells and process lists remember.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlmodel import Session

from api import paying
from api.accounts.models import FIRST_ORGANISATION
from api.cli import CommandError, now, open_database, print_json
from api.cli.place import anywhere, at
from api.keys import add_vault_key
from api.settings import Settings
from contracts import holds, payees, vault
from contracts.digits import BadNumber, BankAccount
from contracts.models import Payee, PayeeChange
from contracts.payees import sheets

app = typer.Typer(help="Whom to pay: payee numbers and their bank details.", no_args_is_help=True)

NO_PAYEE = "there is no payee {number}: `bidkeeper payees list` shows those on file"
PAYEE = ("id", "number", "legal_name", "address", "remittance_email", "direct_deposit", "form_status")
CHANGE = ("id", "payee_id", "fields", "reason", "state", "requested_by", "called_back_by", "decided_by", "effective_at")

AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document")]
By = Annotated[str, typer.Option(help="who does this")]


@app.callback()
def _group() -> None:
    """Whom to pay: payee numbers and their bank details."""


@app.command("new-key")
def new_key() -> None:
    """Add a key to the key file (made if it is missing) and make it the current one; `rotate` then wraps data by it."""
    path = Settings().keys
    version = add_vault_key(path)
    typer.echo(f"key {version} is in {path}: keep a copy apart from the backups, nothing can be read without it")


@app.command("list")
@anywhere
def list_(as_json: AsJson = False) -> None:
    """The payees, their numbers masked."""
    rows, waiting = at(on_file)()
    if as_json:
        print_json({"payees": rows, "changes": waiting})
        return
    for row in rows:
        typer.echo(f"{row['number']}\t{row['legal_name']}\taccount {row['bank_account'] or '-'}\tGST {row['gst_number'] or '-'}")
    for change in waiting:
        typer.echo(f"change {change['id']}: {', '.join(change['fields'])} of payee {change['payee_id']}, {change['state']}")
    if not rows:
        typer.echo("no payee is on file: add one with `bidkeeper payees add NUMBER`")


@app.command()
@anywhere
def add(number: str, *, legal_name: Annotated[str, typer.Option(help="as on the contract")], by: By) -> None:
    """Put a payee number on file; its details come with a change."""
    at(put_on_file)(number, legal_name, by)
    typer.echo(f"payee {number} is on file")


@app.command("request-change")
@anywhere
def request_change(
    number: str,
    *,
    by: By,
    reason: Annotated[str, typer.Option(help="why, and who asked")],
    bank: Annotated[bool, typer.Option("--bank", help="ask for a bank account")] = False,
    gst: Annotated[bool, typer.Option("--gst", help="ask for a GST number")] = False,
    legal_name: str | None = None,
    address: str | None = None,
    email: Annotated[str | None, typer.Option(help="where remittance advice goes")] = None,
    phone: Annotated[str | None, typer.Option(help="the number that call-backs go to")] = None,
    direct_deposit: bool | None = None,
    form_status: str | None = None,
) -> None:
    """Ask for a change; another person approves it after a call-back."""
    given = {
        "legal_name": legal_name,
        "address": address,
        "remittance_email": email,
        "known_phone": phone,
        "direct_deposit": direct_deposit,
        "form_status": form_status,
    }
    wanted: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    account = {name: _asked(name) for name in ("institution", "transit", "account")} if bank else None
    if gst:
        wanted["gst_number"] = _asked("GST number")
    change, contact = at(ask_for)(number, wanted, account, reason, by)
    told = f"{contact} is told by mail" if contact else "no contact is on record who could be told"
    typer.echo(f"change {change} is requested; {told}")


@app.command("call-back")
def call_back(
    change: int,
    *,
    by: By,
    number: Annotated[str, typer.Option(help="the number that was called")],
    spoke_with: Annotated[str, typer.Option(help="who confirmed")],
) -> None:
    """Record that the payee was called on the known number and confirmed the change."""
    with _working() as (session, _):
        row = _change(session, change)
        payees.call_back(session, row, number=number, spoke_with=spoke_with, by=by, now=now(), organisation_id=FIRST_ORGANISATION)
        typer.echo(f"change {change} was confirmed by phone")


@app.command()
def approve(change: int, *, by: By) -> None:
    """Approve a change that another person asked for; it takes effect after the cooling-off time."""
    with _working() as (session, _):
        done = paying.approve(session, _change(session, change), by=by, now=now(), organisation_id=FIRST_ORGANISATION)
        typer.echo(f"change {change} is approved and takes effect at {done.effective_at:%Y-%m-%d %H:%M} UTC")


@app.command()
def refuse(change: int, *, by: By, note: Annotated[str, typer.Option(help="why")]) -> None:
    """Drop a change, also while it cools off."""
    with _working() as (session, _):
        paying.refuse(session, _change(session, change), by=by, note=note, now=now(), organisation_id=FIRST_ORGANISATION)
        typer.echo(f"change {change} is refused")


@app.command("apply")
def apply_() -> None:
    """Put into effect what was approved and has cooled off; `serve` does it by itself."""
    with _working() as (session, keys):
        typer.echo(f"{paying.apply(session, keys=keys, now=now())} changes took effect")


@app.command()
def rotate(*, by: By) -> None:
    """Wrap every payee's data key by the current key; stopped half-way, it goes on where it stood."""
    left = 1
    while left:
        with _working() as (session, keys):
            left = payees.rotate(session, keys=keys, now=now(), by=by)
    typer.echo("every payee's data key is wrapped by the current key")


@app.command()
def erase(number: str, *, by: By, reason: Annotated[str, typer.Option(help="why")]) -> None:
    """Destroy a payee's key, so that its numbers open nowhere again; refused while a hold keeps it."""
    with _working() as (session, _):
        payees.erase(session, _payee(session, number), by=by, reason=reason, now=now())
        typer.echo(f"the numbers of payee {number} can't be read any more")


@app.command()
def hold(number: str, *, by: By, reason: Annotated[str, typer.Option(help="why it must be kept")]) -> None:
    """Keep a payee from being erased until `bidkeeper contracts lift` ends the hold."""
    with _working() as (session, _):
        subject = holds.of("payee", _payee(session, number).id)
        placed = holds.place(session, subject, organisation_id=FIRST_ORGANISATION, reason=reason, by=by, now=now())
        typer.echo(f"hold {placed.id} keeps payee {number}")


@app.command()
def export() -> None:
    """Every payee as CSV on standard output, bank and tax numbers masked."""
    with open_database(Settings()).read() as session:
        typer.echo(sheets.write(session, organisation_id=FIRST_ORGANISATION), nl=False)


@app.command("import")
def import_(file: Path, *, by: By, reason: Annotated[str, typer.Option(help="why, and where the file comes from")]) -> None:
    """Take new payees from CSV, all or none; their bank and tax numbers wait for a call and a second person."""
    try:
        lines = sheets.read(file.read_bytes(), file.name)
    except OSError as error:
        raise CommandError(f"{file} can't be opened ({(error.strerror or '').lower()}): check the path") from error
    except sheets.BadSheet as error:
        raise CommandError(str(error)) from error
    with _working() as (session, keys):
        stored = sheets.store(session, lines, keys=keys, by=by, reason=reason, now=now())
        typer.echo(f"{len(stored)} payees are on file; `bidkeeper payees list` shows the changes that wait")


def on_file() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The payees, masked, and the changes that wait."""
    with open_database(Settings()).read() as session:
        rows = [_payee_json(session, row) for row in payees.payees(session, organisation_id=FIRST_ORGANISATION)]
        changes = payees.changes(session, organisation_id=FIRST_ORGANISATION)
        return rows, [_change_json(row) for row in changes if _open(row)]


def put_on_file(number: str, legal_name: str, by: str) -> None:
    """Put a payee number on file; raises CommandError."""
    with _working() as (session, keys):
        payees.create(session, keys=keys, number=number, legal_name=legal_name, now=now(), by=by)


def ask_for(number: str, wanted: dict[str, Any], account: dict[str, str] | None, reason: str, by: str) -> tuple[int, str | None]:
    """The number of the change that was asked for, and the contact who is told; raises CommandError."""
    with _working() as (session, keys):
        row = _payee(session, number)
        changes = wanted | ({"bank_account": BankAccount.parse(**account)} if account else {})
        change = paying.request(session, row, keys=keys, changes=changes, reason=reason, by=by, now=now())
        return change.id or 0, row.remittance_email


@contextmanager
def _working() -> Iterator[tuple[Session, payees.Vault]]:
    """A session and the vault; what is refused leaves as one sentence."""
    settings = Settings()
    try:
        ring = vault.KeyRing.parse(settings.keys.read_text("utf-8"))
    except FileNotFoundError:
        raise CommandError(f"there is no key file {settings.keys}: make one with `bidkeeper payees new-key`") from None
    except vault.VaultError as error:
        raise CommandError(f"the key file {settings.keys} can't be used: {error}") from error
    try:
        with open_database(settings).write() as session:
            yield session, payees.Vault(ring, FIRST_ORGANISATION)
    except (payees.Refused, BadNumber, holds.NoReason, vault.VaultError) as refusal:
        raise CommandError(str(refusal)) from refusal


def _asked(name: str) -> str:
    answer: str = typer.prompt(name, hide_input=True, err=True)
    return answer


def _payee(session: Session, number: str) -> Payee:
    found = payees.payee(session, number, organisation_id=FIRST_ORGANISATION)
    if found is None:
        raise CommandError(NO_PAYEE.format(number=number))
    return found


def _change(session: Session, number: int) -> PayeeChange:
    found = payees.change(session, number, organisation_id=FIRST_ORGANISATION)
    if found is None:
        raise CommandError(f"there is no change {number}: `bidkeeper payees list` shows those waiting")
    return found


def _open(change: PayeeChange) -> bool:
    return change.state in paying.WAITING


def _payee_json(session: Session, row: Payee) -> dict[str, Any]:
    return {key: getattr(row, key) for key in PAYEE} | payees.masked(session, row) | {"erased": row.erased_at is not None}


def _change_json(row: PayeeChange) -> dict[str, Any]:
    return {key: getattr(row, key) for key in CHANGE} | {
        "effective_at": row.effective_at.isoformat(" ") if row.effective_at else None
    }
