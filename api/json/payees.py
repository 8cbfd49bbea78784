"""Payees as JSON: masked, changed only by two people and a call. A program with the scope `payees` may look and ask, and no more."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool
from sqlmodel import Session

from api import paying
from api.accounts.stepping import WRONG_ROLE, Proved, proved
from api.dependencies import Here, Me, Principal, Services
from api.json.editing import IfMatch, tag, unchanged
from api.json.paging import Page, Paged
from api.json.shapes import Number, Plain
from api.pages.payees import by_, change_of, payee_of, working
from api.problems import Problem, responses
from contracts import payees
from contracts.digits import BankAccount
from contracts.models import Payee, PayeeChange

router = APIRouter(prefix="/api/v1", tags=["payees"])

Line = Annotated[Plain | None, Field(max_length=400)]


async def _reader(request: Request, me: Me) -> Principal:
    """A program with the scope, or a person who showed their second factor lately."""
    if me.key_id is None:
        return await proved(request, me)
    if not me.pays:
        raise Problem(403, f"{WRONG_ROLE} A key needs the scope payees.")
    return me


Reader = Annotated[Principal, Depends(_reader)]


class PayeeItem(BaseModel):
    """A payee; what is secret shows its last three characters."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 2,
                    "number": "P-2041",
                    "legal_name": "Harbour Rehabilitation Ltd.",
                    "address": None,
                    "remittance_email": "accounts@harbour.example",
                    "known_phone": "604 555 0101",
                    "direct_deposit": True,
                    "form_status": "none",
                    "bank_account": "…789",
                    "gst_number": None,
                    "erased": False,
                }
            ]
        }
    )

    id: int
    number: str
    legal_name: str
    address: str | None
    remittance_email: str | None
    known_phone: str | None
    direct_deposit: bool
    form_status: str = Field(description="of the direct-deposit form: none, drafted, sent or accepted")
    bank_account: str | None = Field(description="masked")
    gst_number: str | None = Field(description="masked")
    erased: bool

    @classmethod
    def of(cls, session: Session, row: Payee) -> "PayeeItem":
        """The item that a payee makes."""
        plain = ("id", "number", "legal_name", "address", "remittance_email", "known_phone", "direct_deposit", "form_status")
        shown = payees.masked(session, row)
        return cls.model_validate(
            {name: getattr(row, name) for name in plain}
            | {
                "bank_account": shown.get("bank_account"),
                "gst_number": shown.get("gst_number"),
                "erased": row.erased_at is not None,
            }
        )


class PayeeChangeItem(BaseModel):
    """A change and how far it has come; the fields are named, and never what is to stand in them."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": 5,
                    "payee_id": 2,
                    "fields": ["bank_account"],
                    "reason": "They moved to another bank.",
                    "state": "called_back",
                    "requested_by": "person 1",
                    "requested_at": "2026-07-08T17:00:00Z",
                    "called_back_by": "person 3",
                    "decided_by": None,
                    "effective_at": None,
                    "note": None,
                }
            ]
        },
    )

    id: int
    payee_id: int
    fields: list[str]
    reason: str
    state: str
    requested_by: str
    requested_at: datetime
    called_back_by: str | None
    decided_by: str | None
    effective_at: datetime | None
    note: str | None


class NewPayee(BaseModel):
    """A payee number as on the contract; its details come with a change."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"number": "P-2041", "legal_name": "Harbour Rehabilitation Ltd."}]}
    )

    number: Plain = Field(min_length=1, max_length=100)
    legal_name: Plain = Field(min_length=1, max_length=400)
    known_phone: Annotated[
        Plain | None, Field(max_length=40, description="as on the contract; changes are called back there")
    ] = None


class Account(BaseModel):
    """A Canadian bank account."""

    model_config = ConfigDict(extra="forbid")

    institution: str = Field(pattern=r"^[0-9]{3}$")
    transit: str = Field(pattern=r"^[0-9]{5}$")
    account: str = Field(pattern=r"^[0-9]{7,12}$")


class NewChange(BaseModel):
    """What is to be changed, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"reason": "They moved.", "address": "12 Harbour Road, Nanaimo BC"}]},
    )

    reason: Plain = Field(min_length=1, max_length=1000)
    legal_name: Line = None
    address: Line = None
    remittance_email: Line = None
    known_phone: Line = None
    language: Literal["en", "fr"] | None = None
    gst_number: Line = None
    direct_deposit: StrictBool | None = None
    form_status: Line = None
    bank_account: Account | None = None


class CallBack(BaseModel):
    """The call to the number known before."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"number": "604 555 0101", "spoke_with": "The bookkeeper"}]}
    )

    number: Plain = Field(min_length=1, max_length=100)
    spoke_with: Plain = Field(min_length=1, max_length=400)


class Refusal(BaseModel):
    """Why a change is dropped."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"note": "The payee knows nothing of it."}]})

    note: Plain = Field(min_length=1, max_length=1000)


class Reveal(BaseModel):
    """Which secret is to be shown, and why; the audit log has it first."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"field": "bank_account", "reason": "The bank asks for it."}]}
    )

    field: Literal["bank_account", "gst_number"]
    reason: Plain = Field(min_length=1, max_length=1000)


class Revealed(BaseModel):
    """A secret in clear, this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"field": "bank_account", "value": "001 00011 0123456789"}]})

    field: str
    value: str


@router.get("/payees", responses=responses(403))
async def list_payees(here: Here, me: Reader, paged: Paged) -> Page[PayeeItem]:
    """The organisation's payees, masked."""
    with here.database.read() as session:
        rows = payees.payees(session, organisation_id=me.organisation_id)
        return paged.of(rows, lambda row: PayeeItem.of(session, row), by=lambda row: (row.number, row.id or 0))


