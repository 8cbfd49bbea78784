"""Setting up a second factor, taking it off, and showing it again before payees are shown."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from api.accounts import passkeys, passwords, people, second
from api.accounts.models import Person, SignIn
from api.dependencies import Here, Me, Principal, Services
from api.forms import done
from api.languages import N_
from api.limits import SECOND_FACTOR
from api.pages.sign_in import inside
from api.pages.sign_in_code import WRONG, code_page
from api.problems import Problem
from api.rendering import render

router = APIRouter(include_in_schema=False)

Code = Annotated[str, Form(max_length=40)]


@router.get("/account/second-factor")
async def page(request: Request, here: Here, me: Me) -> Response:
    """Whether it is on, and what to do."""
    with here.database.read() as session:
        return show(request, session, own(session, me))


@router.post("/account/second-factor/begin")
async def begin(request: Request, here: Here, me: Me, password: Annotated[str, Form(max_length=400)] = "") -> Response:
    """Make a shared secret and show it; the password is asked for, so that a borrowed browser sets up nothing."""
    spend(request, me)
    with here.database.write() as session:
        person = own(session, me)
        if person.password_hash is not None and not passwords.right(password, person.password_hash):
            return show(request, session, person, error=N_("The present password is wrong, so nothing was changed."))
        try:
            second.begin(session, person, secret=request.app.state.link_secret())
        except second.AlreadyOn as error:
            raise Problem(409, f"Nothing was changed: {error}.") from None
        return show(request, session, person)


@router.post("/account/second-factor/confirm")
async def confirm(request: Request, here: Here, me: Me, code: Code = "") -> Response:
    """Switch it on with the first code, and show the recovery codes this once."""
    spend(request, me)
    with here.database.write() as session:
        person = own(session, me)
        codes = second.confirm(session, person, code, secret=request.app.state.link_secret(), now=here.clock())
        if codes is None:
            return show(request, session, person, error=WRONG)
        proved(session, me, here)
        people.own_act(session, person, "person.second_factor_on", now=here.clock())
        return show(request, session, person, codes=codes)


@router.post("/account/second-factor/off")
async def off(request: Request, here: Here, me: Me, code: Code = "") -> Response:
    """Take it off; a code is asked for."""
    spend(request, me)
    with here.database.write() as session:
        person = own(session, me)
        if not second.prove(session, person, code, secret=request.app.state.link_secret(), now=here.clock()):
            people.own_act(session, person, "person.refused", now=here.clock(), by="second factor")
            return show(request, session, person, error=WRONG)
        second.take_off(session, person)
        people.own_act(session, person, "person.second_factor_off", now=here.clock())
    return done("/account", "factor_off")


@router.get("/account/code")
async def again(request: Request, _me: Me) -> Response:
    """The form for the code, before payees are shown."""
    return code_page(request, "/account/code", next=request.query_params.get("next", ""))


@router.post("/account/code")
async def proved_again(
    request: Request,
    here: Here,
    me: Me,
    code: Code = "",
    next: Annotated[str, Form(max_length=2000)] = "",  # noqa: A002 - the form's own word
) -> Response:
    """Renew the proof of this session."""
    spend(request, me)
    with here.database.write() as session:
        person = own(session, me)
        if not second.prove(session, person, code, secret=request.app.state.link_secret(), now=here.clock()):
            people.own_act(session, person, "person.refused", now=here.clock(), by="second factor")
            return code_page(request, "/account/code", next=next, error=WRONG)
        proved(session, me, here)
    return RedirectResponse(inside(next), 303)


def show(request: Request, session: Session, person: Person, *, error: str = "", codes: list[str] | None = None) -> Response:
    """The page: what is on, what waits for its first code, and recovery codes the one time that they are shown."""
    shared = second.pending(person, secret=request.app.state.link_secret())
    return render(
        request,
        "second_factor.html",
        status_code=422 if error else 200,
        person=person,
        shared=shared,
        uri=second.uri(shared, person) if shared else "",
        left=second.left(session, person),
        passkeys=passkeys.owned(session, person),
        may_have_passkeys=passkeys.RelyingParty.of(request.app.state.settings.public_url) is not None,
        codes=codes,
        error=error,
    )


def own(session: Session, me: Principal) -> Person:
    """The person who asks; raises Problem 409 for one without an account."""
    person = session.get(Person, me.person_id) if me.person_id else None
    if person is None:
        raise Problem(409, "Whoever sits at this machine, or a program, has no second factor; invite yourself on /account first.")
    return person


def proved(session: Session, me: Principal, here: Services) -> None:
    """Note that this session has shown a second factor now."""
    row = session.get_one(SignIn, me.sign_in_id)
    row.proved_at = here.clock()
    session.add(row)


def spend(request: Request, me: Principal) -> None:
    """Take one of a person's tries."""
    request.app.state.limiter.spend(SECOND_FACTOR, f"second factor {me.person_id}")
