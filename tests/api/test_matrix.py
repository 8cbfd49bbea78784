"""Role × route × another organisation's rows, made from the application's own routes: no leak, and others' ids answer 404."""

# ruff: noqa: F811 - pytest takes fixtures by the names of arguments

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, select

from api import journeys
from api.accounts import breaches, store
from api.accounts.models import Passkey, SignIn
from api.accounts.roles import Role
from api.database import Database
from api.desks import Book
from api.keys import add_vault_key
from contracts import audit, payees, pursuits, vault
from contracts.models import Contract, Document, DocumentPage, FeeItem, LegalHold, Obligation, Term
from notifier.models import RouteProposal
from notifier.store import suppress
from tests.api.routes_of import FORM, Asked, everything
from tests.api.service import NOW, TestClient
from tests.api.test_accounts import Clock, _cheap_passwords, add_person, another, clock, door, sign_in  # noqa: F401 - fixtures
from tests.api.test_pages_alerts import add_delivery, add_subscription

THEIRS, OURS = 1, 2
SECRET = "Quincunx"  # stands in every text of the other organisation's rows

# path parameter → whose it is; a route with a parameter that is not here is not classified, and fails
SHARED = {
    "ocid",
    "release_id",
    "capture_id",
    "language",
    "name",
    "held_id",
    "form",
    "code",
    "desk",
    "key",
    "line",
    "source",
    "token",
    "sha256",
    "kind",
    "page",
    "document",
}
WORDS = {"verdict": "accept", "act": "note", "state": "done", "form": "csv", "page": 1, "language": "en"}
OWNED = {
    *("number", "contract_id", "document_id", "term_id", "fee_id", "obligation_id", "payee_id", "change_id", "enquiry_id"),
    *(
        "proposal_id",
        "subscription_id",
        "delivery_id",
        "person_id",
        "key_id",
        "passkey_id",
        "sign_in_id",
        "pursuit_id",
        "task_id",
        "row_id",
        "hold_id",
        "breach_id",
    ),
}


@pytest.fixture
def theirs(stored: Database, tmp_path: Path) -> None:
    """One of everything that belongs to another organisation."""
    add_vault_key(tmp_path / "keys")
    keys = payees.Vault(vault.KeyRing.parse((tmp_path / "keys").read_text()), THEIRS)
    with stored.write() as session:
        person = add_person(session, "owner", THEIRS, f"{SECRET.lower()}@their.example")
        session.add(
            Passkey(
                organisation_id=THEIRS,
                person_id=person.id or 0,
                credential="c",
                public_key=b"k",
                name=SECRET,
                created_at=NOW,
            )
        )
        store.sign_in(session, person, browser=SECRET, now=NOW)
        store.add_key(session, organisation_id=THEIRS, person_id=None, name=SECRET, scopes=["read"], now=NOW)
        subscription = add_subscription(session, address=f"{SECRET.lower()}@alerts.example", query=SECRET)
        add_delivery(session, subscription, key="a", title=SECRET)
        payee = payees.create(session, keys=keys, number=SECRET, legal_name=SECRET, now=NOW, by="person 1")
        payees.request_change(session, payee, keys=keys, changes={"address": SECRET}, reason=SECRET, by="person 1", now=NOW)
        _contract(session)
        _undertakings(session)
        what = dict.fromkeys(("happened", "circumstances", "information", "assessment", "by"), SECRET)
        breaches.record(session, organisation_id=THEIRS, **what, serious=True, people=1, found_at=NOW, now=NOW)
        suppress(session, f"{SECRET.lower()}@alerts.example", reason=SECRET, now=NOW)
        audit.record(session, organisation_id=THEIRS, at=NOW, actor=SECRET, action="x", subject=SECRET)


def _undertakings(session: Session) -> None:
    journeys.open_enquiry(
        session,
        f"{SECRET} invoice was rejected",
        organisation_id=THEIRS,
        book=Book.open(None),
        asker="",
        asker_name=SECRET,
        by=SECRET,
        token="t" * 20,
        now=NOW,
    )
    session.add(LegalHold(organisation_id=THEIRS, subject="contract:1", reason=SECRET, placed_by=SECRET, placed_at=NOW))
    pursuit = pursuits.take_up(session, pursuits.Target("ocds-x", SECRET), organisation_id=THEIRS, by=SECRET, now=NOW)
    pursuits.add_task(session, pursuit, SECRET)


def _contract(session: Session) -> None:
    contract = Contract(organisation_id=THEIRS, title=SECRET, number=SECRET, created_at=NOW)
    session.add(contract)
    session.flush()
    own: dict[str, Any] = {"organisation_id": THEIRS, "contract_id": contract.id}
    document = Document(
        **own, title=SECRET, file_name=SECRET, media_type="text/plain", sha256="ab" * 32, size=1, pages=1, added_at=NOW
    )
    session.add(document)
    session.flush()
    session.add_all(
        [
            DocumentPage(organisation_id=THEIRS, document_id=document.id, number=1, start=0, text=SECRET),
            Term(**own, kind="Notice", value=SECRET, recorded_at=NOW),
            FeeItem(**own, code=SECRET, description=SECRET, recorded_at=NOW),
            Obligation(**own, key="1:notice:", kind="notice", title=SECRET, due=NOW.date(), basis=SECRET, created_at=NOW),
            RouteProposal(
                organisation_id=THEIRS,
                page="https://their.example",
                digest="d",
                kind="phone",
                question=SECRET,
                as_of=NOW.date(),
                confidence="high",
                found_at=NOW,
            ),
        ]
    )


