"""What a contract's own pages name: where it came from, its parties, sites, staff, options and amendments; and holds on it."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import journeys, planning
from api.dependencies import Here, Me
from api.forms import done
from api.languages import N_
from api.pages.contracts import own_contract
from api.problems import Problem
from api.rendering import render
from contracts import agreements, holds, particulars
from contracts.models import RenewalOption

router = APIRouter(include_in_schema=False)

KIND_WORDS = {
    "party": N_("Parties"),
    "site": N_("Sites"),
    "staff": N_("Listed staff"),
    "option": N_("Options to renew"),
    "amendment": N_("Amendments"),
}
FIELD_WORDS = {
    "role": N_("Role"),
    "name": N_("Name"),
    "identifier": N_("Number there"),
    "address": N_("Address"),
    "contact": N_("Contact"),
    "valid_from": N_("From"),
    "valid_to": N_("Until before"),
    "person": N_("Person"),
    "profession": N_("Profession"),
    "number": N_("Number"),
    "months": N_("Months"),
    "notice_months": N_("Notice, in months"),
    "exercised_on": N_("Used on"),
    "rationale": N_("Reason"),
    "effective": N_("In effect from"),
    "document_id": N_("Document number"),
    "position": N_("Turn"),
}


@router.get("/contracts/{number}/particulars")
async def shown(request: Request, here: Here, me: Me, number: str) -> Response:
    """All of them, each kind with a form for one more."""
    with here.database.read() as session:
        owner = own_contract(session, number, me)
        rows = {
            kind: [particulars.shown(kind, row) for row in particulars.listed(session, owner, kind)] for kind in particulars.KINDS
        }
        standing = holds.listed(session, organisation_id=me.organisation_id, subject=holds.of("contract", owner.id))
    return render(
        request,
        "particulars.html",
        contract=owner,
        kinds=particulars.KINDS,
        rows=rows,
        holds=standing,
        roles=particulars.ROLES,
        days=particulars.DAYS,
        kind_words=KIND_WORDS,
        field_words=FIELD_WORDS,
    )


@router.post("/contracts/{number}/origin")
async def set_origin(request: Request, here: Here, me: Me, number: str) -> Response:
    """Record which call and program line the contract came from, whether it runs on, and the most it may pay."""
    form = {name: str(value).strip() for name, value in (await request.form()).items()}
    given: dict[str, Any] = {name: form.get(name, "")[:100] or None for name in ("solicitation_number", "program")}
    given |= {"maximum_amount": _amount(form.get("maximum_amount", "")), "evergreen": form.get("evergreen") == "yes"}
    with here.database.write() as session:
        owner = own_contract(session, number, me)
        if given["solicitation_number"] and not owner.ocid:
            given["ocid"] = journeys.tender_of(session, given["solicitation_number"])
        try:
            agreements.set_facts(session, owner, given, by=me.name, now=here.clock())
        except agreements.BadFact as error:
            raise Problem(422, f"Nothing was changed: {error}.") from None
        planning.plan(session, owner, now=here.clock())
    return done(f"/contracts/{number}/particulars", "saved")


@router.post("/contracts/{number}/particulars/{kind}")
async def add(request: Request, here: Here, me: Me, number: str, kind: str) -> Response:
    """Record one more of a kind."""
    form = {name: str(value)[:2000] for name, value in (await request.form()).items()}
    with here.database.write() as session:
        owner = own_contract(session, number, me)
        try:
            particulars.add(session, owner, kind, form, by=me.name, now=here.clock())
        except particulars.BadParticular as error:
            raise Problem(422, f"Nothing was recorded: {error}.") from None
        planning.plan(session, owner, now=here.clock())
    return done(f"/contracts/{number}/particulars", "saved")


@router.post("/contracts/{number}/particulars/{kind}/{row_id}/{act}")
async def change(request: Request, here: Here, me: Me, number: str, kind: str, row_id: int, act: str) -> Response:
    """Take one off, or record that an option was used."""
    form = await request.form()
    with here.database.write() as session:
        owner = own_contract(session, number, me)
        row = particulars.one(session, owner, kind, row_id) if kind in particulars.KINDS else None
        if row is None or act not in {"remove", "exercise"} or (act == "exercise" and not isinstance(row, RenewalOption)):
            raise Problem(404, "There is no such thing in this contract.")
        if isinstance(row, RenewalOption) and act == "exercise":
            try:
                on = _day(str(form.get("on", ""))) or here.clock().date()
                particulars.exercise(session, owner, row, on=on, by=me.name, now=here.clock())
            except particulars.BadParticular as error:
                raise Problem(409, f"Nothing was changed: {error}.") from None
        else:
            particulars.remove(session, owner, kind, row, by=me.name, now=here.clock())
        planning.plan(session, owner, now=here.clock())
    return done(f"/contracts/{number}/particulars", "taken_off" if act == "remove" else "saved")


@router.post("/contracts/{number}/hold")
async def hold(request: Request, here: Here, me: Me, number: str) -> Response:
    """Keep the contract from being disposed of."""
    reason = str((await request.form()).get("reason", ""))[:400]
    with here.database.write() as session:
        owner = own_contract(session, number, me)
        try:
            subject = holds.of("contract", owner.id)
            holds.place(session, subject, organisation_id=me.organisation_id, reason=reason, by=me.name, now=here.clock())
        except holds.NoReason as error:
            raise Problem(422, f"Nothing was changed: {error}.") from None
    return done(f"/contracts/{number}/particulars", "held")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Problem(422, "Nothing was changed: write days as 2026-04-01.") from None


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text.replace(",", "").removeprefix("$")) if text else None
    except InvalidOperation:
        raise Problem(422, "Nothing was changed: write amounts as 250000.00.") from None
    if amount is not None and not (amount.is_finite() and amount < Decimal(10) ** 12):
        raise Problem(422, "Nothing was changed: write amounts as 250000.00.")
    return amount
