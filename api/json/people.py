"""Who belongs to the organisation, as JSON; and who is asking."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from sqlmodel import Session

from api.accounts import people, store
from api.accounts.models import Person
from api.accounts.people import NotPossible
from api.dependencies import Here, Me, Principal
from api.json.editing import IfMatch, tag, unchanged
from api.json.paging import Page, Paged
from api.json.shapes import Number, Plain
from api.pages.people import found, owner
from api.problems import Problem, responses
from notifier.addresses import InvalidAddress

router = APIRouter(prefix="/api/v1", tags=["people"])

RoleName = Literal["owner", "finance", "staff", "read-only", "auditor"]
PERSON: dict[str, JsonValue] = {
    "id": 7,
    "address": "front-desk@clinic.example",
    "name": "The front desk",
    "role": "staff",
    "second_factor": True,
    "created_at": "2026-07-08T17:00:00Z",
}


class Self(BaseModel):
    """On whose behalf a request acts, and what it may do."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "key report", "organisation": 1, "role": "staff", "scopes": ["read", "write"]}]}
    )

    name: str
    organisation: int
    role: RoleName
    scopes: list[str]


class PersonItem(BaseModel):
    """Somebody who may sign in."""

    model_config = ConfigDict(json_schema_extra={"examples": [PERSON]})

    id: int
    address: str
    name: str
    role: RoleName
    second_factor: bool = Field(description="whether they show a code or a passkey when they sign in")
    created_at: datetime

    @classmethod
    def of(cls, person: Person) -> "PersonItem":
        """The item that a person makes."""
        return cls.model_validate(
            {
                "id": person.id,
                "address": person.address,
                "name": person.name,
                "role": person.role,
                "second_factor": person.has_second_factor,
                "created_at": person.created_at,
            }
        )


class NewPerson(BaseModel):
    """Whom to invite, as what."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"address": "front-desk@clinic.example", "role": "staff"}]}
    )

    address: Plain = Field(min_length=3, max_length=400)
    role: RoleName
    name: Plain = Field(default="", max_length=200)


class Invited(BaseModel):
    """The person, and the link that signs them in once within a day; it is shown this once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"person": PERSON, "link": "https://bids.clinic.example/sign-in/link/3fX…", "mailed": True}]
        }
    )

    person: PersonItem
    link: str
    mailed: bool


class NewRole(BaseModel):
    """What a person is to be."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"role": "finance"}]})

    role: RoleName


@router.get("/me")
async def whoami(me: Me) -> Self:
    """Who this request acts for, and what it may do."""
    return Self.model_validate(
        {"name": me.name, "organisation": me.organisation_id, "role": me.role.value, "scopes": sorted(me.scopes)}
    )


@router.get("/people", responses=responses(403))
async def list_people(here: Here, me: Me, paged: Paged) -> Page[PersonItem]:
    """Everyone of the organisation, by address; for owners and keys with the scope `people`."""
    owner(me)
    with here.database.read() as session:
        rows = store.people(session, organisation_id=me.organisation_id)
    return paged.of(rows, PersonItem.of, by=lambda row: (row.address,))


@router.post("/people", status_code=201, responses=responses(403, 422))
async def invite_person(request: Request, here: Here, me: Me, wanted: NewPerson) -> Invited:
    """Let a person in, or give one a new link; it is mailed where the service has a relay."""
    owner(me)
    mail = bool(here.settings.smtp_host)
    try:
        with here.database.write() as session:
            made = people.invite(
                session,
                me,
                wanted.address,
                wanted.role,
                name=wanted.name,
                secret=request.app.state.link_secret(),
                mail=mail,
                now=here.clock(),
            )
    except (NotPossible, InvalidAddress) as error:
        raise Problem(422, f"{str(error).rstrip('.')}.") from None
    link = f"{here.settings.public_url.rstrip('/')}/sign-in/link/{made.token}"
    return Invited(person=PersonItem.of(made.person), link=link, mailed=mail)


@router.get("/people/{person_id}", responses=responses(403, 404, 422))
async def show_person(here: Here, me: Me, response: Response, person_id: Number) -> PersonItem:
    """One person; the ETag goes back with a change."""
    owner(me)
    with here.database.read() as session:
        item = PersonItem.of(found(session, me, person_id))
    response.headers["ETag"] = tag(item)
    return item


@router.patch("/people/{person_id}", responses=responses(403, 404, 409, 412, 422, 428))
async def change_role(
    here: Here, me: Me, response: Response, person_id: Number, wanted: NewRole, if_match: IfMatch = None
) -> PersonItem:
    """Give a person another role; the last owner stays one."""
    owner(me)
    try:
        with here.database.write() as session:
            person = _read(session, me, person_id, if_match)
            people.change_role(session, me, person, wanted.role, now=here.clock())
            item = PersonItem.of(person)
    except NotPossible as error:
        raise Problem(409, str(error)) from None
    response.headers["ETag"] = tag(item)
    return item


@router.delete("/people/{person_id}", status_code=204, responses=responses(403, 404, 409, 422))
async def remove_person(here: Here, me: Me, person_id: Number) -> Response:
    """Take a person out: their sessions end at once."""
    owner(me)
    try:
        with here.database.write() as session:
            people.remove(session, me, found(session, me, person_id), now=here.clock())
    except NotPossible as error:
        raise Problem(409, str(error)) from None
    return Response(status_code=204)


@router.post("/people/{person_id}/restore", responses=responses(403, 404, 409, 422))
async def restore_person(here: Here, me: Me, person_id: Number) -> PersonItem:
    """Bring back somebody who was taken out, with the role they had; they sign in anew."""
    owner(me)
    try:
        with here.database.write() as session:
            person = people.restore(session, me, person_id, now=here.clock())
            if person is None:
                raise Problem(404, "Nobody of this number was taken out of this organisation.")
            return PersonItem.of(person)
    except NotPossible as error:
        raise Problem(409, str(error)) from None


def _read(session: Session, me: Principal, person_id: int, if_match: str | None) -> Person:
    person = found(session, me, person_id)
    unchanged(PersonItem.of(person), if_match)
    return person
