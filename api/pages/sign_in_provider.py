"""Signing in through an identity provider: out to it, and back with its word."""

import secrets
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.accounts import ceremonies, provider
from api.accounts.entering import begin, caller, signed_in
from api.accounts.gate import cookie_name, is_https
from api.dependencies import Here, Services
from api.languages import N_
from api.limits import SIGN_IN
from api.pages.sign_in import form_page, inside
from api.problems import Problem

router = APIRouter(include_in_schema=False)
log = structlog.get_logger(__name__)

NONE = N_("This service has no identity provider; sign in another way.")
SILENT = N_("The identity provider did not answer as it should. Try again, or sign in another way.")
STRANGER = N_("The identity provider knows you, but nobody of that address was invited here. Ask an owner for an invitation.")
LOST = N_("This came back too late, or from another browser. Begin again.")
Text = Annotated[str, Query(max_length=4000)]


@router.get("/sign-in/provider")
async def out(request: Request, here: Here, next: Text = "") -> Response:  # noqa: A002 - the page's own word
    """Send the browser to the provider, with a cookie that only this browser brings back."""
    from api.accounts import openid  # noqa: PLC0415 - its libraries are for who has a provider

    request.app.state.limiter.spend(SIGN_IN, f"provider caller {caller(request)}")
    known = _provider(here)
    try:
        with here.database.write() as session:
            visit = await openid.begin(session, known, next_=inside(next), now=here.clock())
    except openid.NotTrusted as error:
        log.warning("provider_not_trusted", reason=str(error))
        return form_page(request, here, next=next, error=SILENT, status=502)
    answer = RedirectResponse(visit.address, 303)
    answer.set_cookie(
        _cookie(here),
        visit.token,
        max_age=int(ceremonies.LASTS.total_seconds()),
        path="/",
        secure=is_https(here.settings),
        httponly=True,
        samesite="lax",  # the way back is a navigation from the provider's site
    )
    return answer


@router.get("/sign-in/provider/callback")
async def back(request: Request, here: Here, state: Text = "", code: Text = "", iss: Text = "") -> Response:
    """Take the provider's word, once: only for the browser that was sent out, and only for a person who was invited."""
    from api.accounts import openid  # noqa: PLC0415 - its libraries are for who has a provider

    request.app.state.limiter.spend(SIGN_IN, f"caller {caller(request)}")
    known = _provider(here)
    kept = request.cookies.get(_cookie(here), "")
    with here.database.write() as session:
        asked = ceremonies.take(session, provider.KIND, kept, now=here.clock()) if kept else None
    # another issuer's answer mixed in (RFC 9207)
    foreign = bool(iss) and iss != known.issuer
    if asked is None or not secrets.compare_digest(state.encode(), kept.encode()) or not code or foreign:
        return _without_cookie(here, form_page(request, here, next="", error=LOST, status=401))
    try:
        said = await openid.claims(known, asked, code=code, now=here.clock())
    except openid.NotTrusted as error:
        log.warning("provider_not_trusted", reason=str(error))
        return _without_cookie(here, form_page(request, here, next="", error=SILENT, status=502))
    with here.database.write() as session:
        person = provider.person(session, said)
        token = begin(session, person, request, here, by="provider") if person else None
    if token is None:
        return _without_cookie(here, form_page(request, here, next="", error=STRANGER, status=403))
    return _without_cookie(here, signed_in(here, token, inside(asked["next"])))


def _provider(here: Services) -> provider.Provider:
    found = provider.Provider.of(here.settings)
    if found is None:
        raise Problem(404, NONE)
    return found


def _cookie(here: Services) -> str:
    return f"{cookie_name(here.settings)}-provider"


def _without_cookie(here: Services, answer: Response) -> Response:
    answer.delete_cookie(_cookie(here), path="/", secure=is_https(here.settings), httponly=True, samesite="lax")
    return answer
