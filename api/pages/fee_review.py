"""The fee lines that were read from a contract, as a grid to correct and decide on together; and a schedule from a spreadsheet."""

import asyncio
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import Response
from sqlmodel import Session

from api.dependencies import Here, Me, Principal
from api.forms import done
from api.languages import N_
from api.pages.contracts import own_contract
from api.problems import Problem
from api.rendering import render
from contracts import fees, schedules
from contracts.models import FeeItem

router = APIRouter(include_in_schema=False)

MOST = 500  # rows decided on at once
BAD_DAY = N_("Nothing was changed: write days as 2026-04-01.")


@router.get("/contracts/{number}/fees")
async def grid(request: Request, here: Here, me: Me, number: str) -> Response:
    """Proposed fee lines, each to be kept, corrected or left out, and those that are confirmed."""
    with here.database.read() as session:
        owner = own_contract(session, number, me)
        rows = fees.listed(session, organisation_id=me.organisation_id, contract_id=owner.id or 0)
    return render(
        request,
        "fee_review.html",
        contract=owner,
        proposed=[row for row in rows if row.status == "proposed"],
        confirmed=[row for row in rows if row.status == "confirmed"],
    )


@router.post("/contracts/{number}/fees")
async def decide(request: Request, here: Here, me: Me, number: str) -> Response:
    """Confirm or reject the chosen rows, all of them or none; `verdict` says which."""
    form = {name: [str(value) for value in values] for name, values in _many(await request.form(max_fields=4 * MOST)).items()}
    chosen = [int(text) for text in form.get("row", [])[:MOST] if text.isascii() and text.isdecimal() and len(text) < 10]
    if not chosen:
        raise Problem(422, "Nothing was changed: choose at least one line.")
    with here.database.write() as session:
        owner = own_contract(session, number, me)
        rows = [_row(session, item_id, owner.id, me) for item_id in chosen]
        try:
            if form.get("verdict") == ["reject"]:
                for row in rows:
                    fees.reject(session, row, by=me.name, now=here.clock())
            else:
                begins, ends = _day(form, "valid_from"), _day(form, "valid_to")
                for row in rows:
                    mended = _mended(session, row, form, by=me.name, now=here.clock())
                    fees.confirm(session, mended, by=me.name, now=here.clock(), valid_from=begins, valid_to=ends)
        except ValueError as error:  # an overlap names both rows
            raise Problem(409, f"Nothing was changed: {str(error).rstrip('.')}.") from None
    return done(f"/contracts/{number}/fees", "fees_decided")


@router.post("/contracts/{number}/fees/import")
async def take_schedule(here: Here, me: Me, number: str, file: Annotated[UploadFile, File()]) -> Response:
    """Take a fee schedule from CSV or XLSX, confirmed by whoever sends it; all of it or nothing."""
    name, data = (file.filename or "schedule")[:200], await file.read()
    try:
        lines = await asyncio.to_thread(schedules.read, data, name)
        with here.database.write() as session:
            schedules.store(session, own_contract(session, number, me), lines, by=me.name, now=here.clock())
    except ValueError as error:  # BadSchedule, or an overlap
        raise Problem(422, f"Nothing was stored: {str(error).rstrip('.')}.") from None
    return done(f"/contracts/{number}/fees", "fees_imported")


def _many(form: Any) -> dict[str, list[Any]]:
    return {name: form.getlist(name) for name in form}


def _row(session: Session, item_id: int, contract_id: int | None, me: Principal) -> FeeItem:
    row = fees.one(session, item_id, organisation_id=me.organisation_id)
    if row is None or row.contract_id != contract_id or row.superseded_at is not None:
        raise Problem(404, "One of these fees is not in this contract, or was replaced: load the page again.")
    return row


def _mended(session: Session, row: FeeItem, form: Mapping[str, list[str]], *, by: str, now: Any) -> FeeItem:
    """The row, or its successor with what was typed over it."""
    typed = {name: next(iter(form.get(f"{name}_{row.id}", [])), "").strip() for name in ("description", "amount", "unit")}
    changes: dict[str, Any] = {}
    if typed["description"] and typed["description"] != row.description:
        changes["description"] = typed["description"][:500]
    if f"unit_{row.id}" in form and typed["unit"] != (row.unit or ""):
        changes["unit"] = typed["unit"][:100] or None
    if typed["amount"] and (amount := _amount(typed["amount"])) != row.amount:
        changes["amount"] = amount
    return fees.corrected(session, row, by=by, now=now, **changes) if changes else row


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text.replace(",", "").removeprefix("$")).quantize(Decimal("0.01"))
    except InvalidOperation:
        raise Problem(422, "Nothing was changed: write amounts as 412.50.") from None
    if amount < 0 or amount >= Decimal(10) ** 12:
        raise Problem(422, "Nothing was changed: write amounts as 412.50.")
    return amount


def _day(form: Mapping[str, list[str]], name: str) -> date | None:
    text = next(iter(form.get(name, [])), "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Problem(422, BAD_DAY) from None
