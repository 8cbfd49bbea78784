"""Enquiries and contacts as JSON."""

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from api import journeys
from api.dependencies import Here, Me, Principal
from api.enquiries import document, message_document
from api.json.editing import tag
from api.json.paging import Page, Paged
from api.json.shapes import Number, Plain
from api.outgoing import posting
from api.problems import Problem, responses
from notifier import enquiries, lifecycle
from notifier.addresses import InvalidAddress
from notifier.models import Enquiry
from notifier.plaintext import LONGEST
from notifier.response_times import by_desk

COUNTED = 100_000  # enquiries that statistics are made of
router = APIRouter(prefix="/api/v1", tags=["enquiries"])


class MessageItem(BaseModel):
    """One thing said: out, in, call, automatic, bounce or note."""

    id: int
    kind: str
    at: str
    by: str
    subject: str
    text: str
    message_id: str | None


class FlagItem(BaseModel):
    """Personal data that the desk does not need and that still stands in the draft."""

    kind: str
    text: str


class EnquiryItem(BaseModel):
    """A question that was put to a desk; `messages` only where one enquiry is asked for."""

    id: int
    state: str
    desk: str
    routed_to: str
    address: str
    subject: str
    question: str
    body: str
    asker: str
    asker_name: str
    via: str | None
    outcome: str | None
    created_at: str
    asked_at: str | None
    answered_at: str | None
    follow_up_at: str | None
    escalated_at: str | None
    closed_at: str | None
    overdue: bool
    right_desk: str | None
    correction: str | None
    removed: dict[str, int]
    flags: list[FlagItem]
    messages: list[MessageItem] | None = None


class DeskItem(BaseModel):
    """What was seen of a desk; `days` is the median of business days to an answer, null without one."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={"examples": [{"desk": "payment", "asked": 9, "answered": 7, "waiting": 2, "days": 3, "misroutes": 1}]},
    )

    desk: str
    asked: int
    answered: int
    waiting: int
    days: float | None
    misroutes: int


class NewEnquiry(BaseModel):
    """A question to draft a message from; without `desk` the router chooses. Nothing is sent."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"question": "Our invoice was rejected", "asker": "office@clinic.example"}]},
    )

    question: Plain = Field(min_length=1, max_length=LONGEST)
    desk: str | None = Field(default=None, max_length=100)
    asker: Plain = Field(default="", max_length=254, description="mail address that the answer goes to")
    asker_name: Plain = Field(default="", max_length=200)


class Sending(BaseModel):
    """What to send: changes to the draft, or `text` for a further mail of its thread; `let_pass` names kinds of flagged data."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"let_pass": []}]})

    subject: Plain | None = Field(default=None, max_length=300)
    body: Plain | None = Field(default=None, max_length=20_000)
    address: Plain | None = Field(default=None, max_length=254)
    text: Plain | None = Field(default=None, max_length=20_000)
    let_pass: list[str] = Field(default_factory=list, max_length=20)


class Closing(BaseModel):
    """How it ended."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"outcome": "answered"}]})

    outcome: str = Field(description=", ".join(lifecycle.OUTCOMES))
    text: Plain = Field(default="", max_length=2000)


@router.get("/enquiries", responses=responses(422))
async def list_enquiries(
    here: Here,
    me: Me,
    paged: Paged,
    text: Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")] = "",
    state: Annotated[str | None, Query(pattern="^(draft|asked|answered|closed)$")] = None,
) -> Page[EnquiryItem]:
    """The organisation's enquiries, newest first, that hold every word of `text`."""
    with here.database.read() as session:
        rows = enquiries.search(
            session,
            organisation_id=me.organisation_id,
            text=text,
            state=state,
            before=paged.number(),
            limit=paged.limit + 1,
        )
    return paged.cut(rows, lambda row: EnquiryItem.model_validate(document(row, now=here.clock())), by=lambda row: row.id)


@router.post("/enquiries", status_code=201, responses=responses(422))
async def draft_enquiry(here: Here, me: Me, wanted: NewEnquiry) -> EnquiryItem:
    """Draft a message to the desk that a question belongs to."""
    book = here.book()
    if wanted.desk is not None and book.desk(wanted.desk) is None:
        raise Problem(422, "There is no such desk; /api/v1/contacts lists them.")
    try:
        with here.database.write() as session:
            row = journeys.open_enquiry(
                session,
                wanted.question,
                organisation_id=me.organisation_id,
                book=book,
                asker=wanted.asker,
                asker_name=wanted.asker_name,
                by=me.name,
                token=secrets.token_hex(10),
                now=here.clock(),
                desk=wanted.desk,
            )
    except InvalidAddress as error:
        raise Problem(422, f"{error}.") from None
    return EnquiryItem.model_validate(document(row, now=here.clock()))