@router.post("/payees", status_code=201, responses=responses(403, 409, 422))
async def add_payee(here: Here, me: Reader, wanted: NewPayee) -> PayeeItem:
    """Put a payee number on file."""
    with working(here, me) as (session, keys):
        number, name = wanted.number.strip(), wanted.legal_name.strip()
        if not number or not name:
            raise Problem(422, "Give the payee number and the legal name, as on the contract; nothing was stored.")
        row = payees.create(
            session,
            keys=keys,
            number=number,
            legal_name=name,
            known_phone=(wanted.known_phone or "").strip() or None,
            now=here.clock(),
            by=by_(me),
        )
        return PayeeItem.of(session, row)


@router.get("/payees/{payee_id}", responses=responses(403, 404, 422))
async def show_payee(here: Here, me: Reader, payee_id: Number) -> PayeeItem:
    """One payee, masked."""
    with here.database.read() as session:
        return PayeeItem.of(session, payee_of(session, payee_id, me))


@router.get("/payees/{payee_id}/changes", responses=responses(403, 404, 422))
async def list_changes(here: Here, me: Reader, paged: Paged, payee_id: Number) -> Page[PayeeChangeItem]:
    """A payee's changes, newest first."""
    with here.database.read() as session:
        row = payee_of(session, payee_id, me)
        rows = payees.changes(session, organisation_id=me.organisation_id, payee_id=row.id)
        return paged.of(rows, _item, by=lambda one: (one.id or 0,), down=True)


@router.post("/payees/{payee_id}/changes", status_code=201, responses=responses(403, 404, 409, 422))
async def request_change(here: Here, me: Reader, payee_id: Number, wanted: NewChange) -> PayeeChangeItem:
    """Ask for a change; somebody else calls back and approves it, and it takes effect after a wait."""
    plain = wanted.model_dump(exclude={"reason", "bank_account", "direct_deposit"}, exclude_none=True)
    changes: dict[str, Any] = {name: value.strip() for name, value in plain.items() if value.strip()}
    if wanted.direct_deposit is not None:
        changes["direct_deposit"] = wanted.direct_deposit
    with working(here, me) as (session, keys):
        row = payee_of(session, payee_id, me)
        if wanted.bank_account is not None:
            changes["bank_account"] = BankAccount.parse(**wanted.bank_account.model_dump())
        made = paying.request(session, row, keys=keys, changes=changes, reason=wanted.reason, by=by_(me), now=here.clock())
        return _item(made)


@router.get("/payee-changes", responses=responses(403, 422))
async def list_waiting(here: Here, me: Reader, paged: Paged) -> Page[PayeeChangeItem]:
    """The changes of all payees that wait for somebody or for their day, newest first."""
    with here.database.read() as session:
        rows = payees.changes(session, organisation_id=me.organisation_id)
    return paged.of((row for row in rows if row.state in paying.WAITING), _item, by=lambda one: (one.id or 0,), down=True)


@router.get("/payee-changes/{change_id}", responses=responses(403, 404, 422))
async def show_change(here: Here, me: Reader, response: Response, change_id: Number) -> PayeeChangeItem:
    """One change; the ETag goes back with what is done about it."""
    with here.database.read() as session:
        item = _item(change_of(session, change_id, me))
    response.headers["ETag"] = tag(item)
    return item


@router.post("/payee-changes/{change_id}/call-back", responses=responses(403, 404, 409, 412, 422, 428))
async def call_back(
    here: Here, me: Proved, response: Response, change_id: Number, said: CallBack, if_match: IfMatch = None
) -> PayeeChangeItem:
    """Record that the payee was called on the number known before; for a person only."""
    call = partial(payees.call_back, number=said.number, spoke_with=said.spoke_with)
    return _decided(here, me, response, change_id, if_match, call)


@router.post("/payee-changes/{change_id}/approve", responses=responses(403, 404, 409, 412, 422, 428))
async def approve(here: Here, me: Proved, response: Response, change_id: Number, if_match: IfMatch = None) -> PayeeChangeItem:
    """The second person's yes, to what they read and nothing that came since; for a person only."""
    return _decided(here, me, response, change_id, if_match, paying.approve)


@router.post("/payee-changes/{change_id}/refuse", responses=responses(403, 404, 409, 412, 422, 428))
async def refuse(
    here: Here, me: Proved, response: Response, change_id: Number, said: Refusal, if_match: IfMatch = None
) -> PayeeChangeItem:
    """Drop a change, also while it waits to take effect; for a person only."""
    return _decided(here, me, response, change_id, if_match, partial(paying.refuse, note=said.note))


@router.post("/payees/{payee_id}/reveal", responses=responses(403, 404, 409, 422))
async def reveal(here: Here, me: Proved, payee_id: Number, wanted: Reveal) -> Revealed:
    """Show one secret once; for a person only, and the audit log has it before the answer does."""
    with working(here, me) as (session, keys):
        row = payee_of(session, payee_id, me)
        clear = payees.reveal(session, row, wanted.field, keys=keys, by=by_(me), reason=wanted.reason, now=here.clock())
    return Revealed(field=wanted.field, value=clear)


def _decided(
    here: Services, me: Principal, response: Response, change_id: int, if_match: str | None, work: Callable[..., Any]
) -> PayeeChangeItem:
    """What became of a change by `work`, which is given the session, the row, who does it and when."""
    with working(here, me) as (session, _):
        row = change_of(session, change_id, me)
        unchanged(_item(row), if_match)
        work(session, row, by=by_(me), now=here.clock(), organisation_id=me.organisation_id)
        item = _item(row)
    response.headers["ETag"] = tag(item)
    return item


def _item(row: PayeeChange) -> PayeeChangeItem:
    return PayeeChangeItem.model_validate(row)
