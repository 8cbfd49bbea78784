"""Signing up from outside: a form for whoever comes, whose answer is the same whatever is known of the address."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import Field

from api.choosing import OFFERED, ChoiceForm
from api.dependencies import Here
from api.forms import done
from api.languages import N_, gettext
from api.programs import program_words
from api.rendering import render
from api.signing_up import CONSENT, LANGUAGES, Wish, wish
from notifier.addresses import InvalidAddress
from notifier.models import Subscription
from notifier.query import QueryError
from notifier.timing import BadRhythm

router = APIRouter(include_in_schema=False)

UNTICKED = N_("The law wants agreement before anything is mailed: tick the box if this is your address and you agree.")


class Asking(ChoiceForm):
    """What whoever comes asks for."""

    address: str = Field(default="", max_length=400)
    query: str = Field(default="", max_length=500)
    program: str = Field(default="", max_length=100)
    consent: str = Field(default="", max_length=10)

    @property
    def wish(self) -> Wish:
        """The same as the service takes it."""
        return Wish(self.address, self.query, self.program, self.choices())


@router.get("/sign-up")
async def form(request: Request, here: Here) -> Response:
    """The form; `query` in the address fills the search in."""
    return _form(request, here, Asking(query=request.query_params.get("query", "")[:500]).wish)


@router.post("/sign-up")
async def asked(request: Request, here: Here, asking: Annotated[Asking, Form()]) -> Response:
    """Note the wish and mail the question; nothing is told before it is answered."""
    if asking.consent != "yes":
        return _form(request, here, asking.wish, error=("consent", UNTICKED))
    try:
        wish(request, here, asking.wish, source="public sign-up page")
    except InvalidAddress as error:
        return _form(request, here, asking.wish, error=("address", f"{error}."))
    except QueryError as error:
        return _form(request, here, asking.wish, error=("query", f"{error}."))
    except BadRhythm as error:
        return _form(request, here, asking.wish, error=("choices", f"{error}."))
    return done("/sign-up", "asked")


def _form(request: Request, here: Here, wanted: Wish, *, error: tuple[str, str] | None = None) -> Response:
    return render(
        request,
        "sign_up.html",
        status_code=422 if error else 200,
        wanted=wanted,
        row=Subscription(**{name: value for name, value in wanted.choices.items() if value is not None}),
        offered=OFFERED,
        open=here.settings.public_sign_up,
        programs=[("", N_("Any program, by words alone")), *program_words().items()],
        languages=LANGUAGES,
        consent=gettext(CONSENT),
        error=error,
    )
