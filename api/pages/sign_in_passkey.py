"""Signing in with a passkey, which also renews the proof of who is signed in already."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, Response

from api.accounts import passkeys
from api.accounts.entering import begin, caller, signed_in
from api.accounts.passkeys import RelyingParty
from api.dependencies import Here, Services
from api.languages import N_
from api.limits import SIGN_IN
from api.pages.sign_in import form_page, inside
from api.problems import Problem

router = APIRouter(include_in_schema=False)

WRONG = N_("That passkey is not known here, or it took too long. Try again, or sign in another way.")
NOT_HERE = N_("Passkeys need a service reached by name over TLS; sign in another way.")


@router.post("/sign-in/passkey/options")
async def options(request: Request, here: Here) -> Response:
    """The challenge for the browser to hand to a device; for scripts."""
    from api.accounts import devices  # noqa: PLC0415 - a tenth of the start, and few sign in by passkey

    request.app.state.limiter.spend(SIGN_IN, f"passkey caller {caller(request)}")
    with here.database.write() as session:
        return JSONResponse(devices.begin_sign_in(session, site(here), now=here.clock()))


@router.post("/sign-in/passkey")
async def with_passkey(
    request: Request,
    here: Here,
    token: Annotated[str, Form(max_length=100)] = "",
    credential: Annotated[str, Form(max_length=passkeys.LONGEST)] = "",
    next: Annotated[str, Form(max_length=2000)] = "",  # noqa: A002 - the form's own word
) -> Response:
    """Sign in with the device's answer; it stands for password and second factor both."""
    from api.accounts import devices  # noqa: PLC0415 - a tenth of the start, and few sign in by passkey

    request.app.state.limiter.spend(SIGN_IN, f"caller {caller(request)}")
    with here.database.write() as session:
        person = devices.sign_in(session, site(here), token=token, answer=credential, now=here.clock())
        begun = begin(session, person, request, here, by="passkey", proved=True) if person else None
    if begun is None:
        return form_page(request, here, next=next, error=WRONG, status=401)
    return signed_in(here, begun, inside(next))


def site(here: Services) -> RelyingParty:
    """Whom passkeys are for; raises Problem 404 where there can be none."""
    found = RelyingParty.of(here.settings.public_url)
    if found is None:
        raise Problem(404, NOT_HERE)
    return found
