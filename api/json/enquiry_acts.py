"""What is done with an enquiry between its draft and its end, as JSON; and what program pages say differently about contacts."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from api.dependencies import Here, Me, Principal, Services
from api.enquiries import document
from api.json.editing import IfMatch, tag, unchanged
from api.json.enquiries import EnquiryItem, own_enquiry
from api.json.paging import Page, Paged
from api.json.shapes import Number, Plain
from api.problems import Problem, responses
from notifier import enquiries, lifecycle, proposals
from notifier.models import Enquiry

router = APIRouter(prefix="/api/v1", tags=["enquiries"])


class Draft(BaseModel):
    """The draft as it is to be; `take_out` replaces the personal data in it that the desk does not need."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"subject": "Rejected invoice", "body": "Which field is wrong?"}]}
    )

    subject: Annotated[Plain | None, Field(max_length=300)] = None
    body: Annotated[Plain | None, Field(max_length=20_000)] = None
    address: Annotated[Plain | None, Field(max_length=254)] = None
    take_out: bool = False


class EnquiryAct(BaseModel):
    """What is done: `call` (with `answered`), `answer`, `note` and `escalate` want `text`, `put-off` days, `wrong-desk` a desk, `review` a verdict."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"act": "call", "text": "They look into it.", "answered": False}]},
    )

    act: Literal["call", "answer", "note", "escalate", "put-off", "wrong-desk", "review", "reopen"]
    text: Plain = Field(default="", max_length=10_000)
    answered: bool = False
    desk: Annotated[Plain | None, Field(max_length=100)] = None
    accept: bool = False
    days: int | None = Field(default=None, ge=1, le=lifecycle.MOST_DAYS, description="business days until it is asked again")


class ProposalItem(BaseModel):
    """What a program page says of a contact that is not what is in use."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": 1,
                    "page": "https://board.example/program",
                    "kind": "phone",
                    "question": "Invoices",
                    "desk": "payment",
                    "old": "604 555 0100",
                    "new": "604 555 0101",
                    "as_of": "2026-07-01",
                    "confidence": "high",
                    "state": "proposed",
                    "decided_by": None,
                }
            ]
        },
    )

    id: int
    page: str
    kind: str
    question: str
    desk: str | None
    old: str | None
    new: str | None
    as_of: date
    confidence: str
    state: str
    decided_by: str | None


class ProposalDecision(BaseModel):
    """Whether it is used from now on."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"accept": True}]})

    accept: bool


@router.patch("/enquiries/{enquiry_id:int}", responses=responses(403, 404, 409, 412, 422, 428))
async def edit_enquiry(
    here: Here, me: Me, response: Response, enquiry_id: Number, wanted: Draft, if_match: IfMatch = None
) -> EnquiryItem:
    """Change a draft; nothing is sent."""

    def work(session: Session, row: Enquiry) -> None:
        unchanged(_item(row, here), if_match)
        if {wanted.subject, wanted.body, wanted.address} != {None}:
            enquiries.edit(
                session,
                row,
                subject=row.subject if wanted.subject is None else wanted.subject,
                body=row.body if wanted.body is None else wanted.body,
                address=wanted.address,
            )
        if wanted.take_out:
            enquiries.take_out(session, row)

    item = _done(here, me, enquiry_id, work)
    response.headers["ETag"] = tag(item)
    return item


@router.post("/enquiries/{enquiry_id}/acts", responses=responses(403, 404, 409, 422))
async def act(here: Here, me: Me, enquiry_id: Number, said: EnquiryAct) -> EnquiryItem:
    """Write down a call, an answer or a note; escalate it; say that the desk was wrong; review such a correction; open what was closed again."""
    if said.act in {"call", "answer", "note"} and not said.text.strip():
        raise Problem(422, "Write down in `text` what was said; nothing was stored.")
    if said.act == "wrong-desk" and (said.desk is None or here.book().desk(said.desk) is None):
        raise Problem(422, "There is no such desk; /api/v1/contacts lists them.")
    if said.act == "put-off" and said.days is None:
        raise Problem(422, "Say in `days` how many business days it is put off; nothing was stored.")
    soon: dict[str, Any] = {"days": here.settings.follow_up_days}
    how: dict[str, Any] = {"by": me.name, "now": here.clock()}
    acts: dict[str, Callable[[Session, Enquiry], Any]] = {
        "call": lambda session, row: enquiries.call(session, row, text=said.text, answered=said.answered, **how, **soon),
        "answer": lambda session, row: enquiries.answer(session, row, text=said.text, **how),
        "note": lambda session, row: enquiries.note(session, row, text=said.text, **how),
        "escalate": lambda session, row: enquiries.escalate(session, row, text=said.text, **how, **soon),
        "put-off": lambda session, row: enquiries.put_off(session, row, days=said.days or 1, **how),
        "wrong-desk": lambda session, row: enquiries.wrong_desk(session, row, right=said.desk or "", **how),
        "review": lambda session, row: enquiries.review(session, row, accept=said.accept),
        "reopen": lambda session, row: enquiries.reopen(session, row, **how),
    }
    return _done(here, me, enquiry_id, acts[said.act])


@router.get("/contact-proposals", responses=responses(422))
async def list_proposals(
    here: Here,
    me: Me,
    paged: Paged,
    state: Annotated[Literal["proposed", "accepted", "rejected", "outdated"] | None, Query()] = None,
) -> Page[ProposalItem]:
    """What program pages say differently, and what was decided about it."""
    with here.database.read() as session:
        rows = proposals.proposals(session, organisation_id=me.organisation_id, state=state)
    return paged.of(rows, ProposalItem.model_validate, by=lambda row: (row.id or 0,))


@router.post("/contact-proposals/{proposal_id}/decision", responses=responses(403, 404, 409, 422))
async def decide(here: Here, me: Me, proposal_id: Number, said: ProposalDecision) -> ProposalItem:
    """Use what the page says, or not."""
    with here.database.write() as session:
        found = proposals.find_one(session, proposal_id, organisation_id=me.organisation_id)
        if found is None:
            raise Problem(404, "There is no such proposal.")
        try:
            row = proposals.decide(session, found, accept=said.accept, by=me.name, now=here.clock())
        except proposals.Decided as error:
            raise Problem(409, f"{error}.") from None
        return ProposalItem.model_validate(row)


def _done(here: Services, me: Principal, enquiry_id: int, work: Callable[[Session, Enquiry], Any]) -> EnquiryItem:
    try:
        with here.database.write() as session:
            row = own_enquiry(session, enquiry_id, me)
            work(session, row)
            return _item(row, here)
    except lifecycle.NotNow as error:
        raise Problem(409, f"{error}.") from None
    except ValueError as error:
        raise Problem(422, f"{error}.") from None


def _item(row: Enquiry, here: Services) -> EnquiryItem:
    return EnquiryItem.model_validate(document(row, now=here.clock()))
