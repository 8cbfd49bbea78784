"""Payees: masked until somebody says why they must be seen; changes take a call and a second person.

Who acts is written down as `person 7`, since people may change their name and address, and must not become a second person by it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from api import exports, paying
from api.accounts import store as accounts
from api.accounts.stepping import Proved
from api.dependencies import Here, Principal, Services
from api.forms import done
from api.languages import LANGUAGES, N_
from api.problems import Problem
from api.rendering import render
from contracts import payees, vault
from contracts.digits import BadNumber, BankAccount
from contracts.models import Payee, PayeeChange

router = APIRouter(include_in_schema=False)

NAMES = {"bank_account": N_("Bank account"), "gst_number": N_("GST number")}
NO_KEY = N_("There is no key file yet, so no payee can be kept: run `bidkeeper payees new-key` on the machine of the service.")
Text = Annotated[str, Form(max_length=400)]


@router.get("/payees")
async def listed(request: Request, here: Here, me: Proved) -> Response:
    """The organisation's payees, numbers masked, and the changes that wait."""
    with here.database.read() as session:
        rows = payees.payees(session, organisation_id=me.organisation_id)
        changes = payees.changes(session, organisation_id=me.organisation_id)
        return render(
            request,
            "payees.html",
            rows=[(row, payees.masked(session, row)) for row in rows],
            waiting=[one for one in changes if one.state in paying.WAITING],
            numbers={row.id: row.number for row in rows},
            no_key=None if here.settings.keys.exists() else NO_KEY,
        )


@router.post("/payees")
async def add(here: Here, me: Proved, number: Text = "", legal_name: Text = "", known_phone: Text = "") -> Response:
    """Put a payee number on file; its details come with a change."""
    if not number.strip() or not legal_name.strip():
        raise Problem(422, "Give the payee number and the legal name, as on the contract; nothing was stored.")
    with working(here, me) as (session, keys):
        payees.create(
            session,
            keys=keys,
            number=number.strip(),
            legal_name=legal_name.strip(),
            known_phone=known_phone.strip() or None,
            now=here.clock(),
            by=by_(me),
        )
    return done("/payees", "saved")


@router.get("/payees/export/{form}")
async def export(here: Here, me: Proved, form: str) -> Response:
    """The list as csv or xlsx, its numbers masked as on the page."""
    columns = ("number", "legal_name", "address", "remittance_email", "known_phone", "language")
    with here.database.read() as session:
        rows = [
            (*(getattr(row, name) for name in columns), masked["bank_account"], masked["gst_number"])
            for row in payees.payees(session, organisation_id=me.organisation_id)
            for masked in (payees.masked(session, row),)
        ]
    return exports.answer(form, exports.Table("payees", (*columns, *NAMES), rows), now=here.clock())


@router.get("/payees/{payee_id}")
async def one(request: Request, here: Here, me: Proved, payee_id: int) -> Response:
    """One payee: what is on record, what waits, and what was changed before."""
    with here.database.read() as session:
        return _page(request, session, me, payee_of(session, payee_id, me))


@router.post("/payees/{payee_id}/changes")
async def request_change(
    here: Here,
    me: Proved,
    payee_id: int,
    reason: Text = "",
    legal_name: Text = "",
    address: Text = "",
    remittance_email: Text = "",
    known_phone: Text = "",
    language: Text = "",
    institution: Text = "",
    transit: Text = "",
    account: Text = "",
    gst_number: Text = "",
) -> Response:
    """Ask for a change of what was filled in; what was typed as a secret is never sent back."""
    plain = {
        "legal_name": legal_name,
        "address": address,
        "remittance_email": remittance_email,
        "known_phone": known_phone,
        "language": language if language in LANGUAGES else "",
        "gst_number": gst_number,
    }
    wanted: dict[str, Any] = {name: value.strip() for name, value in plain.items() if value.strip()}
    with working(here, me) as (session, keys):
        row = payee_of(session, payee_id, me)
        if institution.strip() or transit.strip() or account.strip():
            wanted["bank_account"] = BankAccount.parse(institution, transit, account)
        paying.request(session, row, keys=keys, changes=wanted, reason=reason, by=by_(me), now=here.clock())
    return done(f"/payees/{payee_id}", "change_requested")


