"""One's own passkeys: adding one, taking one away."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, Response

from api.accounts import passkeys, passwords, people, second
from api.accounts.models import Person
from api.accounts.stepping import STALE, lately
from api.dependencies import Here, Me, Principal, Services
from api.forms import done
from api.languages import N_
from api.limits import SECOND_FACTOR
from api.pages.second_factor import own, proved, show, spend
from api.pages.sign_in_passkey import site
from api.problems import Problem

router = APIRouter(include_in_schema=False)

NOT_MADE = N_("The passkey was not kept: it took too long, the device has one already, or there are ten. Try again.")


@router.post("/account/passkeys/options")
async def options(request: Request, here: Here, me: Me) -> Response:
    """What the device is to make; for scripts."""
    from api.accounts import devices  # noqa: PLC0415 - a tenth of the start, and few sign in by passkey

    request.app.state.limiter.spend(SECOND_FACTOR, f"passkey options {me.person_id}")
    with here.database.write() as session:
        person = own(session, me)
        return JSONResponse(
            devices.begin_registration(session, person, site(here), secret=request.app.state.link_secret(), now=here.clock())
        )


@router.post("/account/passkeys")
async def add(
    request: Request,
    here: Here,
    me: Me,
    token: Annotated[str, Form(max_length=100)] = "",
    credential: Annotated[str, Form(max_length=passkeys.LONGEST)] = "",
    name: Annotated[str, Form(max_length=100)] = "",
    password: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Keep a passkey; the first second factor comes with recovery codes, shown this once."""
    from api.accounts import devices  # noqa: PLC0415 - a tenth of the start, and few sign in by passkey

    spend(request, me)
    with here.database.write() as session:
        person = own(session, me)
        if error := _doubt(here, me, person, password):
            return show(request, session, person, error=error)
        first = not person.has_second_factor
        made = devices.register(session, person, site(here), token=token, answer=credential, name=name, now=here.clock())
        if made is None:
            return show(request, session, person, error=NOT_MADE)
        proved(session, me, here)
        people.own_act(session, person, "person.passkey_added", now=here.clock(), passkey=made.id)
        codes = second.recovery_codes(session, person) if first else None
        return show(request, session, person, codes=codes)


@router.post("/account/passkeys/{passkey_id}/remove")
async def remove(here: Here, me: Me, passkey_id: int) -> Response:
    """Take a passkey away, by someone who showed a second factor lately."""
    if me.sign_in_id is not None and not lately(me, now=here.clock()):
        raise Problem(403, STALE)
    with here.database.write() as session:
        person = own(session, me)
        if not passkeys.remove(session, person, passkey_id):
            raise Problem(404, "There is no such passkey of yours.")
        people.own_act(session, person, "person.passkey_removed", now=here.clock(), passkey=passkey_id)
        if not person.has_second_factor:
            second.forget_recovery(session, person)
    return done("/account/second-factor", "passkey_removed")


def _doubt(here: Services, me: Principal, person: Person, password: str) -> str:
    """Why a borrowed browser may be at work, or nothing."""
    if person.has_second_factor:
        return "" if lately(me, now=here.clock()) else STALE
    known = person.password_hash is None or passwords.right(password, person.password_hash)
    return "" if known else N_("The present password is wrong, so nothing was changed.")
