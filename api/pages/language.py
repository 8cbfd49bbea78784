"""The switch between languages, for whoever comes: kept in a cookie, and on the account of someone signed in."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.accounts import store
from api.accounts.gate import cookie_name, is_https
from api.dependencies import Here
from api.languages import COOKIE, LANGUAGES, N_
from api.pages.sign_in import inside
from api.problems import Problem

router = APIRouter(include_in_schema=False)

YEAR = 365 * 86_400  # seconds


@router.post("/language")
async def choose(
    request: Request,
    here: Here,
    language: Annotated[str, Form(max_length=5)] = "",
    next: Annotated[str, Form(max_length=2000)] = "",  # noqa: A002 - the form's own word
) -> Response:
    """Read the pages in another language from now on, and go on where one was."""
    if language not in LANGUAGES:
        raise Problem(422, N_("Choose one of the languages that the foot of the page offers; nothing was changed."))
    with here.database.write() as session:
        found = store.signed_in(session, request.cookies.get(cookie_name(here.settings), ""), now=here.clock())
        if found is not None:
            _row, person = found
            person.language = language
            session.add(person)
    answer = RedirectResponse(inside(next), 303)
    answer.set_cookie(COOKIE, language, max_age=YEAR, path="/", secure=is_https(here.settings), httponly=True, samesite="lax")
    return answer
