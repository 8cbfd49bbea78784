"""Signing in with a password or a one-time link, and signing out."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.accounts import passwords, people, store, tokens
from api.accounts.entering import begin, caller, signed_in
from api.accounts.gate import cookie_name, is_https
from api.accounts.passkeys import RelyingParty
from api.accounts.provider import Provider
from api.dependencies import Here, Services
from api.forms import done
from api.languages import N_, language
from api.limits import SIGN_IN
from api.rendering import render
from notifier import links, own_mail

router = APIRouter(include_in_schema=False)

WRONG = N_("The address or the password is wrong.")
SPENT = N_(
    "This link was used, has run out, or is incomplete. Ask an owner for a new one, or run `bidkeeper users link ADDRESS`."
)


@router.get("/sign-in")
async def form(request: Request, here: Here) -> Response:
    """The form for address and password."""
    return form_page(request, here, next=request.query_params.get("next", ""))


@router.post("/sign-in")
async def with_password(
    request: Request,
    here: Here,
    address: Annotated[str, Form(max_length=400)] = "",
    password: Annotated[str, Form(max_length=400)] = "",
    next: Annotated[str, Form(max_length=2000)] = "",  # noqa: A002 - the form's own word
) -> Response:
    """Sign in, in a session of its own; ten tries in five minutes for each address and each caller."""
    request.app.state.limiter.spend(SIGN_IN, f"address {address.strip().lower()}", f"caller {caller(request)}")
    with here.database.write() as session:
        person = store.by_address(session, address)
        if not passwords.right(password, person.password_hash if person else None) or person is None:
            return form_page(request, here, next=next, address=address, error=WRONG, status=401)
        token = begin(session, person, request, here, by="password")
    return signed_in(here, token, inside(next))


@router.post("/sign-in/mail")
async def mail_link(request: Request, here: Here, address: Annotated[str, Form(max_length=400)] = "") -> Response:
    """Mail a sign-in link to whoever belongs here; the answer is the same for everybody else."""
    request.app.state.limiter.spend(SIGN_IN, f"mail {address.strip().lower()}", f"mail caller {caller(request)}")
    nonce = tokens.new()
    with here.database.write() as session:
        person = store.by_address(session, address)
        if person is not None:
            token = links.sign_in_token(nonce, secret=request.app.state.link_secret())
            store.mailed_link(session, person, token, now=here.clock())
            own_mail.sign_in(session, person.address, nonce=nonce, now=here.clock(), language=person.language or language())
    return done("/sign-in", "link_mailed")


@router.get("/sign-in/link/{token}")
async def link(request: Request) -> Response:
    """A button, because mail scanners open links; the link is used up by the POST."""
    return render(request, "sign_in_link.html", error="")


@router.post("/sign-in/link/{token}")
async def with_link(request: Request, here: Here, token: str) -> Response:
    """Sign in with a link, once."""
    request.app.state.limiter.spend(SIGN_IN, f"caller {caller(request)}")
    with here.database.write() as session:
        person = store.redeem(session, token, now=here.clock())
        begun = begin(session, person, request, here, by="link") if person else None
    if begun is None:
        return render(request, "sign_in_link.html", error=SPENT, status_code=410)
    return signed_in(here, begun, "/account")


@router.post("/sign-out")
async def sign_out(request: Request, here: Here) -> Response:
    """End this session here and in the database."""
    token = request.cookies.get(cookie_name(here.settings), "")
    with here.database.write() as session:
        found = store.signed_in(session, token, now=here.clock())
        if found is not None:
            row, person = found
            assert person.id is not None
            store.end_sign_ins(session, person.id, now=here.clock(), only=row.id)
            people.own_act(session, person, "person.signed_out", now=here.clock())
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(cookie_name(here.settings), path="/", secure=is_https(here.settings), httponly=True, samesite="lax")
    return answer


def form_page(
    request: Request,
    here: Services,
    *,
    next: str,  # noqa: A002 - the form's own word
    address: str = "",
    error: str = "",
    status: int = 200,
) -> Response:
    """The sign-in page with every way in that this service offers."""
    return render(
        request,
        "sign_in.html",
        status_code=status,
        address=address,
        next=inside(next),
        error=error,
        passkeys=RelyingParty.of(here.settings.public_url) is not None,
        provider=(provider.name or provider.issuer) if (provider := Provider.of(here.settings)) else "",
    )


def inside(address: str) -> str:
    """The address if it is one of our own pages, else the first page: nobody is sent elsewhere after signing in."""
    parts = urlsplit(address)
    ours = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return address if ours and address.isprintable() and "\\" not in address else "/"
