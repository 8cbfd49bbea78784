"""One's own account, and for owners the people and the API keys of the organisation."""

from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.accounts import passwords, store
from api.accounts.models import Person
from api.accounts.roles import Principal, Role
from api.dependencies import Here, Me, Services
from api.forms import done
from api.languages import N_, _
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


@router.get("/account")
async def account(request: Request, here: Here, me: Me) -> Response:
    """Who one is, where one is signed in, and for owners people and keys."""
    return _page(request, here, me)


@router.post("/account/profile")
async def profile(
    request: Request,
    here: Here,
    me: Me,
    address: Annotated[str, Form(max_length=400)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Change one's own name and address."""
    try:
        with here.database.write() as session:
            person = _own(session, me)
            wanted = _free_address(session, address, person)
            person.address, person.name = wanted, " ".join(name.split())
            session.add(person)
    except ValueError as error:
        return _page(request, here, me, error=str(error))
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
    except passwords.WeakPassword as error:
        return _page(request, here, me, error=str(error))
    return done("/account", "password")


@router.post("/account/sign-ins/{sign_in_id}/end")
async def end_sign_in(here: Here, me: Me, sign_in_id: int) -> Response:
    """End one of one's own sessions."""
    with here.database.write() as session:
        person = _own(session, me)
        assert person.id is not None
        if not 0 < sign_in_id < 2**31 or not store.end_sign_ins(session, person.id, now=here.clock(), only=sign_in_id):
            raise Problem(404, "There is no such session of yours.")
    return done("/account", "signed_out")


@router.post("/account/people")
async def invite(
    request: Request,
    here: Here,
    me: Me,
    address: Annotated[str, Form(max_length=400)] = "",
    role: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Add a person, or give one a new link; the link is shown once, to be handed on by the owner."""
    _owner(me)
    try:
        with here.database.write() as session:
            person = store.by_address(session, address)
            if person is None or person.organisation_id != me.organisation_id:
                role, wanted = _known_role(role), _free_address(session, address, None)
                person = store.add_person(
                    session, organisation_id=me.organisation_id, address=wanted, role=role, now=here.clock()
                )
            token = store.link(session, person, now=here.clock())
    except ValueError as error:
        return _page(request, here, me, error=str(error))
    url = f"{here.settings.public_url.rstrip('/')}/sign-in/link/{token}"
    return _page(
        request,
        here,
        me,
        shown=(_("Hand this link to %(address)s; it signs in once, within a day") % {"address": person.address}, url),
    )


@router.post("/account/people/{person_id}/end")
async def end_person(here: Here, me: Me, person_id: int) -> Response:
    """Take a person out: their sessions end at once. The last owner stays."""
    _owner(me)
    with here.database.write() as session:
        everyone = store.people(session, organisation_id=me.organisation_id)
        person = next((one for one in everyone if one.id == person_id), None)
        if person is None:
            raise Problem(404, "There is no such person in this organisation.")
        if person.role == Role.OWNER and sum(one.role == Role.OWNER for one in everyone) == 1:
            raise Problem(409, "The last owner can't be taken out; make someone else an owner first.")
        person.ended_at = here.clock()
        session.add(person)
        store.end_sign_ins(session, person_id, now=here.clock())
    return done("/account", "person_ended")


@router.post("/account/keys")
async def add_key(
    request: Request,
    here: Here,
    me: Me,
    name: Annotated[str, Form(max_length=100)] = "",
    write: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """Make an API key; it is shown once."""
    _owner(me)
    if not name.strip():
        return _page(request, here, me, error=N_("Give the key a name that says which program uses it."))
    with here.database.write() as session:
        key = store.add_key(
            session,
            organisation_id=me.organisation_id,
            person_id=me.person_id,
            name=name.strip(),
            scopes=store.SCOPES if write == "yes" else ("read",),
            now=here.clock(),
        )
    return _page(request, here, me, shown=(_("Keep this key now; it is not shown again"), key))


@router.post("/account/keys/{key_id}/revoke")
async def revoke_key(here: Here, me: Me, key_id: int) -> Response:
    """End an API key at once."""
    _owner(me)
    with here.database.write() as session:
        known = 0 < key_id < 2**31
        if not known or not store.revoke_key(session, key_id, organisation_id=me.organisation_id, now=here.clock()):
            raise Problem(404, "There is no such key in this organisation.")
    return done("/account", "revoked")


def _page(request: Request, here: Services, me: Principal, *, error: str = "", shown: tuple[str, str] | None = None) -> Response:
    now = here.clock()
    with here.database.read() as session:
        return render(
            request,
            "account.html",
            status_code=422 if error else 200,
            principal=me,
            person=session.get(Person, me.person_id) if me.person_id else None,
            sign_ins=store.sign_ins(session, me.person_id, now=now) if me.person_id else [],
            people=store.people(session, organisation_id=me.organisation_id) if me.role.manages else [],
            keys=store.keys(session, organisation_id=me.organisation_id) if me.role.manages else [],
            roles=ROLE_WORDS,
            role_words=ROLE_NAMES,
            error=error,
            shown=shown,
        )


def _own(session: Session, me: Principal) -> Person:
    person = session.get(Person, me.person_id) if me.person_id else None
    if person is None:
        raise Problem(409, "Whoever sits at this machine, or a program, has no account of their own to change.")
    return person


def _owner(me: Principal) -> None:
    if not me.role.manages:
        raise Problem(403, "Only an owner invites people and makes keys.")


def _present(person: Person, password: str) -> None:
    if person.password_hash is not None and not passwords.right(password, person.password_hash):
        raise passwords.WeakPassword(N_("The present password is wrong, so nothing was changed."))


def _known_role(role: str) -> str:
    if role not in set(Role):
        raise ValueError(N_("Choose a role: owner, finance, staff, read-only or auditor."))
    return role


def _free_address(session: Session, address: str, own: Person | None) -> str:
    try:
        found = validate_email(address.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise ValueError(
            _("%(address)s is not a mail address: %(reason)s") % {"address": address.strip()[:80], "reason": error}
        ) from None
    wanted = (found.ascii_email or found.normalized).lower()
    other = store.by_address(session, wanted)
    if other is not None and (own is None or other.id != own.id):
        raise ValueError(N_("This address can't be used here."))  # says nothing of another organisation's people
    return wanted