@router.get("/enquiries/statistics")
async def statistics(here: Here, me: Me, paged: Paged) -> Page[DeskItem]:
    """By desk: how long answers take, and how often it was the wrong one."""
    with here.database.read() as session:
        rows = by_desk(enquiries.search(session, organisation_id=me.organisation_id, limit=COUNTED))
    return paged.of(enumerate(rows), lambda numbered: DeskItem.model_validate(numbered[1]), by=lambda numbered: (numbered[0],))


@router.get("/enquiries/{enquiry_id:int}", responses=responses(404, 422))
async def show_enquiry(here: Here, me: Me, response: Response, enquiry_id: Number) -> EnquiryItem:
    """One enquiry with its thread; the ETag, which leaves the thread aside, goes back with a change of the draft."""
    with here.database.read() as session:
        row = own_enquiry(session, enquiry_id, me)
        said = [message_document(one) for one in enquiries.messages(session, row)]
    response.headers["ETag"] = tag(EnquiryItem.model_validate(document(row, now=here.clock())))
    return EnquiryItem.model_validate(document(row, now=here.clock()) | {"messages": said})


@router.post("/enquiries/{enquiry_id}/send", responses=responses(404, 409, 422))
async def send_enquiry(here: Here, me: Me, enquiry_id: Number, wanted: Sending) -> EnquiryItem:
    """Send the draft, or a further mail of its thread. 422 with `flags` while data the desk does not need stands in it."""
    try:
        with here.database.write() as session:
            row = own_enquiry(session, enquiry_id, me)
            if {wanted.subject, wanted.body, wanted.address} != {None}:
                enquiries.edit(
                    session,
                    row,
                    subject=row.subject if wanted.subject is None else wanted.subject,
                    body=row.body if wanted.body is None else wanted.body,
                    address=wanted.address,
                )
            enquiries.send(
                session,
                row,
                posting=posting(here.settings),
                by=me.name,
                now=here.clock(),
                let_pass=wanted.let_pass,
                text=wanted.text,
                days=here.settings.follow_up_days,
            )
    except enquiries.Flagged as error:
        seen = [{"kind": one.kind, "text": one.text} for one in error.findings]
        raise Problem(422, f"{error}; change it, or name the kinds in let_pass.", flags=seen) from None
    except lifecycle.NotNow as error:
        raise Problem(409, f"{error}.") from None
    except ValueError as error:
        raise Problem(422, f"{error}.") from None
    return EnquiryItem.model_validate(document(row, now=here.clock()))


@router.post("/enquiries/{enquiry_id}/close", responses=responses(404, 409, 422))
async def close_enquiry(here: Here, me: Me, enquiry_id: Number, wanted: Closing) -> EnquiryItem:
    """End an enquiry with its outcome."""
    try:
        with here.database.write() as session:
            row = own_enquiry(session, enquiry_id, me)
            enquiries.close(session, row, outcome=wanted.outcome, by=me.name, now=here.clock(), text=wanted.text)
    except lifecycle.NotNow as error:
        raise Problem(409, f"{error}.") from None
    except ValueError as error:
        raise Problem(422, f"{error}.") from None
    return EnquiryItem.model_validate(document(row, now=here.clock()))


@router.get("/contacts")
async def list_contacts(here: Here, me: Me, paged: Paged) -> Page[dict[str, Any]]:
    """Every desk with how to reach it, null where not published; `open_now` at this moment in Pacific time."""
    with here.database.read() as session:
        book = here.book().of(session, me.organisation_id)
    return paged.of(enumerate(book.cards(now=here.clock())), lambda numbered: numbered[1], by=lambda numbered: (numbered[0],))


def own_enquiry(session: Session, enquiry_id: int, me: Principal) -> Enquiry:
    """One of the organisation's enquiries; raises Problem 404."""
    row = enquiries.find_one(session, enquiry_id, organisation_id=me.organisation_id)
    if row is None:
        raise Problem(404, "There is no such enquiry.")
    return row
