"""Signing in with a password or a one-time link, and signing out."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from api.accounts import passwords, store, tokens
from api.accounts.gate import cookie_name, is_https
from api.accounts.models import Person
from api.dependencies import Here, Services
from api.forms import done, said
from api.languages import N_
from api.limits import SIGN_IN
from api.rendering import render
from notifier import links, own_mail

router = APIRouter(include_in_schema=False)

WRONG = N_("The address or the password is wrong.")
SPENT = N_(
    "This link was used, has run out, or is incomplete. Ask an owner for a new one, or run `bidkeeper users link ADDRESS`."
)


@router.get("/sign-in")
async def form(request: Request) -> Response:
    """The form for address and password."""
    query = request.query_params
    return render(request, "sign_in.html", address="", next=inside(query.get("next", "")), error="", done=said(query.get("done")))


@router.post("/sign-in")
async def with_password(
    request: Request,
    here: Here,
    address: Annotated[str, Form(max_length=400)] = "",
    password: Annotated[str, Form(max_length=400)] = "",
    next: Annotated[str, Form(max_length=2000)] = "",  # noqa: A002 - the form's own word
) -> Response:
    """Sign in, in a session of its own; ten tries in five minutes for each address and each caller."""
    caller = request.client.host if request.client else ""
    request.app.state.limiter.spend(SIGN_IN, f"address {address.strip().lower()}", f"caller {caller}")
    with here.database.write() as session:
        person = store.by_address(session, address)
        if not passwords.right(password, person.password_hash if person else None) or person is None:
            return render(request, "sign_in.html", address=address, next=inside(next), error=WRONG, done=None, status_code=401)
        token = _begin(session, person, request, here)
    return _signed_in(here, token, inside(next))


@router.post("/sign-in/mail")
async def mail_link(request: Request, here: Here, address: Annotated[str, Form(max_length=400)] = "") -> Response:
    """Mail a sign-in link to whoever belongs here; the answer is the same for everybody else."""
    caller = request.client.host if request.client else ""
    request.app.state.limiter.spend(SIGN_IN, f"mail {address.strip().lower()}", f"mail caller {caller}")
    nonce = tokens.new()
    with here.database.write() as session:
        person = store.by_address(session, address)
        if person is not None:
            token = links.sign_in_token(nonce, secret=request.app.state.link_secret())
            store.mailed_link(session, person, token, now=here.clock())
            own_mail.sign_in(session, person.address, nonce=nonce, now=here.clock())
    return done("/sign-in", "link_mailed")


@router.get("/sign-in/link/{token}")
async def link(request: Request) -> Response:
    """A button, because mail scanners open links; the link is used up by the POST."""
    return render(request, "sign_in_link.html", error="")


@router.post("/sign-in/link/{token}")
async def with_link(request: Request, here: Here, token: str) -> Response:
    """Sign in with a link, once."""
    caller = request.client.host if request.client else ""
    request.app.state.limiter.spend(SIGN_IN, f"caller {caller}")
    with here.database.write() as session:
        person = store.redeem(session, token, now=here.clock())
        begun = _begin(session, person, request, here) if person else None
    if begun is None:
        return render(request, "sign_in_link.html", error=SPENT, status_code=410)
    return _signed_in(here, begun, "/account")


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
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(cookie_name(here.settings), path="/", secure=is_https(here.settings), httponly=True, samesite="lax")
    return answer


def inside(address: str) -> str:
    """The address if it is one of our own pages, else the first page: nobody is sent elsewhere after signing in."""
    parts = urlsplit(address)
    ours = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return address if ours and address.isprintable() and "\\" not in address else "/"


def _begin(session: Session, person: Person, request: Request, here: Services) -> str:
    """A new session; one that this browser had before ends, so that a token never outlives a change of who uses it."""
    old = store.signed_in(session, request.cookies.get(cookie_name(here.settings), ""), now=here.clock())
    if old is not None and old[1].id is not None:
        store.end_sign_ins(session, old[1].id, now=here.clock(), only=old[0].id)
    return store.sign_in(session, person, browser=request.headers.get("user-agent", ""), now=here.clock())


def _signed_in(here: Services, token: str, address: str) -> Response:
    answer = RedirectResponse(address, 303)
    answer.set_cookie(
        cookie_name(here.settings),
        token,
        max_age=int(store.ABSOLUTE.total_seconds()),
        path="/",
        secure=is_https(here.settings),
        httponly=True,
        samesite="lax",
    )
    return answer