@router.post("/payees/changes/{change_id}/call-back")
async def call_back(here: Here, me: Proved, change_id: int, number: Text = "", spoke_with: Text = "") -> Response:
    """Record that the payee was called on the number known before, and confirmed the change."""
    with working(here, me) as (session, _):
        row = change_of(session, change_id, me)
        payees.call_back(
            session, row, number=number, spoke_with=spoke_with, by=by_(me), now=here.clock(), organisation_id=me.organisation_id
        )
    return done(f"/payees/{row.payee_id}", "called_back")


@router.post("/payees/changes/{change_id}/approve")
async def approve(here: Here, me: Proved, change_id: int) -> Response:
    """The second person's yes."""
    with working(here, me) as (session, _):
        row = change_of(session, change_id, me)
        paying.approve(session, row, by=by_(me), now=here.clock(), organisation_id=me.organisation_id)
    return done(f"/payees/{row.payee_id}", "change_approved")


@router.post("/payees/changes/{change_id}/refuse")
async def refuse(here: Here, me: Proved, change_id: int, note: Text = "") -> Response:
    """Drop a change, also while it cools off."""
    if not note.strip():
        raise Problem(422, "Say why the change is refused; nothing was changed.")
    with working(here, me) as (session, _):
        row = change_of(session, change_id, me)
        paying.refuse(session, row, by=by_(me), note=note.strip(), now=here.clock(), organisation_id=me.organisation_id)
    return done(f"/payees/{row.payee_id}", "change_refused")


@router.post("/payees/{payee_id}/reveal")
async def reveal(request: Request, here: Here, me: Proved, payee_id: int, field: Text = "", reason: Text = "") -> Response:
    """Show one secret once; the audit log has it before the page does."""
    if field not in NAMES:
        raise Problem(422, "Choose the bank account or the GST number.")
    with working(here, me) as (session, keys):
        row = payee_of(session, payee_id, me)
        clear = payees.reveal(session, row, field, keys=keys, by=by_(me), reason=reason, now=here.clock())
    with here.database.read() as session:  # a new session: the entry is committed by now
        return _page(request, session, me, payee_of(session, payee_id, me), shown=(NAMES[field], clear))


def _page(request: Request, session: Session, me: Principal, row: Payee, *, shown: tuple[str, str] | None = None) -> Response:
    changes = payees.changes(session, organisation_id=me.organisation_id, payee_id=row.id)
    return render(
        request,
        "payee.html",
        payee=row,
        masked=payees.masked(session, row),
        waiting=[one for one in changes if one.state in paying.WAITING],
        past=[one for one in changes if one.state not in paying.WAITING],
        own=by_(me),
        who=_names(accounts.people(session, organisation_id=me.organisation_id)),
        names=NAMES,
        needs_call=payees.needs_call,
        shown=shown,
    )


def _names(people: Sequence[Any]) -> Callable[[str | None], str]:
    """From `person 7` to a name, for the page."""
    known = {f"person {one.id}": one.name or one.address for one in people}
    return lambda by: known.get(by or "", by or "")


@contextmanager
def working(here: Services, me: Principal) -> Iterator[tuple[Session, payees.Vault]]:
    """A session that writes, and the vault; a refusal leaves as its sentence and nothing is stored."""
    try:
        ring = vault.KeyRing.parse(here.settings.keys.read_text("utf-8"))
    except FileNotFoundError:
        raise Problem(409, NO_KEY) from None
    try:
        with here.database.write() as session:
            yield session, payees.Vault(ring, me.organisation_id)
    except payees.Refused as refusal:
        raise Problem(409, f"Nothing was changed: {refusal}.") from None
    except BadNumber as wrong:
        raise Problem(422, f"Nothing was stored: {wrong}.") from None


def payee_of(session: Session, payee_id: int, me: Principal) -> Payee:
    """One of the organisation's payees; raises Problem 404."""
    row = next((row for row in payees.payees(session, organisation_id=me.organisation_id) if row.id == payee_id), None)
    if row is None:
        raise Problem(404, "There is no such payee.")
    return row


def change_of(session: Session, change_id: int, me: Principal) -> PayeeChange:
    """One of the organisation's changes; raises Problem 404."""
    row = payees.change(session, change_id, organisation_id=me.organisation_id) if 0 < change_id < 2**31 else None
    if row is None:
        raise Problem(404, "There is no such change.")
    return row


def by_(me: Principal) -> str:
    """Who acts, as it is written down: `person 7`, or `key 3` for a program."""
    return f"key {me.key_id}" if me.key_id else f"person {me.person_id}"
