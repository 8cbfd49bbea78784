"""Owners: inviting people, changing their roles, taking them out, and the keys of programs."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.accounts import people
from api.accounts.models import Person
from api.accounts.roles import Principal
from api.dependencies import Here, Me
from api.forms import done
from api.languages import N_, _
from api.pages.account import show
from api.problems import Problem

router = APIRouter(include_in_schema=False)

MAILED = N_("A mail with this link is on its way to %(address)s; it signs in once, within a day")
BY_HAND = N_("Hand this link to %(address)s; it signs in once, within a day")


@router.post("/account/people")
async def invite(
    request: Request,
    here: Here,
    me: Me,
    address: Annotated[str, Form(max_length=400)] = "",
    role: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Add a person, or give one a new link; it is mailed where there is a relay, and shown once in any case."""
    owner(me)
    mail = bool(here.settings.smtp_host)
    try:
        with here.database.write() as session:
            secret = request.app.state.link_secret()
            made = people.invite(session, me, address, role, secret=secret, mail=mail, now=here.clock())
    except ValueError as error:  # NotPossible, InvalidAddress
        return show(request, here, me, error=str(error))
    url = f"{here.settings.public_url.rstrip('/')}/sign-in/link/{made.token}"
    return show(request, here, me, shown=(_(MAILED if mail else BY_HAND) % {"address": made.person.address}, url))


@router.post("/account/people/{person_id}/role")
async def change_role(here: Here, me: Me, person_id: int, role: Annotated[str, Form(max_length=20)] = "") -> Response:
    """Give a person another role."""
    owner(me)
    try:
        with here.database.write() as session:
            people.change_role(session, me, found(session, me, person_id), role, now=here.clock())
    except people.NotPossible as error:
        raise Problem(409, _(str(error))) from None
    return done("/account", "role_changed")


@router.post("/account/people/{person_id}/end")
async def end_person(here: Here, me: Me, person_id: int) -> Response:
    """Take a person out: their sessions end at once. The last owner stays."""
    owner(me)
    try:
        with here.database.write() as session:
            people.remove(session, me, found(session, me, person_id), now=here.clock())
    except people.NotPossible as error:
        raise Problem(409, _(str(error))) from None
    return done("/account", "person_ended", of=person_id)


@router.post("/account/people/{person_id}/restore")
async def restore_person(here: Here, me: Me, person_id: int) -> Response:
    """Bring back somebody who was taken out; they sign in anew."""
    owner(me)
    try:
        with here.database.write() as session:
            if people.restore(session, me, person_id if 0 < person_id < 2**31 else 0, now=here.clock()) is None:
                raise Problem(404, N_("Nobody of this number was taken out of this organisation."))
    except people.NotPossible as error:
        raise Problem(409, _(str(error))) from None
    return done("/account", "person_restored")


@router.post("/account/keys")
async def add_key(
    request: Request,
    here: Here,
    me: Me,
    name: Annotated[str, Form(max_length=100)] = "",
    scope: Annotated[list[str], Form(max_length=10)] = [],  # noqa: B006 - FastAPI copies it
    days: Annotated[int, Form(ge=-1, le=10_000)] = 90,
) -> Response:
    """Make an API key; it is shown once."""
    owner(me)
    try:
        with here.database.write() as session:
            _row, text = people.make_key(session, me, name=name, scopes=scope, days=days, now=here.clock())
    except people.NotPossible as error:
        return show(request, here, me, error=str(error))
    return show(request, here, me, shown=(_("Keep this key now; it is not shown again"), text))


@router.post("/account/keys/{key_id}/revoke")
async def revoke_key(here: Here, me: Me, key_id: int) -> Response:
    """End an API key at once."""
    owner(me)
    with here.database.write() as session:
        if not people.revoke_key(session, me, key_id, now=here.clock()):
            raise Problem(404, N_("There is no such key in this organisation."))
    return done("/account", "revoked")


def owner(me: Principal) -> None:
    """Raises Problem 403 for everybody who handles neither people nor keys."""
    if not me.manages:
        raise Problem(403, N_("Only an owner invites people and makes keys."))


def found(session: Session, me: Principal, person_id: int) -> Person:
    """The person of this number in the asker's organisation; raises Problem 404."""
    person = people.one(session, person_id, organisation_id=me.organisation_id)
    if person is None:
        raise Problem(404, N_("There is no such person in this organisation."))
    return person
