"""The second half of signing in: the code of whoever has a second factor."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.accounts import people, second, store
from api.accounts.gate import cookie_name
from api.accounts.passkeys import RelyingParty
from api.dependencies import Here
from api.languages import N_
from api.limits import SECOND_FACTOR
from api.pages.sign_in import inside
from api.problems import Elsewhere
from api.rendering import render

router = APIRouter(include_in_schema=False)

WRONG = N_("That code is wrong, has run out, or was used before. Wait for the next one, or use a recovery code.")


@router.get("/sign-in/code")
async def form(request: Request) -> Response:
    """The form for the code."""
    return code_page(request, "/sign-in/code", next=request.query_params.get("next", ""))


@router.post("/sign-in/code")
async def with_code(
    request: Request,
    here: Here,
    code: Annotated[str, Form(max_length=40)] = "",
    next: Annotated[str, Form(max_length=2000)] = "",  # noqa: A002 - the form's own word
) -> Response:
    """Let the session in; five tries in five minutes for each person."""
    token = request.cookies.get(cookie_name(here.settings), "")
    with here.database.write() as session:
        found = store.signed_in(session, token, now=here.clock())
        if found is None:
            raise Elsewhere("/sign-in")
        row, person = found
        request.app.state.limiter.spend(SECOND_FACTOR, f"second factor {person.id}")
        if not second.prove(session, person, code, secret=request.app.state.link_secret(), now=here.clock()):
            people.own_act(session, person, "person.refused", now=here.clock(), by="second factor")
            return code_page(request, "/sign-in/code", next=next, error=WRONG)
        row.proved_at = here.clock()
        session.add(row)
    return RedirectResponse(inside(next), 303)


def code_page(request: Request, action: str, *, next: str, error: str = "") -> Response:  # noqa: A002 - the form's own word
    """The form for a code, with a passkey as the other way."""
    return render(
        request,
        "code.html",
        status_code=401 if error else 200,
        action=action,
        next=inside(next),
        error=error,
        passkeys=RelyingParty.of(request.app.state.settings.public_url) is not None,
    )