def enter(door: TestClient, stored: Database, role: Role) -> TestClient:
    """A browser of somebody of our organisation who has a second factor and has just shown it."""
    browser = another(door)
    sign_in(browser, stored, role, f"{role}@our.example", OURS)
    with stored.write() as session:
        person = store.by_address(session, f"{role}@our.example")
        assert person is not None
        person.passkey_since = NOW
        session.add(person)
        for row in session.exec(select(SignIn).where(SignIn.person_id == person.id)):
            row.proved_at = NOW
            session.add(row)
    return browser


def filled(asked: Asked, number: int) -> str:
    number = 0 if asked.path.startswith("/messages/") else number  # of a sample
    address = asked.at(**{name: number if name in OWNED else WORDS.get(name, "x") for name in asked.names})
    return f"{address}?since=2026-07-01T00:00:00Z" if asked.path.startswith("/api/") else address


def owned(asked: Asked) -> bool:
    """Whether the path names a row of an organisation; the samples of mails are numbered too, and are everybody's."""
    return any(name in OWNED for name in asked.names) and not asked.path.startswith("/messages/")


def form_of(asked: Asked) -> dict[str, str]:
    """What the route's form may want; terms are confirmed, all else is accepted."""
    return FORM | ({"verdict": "confirm"} if asked.path.startswith("/contracts") else {})


def rows_of_theirs(stored: Database) -> Iterator[str]:
    """Every row of the other organisation, as text."""
    with stored.read() as session:
        for table in SQLModel.metadata.sorted_tables:
            if "organisation_id" in table.c:
                query = table.select().where(table.c.organisation_id == THEIRS).order_by(*table.primary_key.columns)
                yield from (f"{table.name}: {row}" for row in session.connection().execute(query))


def test_every_route_is_classified(door: TestClient) -> None:
    private, _public = everything(door.app)  # type: ignore[arg-type]
    unknown = {f"{asked}: {name}" for asked in private for name in asked.names if name not in SHARED | OWNED | WORDS.keys()}
    assert not unknown, "say in tests/api/test_matrix.py whose these are"
    assert len(private) > 120


def test_a_stranger_gets_nothing(door: TestClient, theirs: None) -> None:
    for asked in everything(door.app)[0]:  # type: ignore[arg-type]
        answer = another(door).request(asked.method, filled(asked, 1), **asked.body(**form_of(asked)))
        assert answer.status_code == 401, asked
        assert SECRET not in answer.text


@pytest.mark.parametrize("role", Role)
def test_ids_of_others_answer_404_and_nothing_of_theirs_is_shown_or_changed(
    door: TestClient, stored: Database, theirs: None, role: Role
) -> None:
    browser = enter(door, stored, role)
    before = list(rows_of_theirs(stored))
    assert len(before) > 15
    wrong = []
    for asked in everything(door.app)[0]:  # type: ignore[arg-type]
        if asked.path in OWN_DOOR:
            continue
        answer = browser.request(asked.method, filled(asked, 1), **asked.body(**form_of(asked)))
        assert SECRET.lower() not in answer.text.lower(), asked
        wanted = {404} if may(role, asked) else {403, 404}
        wanted |= {422} if asked.path in FORM_FIRST else set()
        if owned(asked) and answer.status_code not in wanted:
            wrong.append((str(asked), answer.status_code, answer.text[-200:]))
    assert not wrong
    assert list(rows_of_theirs(stored)) == before


@pytest.mark.parametrize("role", Role)
def test_each_role_does_what_it_may_and_no_more(door: TestClient, stored: Database, theirs: None, role: Role) -> None:
    browser = enter(door, stored, role)
    wrong = []
    for asked in everything(door.app)[0]:  # type: ignore[arg-type]
        if asked.path in OWN_DOOR:
            continue
        status = browser.request(asked.method, filled(asked, 999), **asked.body(**form_of(asked))).status_code
        assert status < 500, asked
        if (status in {401, 403}) is may(role, asked):
            wrong.append((str(asked), status))
    assert not wrong


# where a wrong code or password is answered with 401, or counted
OWN_DOOR = {"/account/password", "/account/code", "/account/second-factor/begin", "/account/second-factor/off"}
# what is wrong with the form is said before the row is looked up
FORM_FIRST = {"/contracts/{number}/fees"}
OWNERS = (
    "/account/people",
    "/account/keys",
    "/api/v1/people",
    "/api/v1/keys",
    "/api/v1/consents",
    "/alerts/consents.csv",
    "/api/v1/suppressions",
)
AUDITORS = (
    "/settings",
    "/audit",
    "/api/v1/audit",
    "/breaches",
    "/api/v1/breaches",
)
# what everybody may see and only owners change
OWNERS_CHANGE = (
    "/retention",
    "/breaches",
    "/suppressions",
    "/api/v1/retention",
    "/api/v1/breaches",
    "/api/v1/holds",
    "/api/v1/contracts/{contract_id}/dispose",
)
PAYING = ("/payees", "/api/v1/payee")


def may(role: Role, asked: Asked) -> bool:
    """Whether a role may ask this of its own organisation, once it has shown a second factor."""
    if asked.path.startswith(OWNERS):
        return role is Role.OWNER
    if asked.path.startswith(AUDITORS) and not asked.unsafe:
        return role in {Role.OWNER, Role.AUDITOR}
    if asked.path.startswith(PAYING):
        return role in {Role.OWNER, Role.FINANCE}
    if asked.path.startswith(OWNERS_CHANGE) and asked.unsafe:
        return role is Role.OWNER
    if asked.path.startswith("/messages"):
        return role.writes
    return role.writes or not asked.unsafe or asked.path.startswith("/account/")
