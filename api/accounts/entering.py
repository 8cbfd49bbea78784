"""Coming in: a fresh session for this browser, and the cookie that names it."""

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from api.accounts import people, store
from api.accounts.gate import cookie_name, is_https
from api.accounts.models import Person
from api.dependencies import Services


def begin(session: Session, person: Person, request: Request, here: Services, *, by: str, proved: bool = False) -> str:
    """A new session; one that this browser had before ends, so that a token never outlives a change of who uses it.

    `by` is the way in that they took, for the audit log; `proved` says that they came in by what counts as both factors.
    """
    old = store.signed_in(session, request.cookies.get(cookie_name(here.settings), ""), now=here.clock())
    if old is not None and old[1].id is not None:
        store.end_sign_ins(session, old[1].id, now=here.clock(), only=old[0].id)
    people.own_act(session, person, "person.signed_in", now=here.clock(), by=by)
    browser = request.headers.get("user-agent", "")
    return store.sign_in(session, person, browser=browser, proved=proved, now=here.clock())


def signed_in(here: Services, token: str, address: str) -> Response:
    """To `address`, one of our own, with the cookie set."""
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


def caller(request: Request) -> str:
    """Where a request comes from, for counting tries."""
    return request.client.host if request.client else ""
