"""One's own account; for owners the people and the API keys of the organisation stand on the same page (people.py)."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.accounts import passwords, people, store
from api.accounts.models import Person
from api.accounts.roles import Principal, Role
from api.dependencies import Here, Me, Services
from api.forms import done
from api.languages import N_
from api.problems import Problem
from api.rendering import render

router = APIRouter(include_in_schema=False)

# what a role is called, and what it may do
ROLE_NAMES = {
    Role.OWNER: N_("owner"),
    Role.FINANCE: N_("finance"),
    Role.STAFF: N_("staff"),
    Role.READ_ONLY: N_("read-only"),
    Role.AUDITOR: N_("auditor"),
}
ROLE_WORDS = {
    Role.OWNER: N_("Owner: everything, people and keys too"),
    Role.FINANCE: N_("Finance: contracts, fees and payees"),
    Role.STAFF: N_("Staff: tenders, alerts and contracts"),
    Role.READ_ONLY: N_("Read-only: looks at everything"),
    Role.AUDITOR: N_("Auditor: looks at everything and the log"),
}


SCOPE_WORDS = {
    "read": N_("read what the organisation sees, payees aside"),
    "write": N_("change things"),
    "payees": N_("see payees, masked, and ask for changes to them"),
    "people": N_("handle people, keys and the audit log"),
}
# days that a key may last
KEY_LIVES = {30: N_("a month"), 90: N_("three months"), 365: N_("a year")}


@router.get("/account")
async def account(request: Request, here: Here, me: Me) -> Response:
    """Who one is, where one is signed in, and for owners people and keys."""
    return show(request, here, me)


@router.post("/account/profile")
async def profile(
    request: Request,
    here: Here,
    me: Me,
    address: Annotated[str, Form(max_length=400)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    old: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Change one's own name and address; links to sign in go to the address, so a new one wants the password, where there is one."""
    try:
        with here.database.write() as session:
            person = _own(session, me)
            wanted = people.free_address(session, address, person)
            if wanted != person.address:
                _present(person, old)
                people.own_act(session, person, "person.address", now=here.clock(), old=person.address, new=wanted)
            person.address, person.name = wanted, " ".join(name.split())
            session.add(person)
    except ValueError as error:
        return show(request, here, me, error=str(error))
    return done("/account", "saved")


@router.post("/account/password")
async def password(
    request: Request,
    here: Here,
    me: Me,
    new: Annotated[str, Form(max_length=400)] = "",
    old: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Set one's password; the one before is asked for, and every other session ends."""
    try:
        with here.database.write() as session:
            person = _own(session, me)
            _present(person, old)
            person.password_hash = passwords.hashed(new, address=person.address)
            session.add(person)
            assert person.id is not None
            store.end_sign_ins(session, person.id, now=here.clock(), keep=me.sign_in_id)
            people.own_act(session, person, "person.password", now=here.clock())
    except passwords.WeakPassword as error:
        return show(request, here, me, error=str(error))
    return done("/account", "password")


@router.post("/account/sign-ins/{sign_in_id}/end")
async def end_sign_in(here: Here, me: Me, sign_in_id: int) -> Response:
    """End one of one's own sessions."""
    with here.database.write() as session:
        person = _own(session, me)
        assert person.id is not None
        if not 0 < sign_in_id < 2**31 or not store.end_sign_ins(session, person.id, now=here.clock(), only=sign_in_id):
            raise Problem(404, "There is no such session of yours.")
        people.own_act(session, person, "person.session_ended", now=here.clock(), sign_in=sign_in_id)
    return done("/account", "signed_out")


def show(request: Request, here: Services, me: Principal, *, error: str = "", shown: tuple[str, str] | None = None) -> Response:
    """The page, with what went wrong or what is shown this once."""
    now = here.clock()
    with here.database.read() as session:
        return render(
            request,
            "account.html",
            status_code=422 if error else 200,
            principal=me,
            person=session.get(Person, me.person_id) if me.person_id else None,
            sign_ins=store.sign_ins(session, me.person_id, now=now) if me.person_id else [],
            people=store.people(session, organisation_id=me.organisation_id) if me.manages else [],
            keys=store.keys(session, organisation_id=me.organisation_id) if me.manages else [],
            roles=ROLE_WORDS,
            scopes=SCOPE_WORDS,
            lives=KEY_LIVES,
            role_words=ROLE_NAMES,
            error=error,
            shown=shown,
        )


def _own(session: Session, me: Principal) -> Person:
    person = session.get(Person, me.person_id) if me.person_id else None
    if person is None:
        raise Problem(409, "Whoever sits at this machine, or a program, has no account of their own to change.")
    return person


def _present(person: Person, password: str) -> None:
    if person.password_hash is not None and not passwords.right(password, person.password_hash):
        raise passwords.WeakPassword(N_("The present password is wrong, so nothing was changed."))
