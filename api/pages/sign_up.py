"""Signing up from outside: a form for whoever comes, whose answer is the same whatever is known of the address."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from api.dependencies import Here
from api.forms import done
from api.languages import N_, gettext
from api.programs import program_words
from api.rendering import render
from api.signing_up import CONSENT, LANGUAGES, Wish, wish
from notifier.addresses import InvalidAddress
from notifier.query import QueryError

router = APIRouter(include_in_schema=False)

UNTICKED = N_("The law wants agreement before anything is mailed: tick the box if this is your address and you agree.")


@router.get("/sign-up")
async def form(request: Request, here: Here) -> Response:
    """The form; `query` in the address fills the search in."""
    return _form(request, here, Wish("", request.query_params.get("query", "")[:500]))


@router.post("/sign-up")
async def asked(
    request: Request,
    here: Here,
    address: Annotated[str, Form(max_length=400)] = "",
    query: Annotated[str, Form(max_length=500)] = "",
    program: Annotated[str, Form(max_length=100)] = "",
    language: Annotated[str, Form(max_length=5)] = "en",
    consent: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Note the wish and mail the question; nothing is told before it is answered."""
    wanted = Wish(address, query, program, language)
    if consent != "yes":
        return _form(request, here, wanted, error=("consent", UNTICKED))
    try:
        wish(request, here, wanted, source="public sign-up page")
    except InvalidAddress as error:
        return _form(request, here, wanted, error=("address", f"{error}."))
    except QueryError as error:
        return _form(request, here, wanted, error=("query", f"{error}."))
    return done("/sign-up", "asked")


def _form(request: Request, here: Here, wanted: Wish, *, error: tuple[str, str] | None = None) -> Response:
    return render(
        request,
        "sign_up.html",
        status_code=422 if error else 200,
        wanted=wanted,
        open=here.settings.public_sign_up,
        programs=[("", N_("Any program, by words alone")), *program_words().items()],
        languages=LANGUAGES,
        consent=gettext(CONSENT),
        error=error,
    )
