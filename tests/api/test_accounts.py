"""Who gets in, how, for how long, and what they may do."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlmodel import Session, select

from api import pages
from api.accounts import passwords, store, tokens
from api.accounts.first import first_owner_link
from api.accounts.models import ApiKey, Person, SignIn, SignInLink
from api.accounts.roles import Role
from api.app import create_app
from api.database import Database
from api.pages.sign_in import inside
from contracts import audit
from contracts.models import Contract
from notifier.messages import Sender, compose
from notifier.models import Delivery, Notification, Subscription
from tests.api.service import BASE, HTML, NOW, TestClient, settings

PUBLIC = "https://bids.clinic.example"
PASSWORD = "seven quiet herons wade"


class Clock:
    """A time that tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door(stored: Database, tmp_path: Path, clock: Clock) -> Iterator[TestClient]:
    """A browser before a service that people reach over TLS, so that nobody is in without signing in."""
    app = create_app(settings(tmp_path, public_url=PUBLIC), stored, clock=clock)
    with TestClient(app, base_url=PUBLIC, follow_redirects=False) as client:
        yield client


def another(door: TestClient) -> TestClient:
    """A second browser before the same service."""
    return TestClient(door.app, base_url=PUBLIC, follow_redirects=False)


def add_person(session: Session, role: str = "owner", organisation_id: int = 1, address: str = "a@clinic.example") -> Person:
    person = store.add_person(session, organisation_id=organisation_id, address=address, role=role, now=NOW)
    person.password_hash = HASH
    session.add(person)
    session.flush()
    return person


# real Argon2id, at a cost that tests can pay
CHEAP = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))
HASH = CHEAP.hash(PASSWORD)


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", lambda: CHEAP)
    passwords._nobodys.cache_clear()


def test_passwords_are_kept_as_argon2id_at_a_cost_worth_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    kept = passwords.hashed(PASSWORD)
    memory = re.search(r"^\$argon2id\$v=19\$m=(\d+)", kept)
    assert memory
    assert int(memory[1]) >= 19_456  # KiB: the least that OWASP's password storage sheet recommends
    assert passwords.right(PASSWORD, kept)


def sign_in(
    door: TestClient, stored: Database, role: str = "owner", address: str = "a@clinic.example", organisation_id: int = 1
) -> None:
    with stored.write() as session:
        if store.by_address(session, address) is None:
            add_person(session, role, organisation_id, address)
    answer = door.post("/sign-in", data={"address": address, "password": PASSWORD, "next": "/tenders"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/tenders")


def test_the_first_owner_gets_in_by_a_link_that_works_once(door: TestClient, stored: Database) -> None:
    url = first_owner_link(stored, PUBLIC, now=NOW)
    assert url is not None
    path = url.removeprefix(PUBLIC)
    assert "<button>Sign in</button>" in door.get(path).text
    assert door.get("/account", headers=HTML).status_code == 303  # opening it signed nobody in
    assert door.post(path).headers["location"] == "/account"
    assert "owner@localhost" in door.get("/account").text
    assert another(door).post(path).status_code == 410


def test_the_link_is_given_again_until_an_owner_has_settled_in(door: TestClient, stored: Database) -> None:
    first, second = (first_owner_link(stored, PUBLIC, now=NOW) for _ in range(2))
    assert first is not None
    assert second is not None
    assert door.post(first.removeprefix(PUBLIC)).status_code == 410  # the newer one replaced it
    door.post(second.removeprefix(PUBLIC))
    door.post("/account/password", data={"new": PASSWORD})
    assert first_owner_link(stored, PUBLIC, now=NOW) is None


def test_a_link_runs_out_after_a_day(door: TestClient, stored: Database, clock: Clock) -> None:
    url = first_owner_link(stored, PUBLIC, now=NOW)
    assert url is not None
    clock.now += store.LINK_LIFE
    assert door.post(url.removeprefix(PUBLIC)).status_code == 410


def test_nobody_is_in_without_signing_in(door: TestClient) -> None:
    answer = door.get("/tenders?text=a&sort=title", headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Ftenders%3Ftext%3Da%26sort%3Dtitle")
    api = door.get("/api/v1/tenders")
    assert (api.status_code, api.headers["www-authenticate"]) == (401, "Bearer")
    assert door.post("/subscribe", data={}).status_code == 401


def test_a_password_signs_in_with_a_cookie_bound_to_this_host(door: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_person(session)
    answer = door.post("/sign-in", data={"address": "A@Clinic.example", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-bidkeeper=")
    for part in ("HttpOnly", "Secure", "Path=/", "SameSite=lax"):
        assert part in cookie
    assert "Domain" not in cookie
    token = re.search(r"=([^;]+)", cookie)
    assert token
    with stored.read() as session:
        row = session.exec(select(SignIn)).one()
    assert row.token_sha256 == tokens.digest(token[1])  # the token itself is nowhere in the database


@pytest.mark.parametrize(
    ("address", "password"), [("a@clinic.example", "wrong password"), ("b@clinic.example", PASSWORD), ("", "")]
)
def test_a_wrong_address_and_a_wrong_password_read_the_same(
    door: TestClient, stored: Database, address: str, password: str
) -> None:
    with stored.write() as session:
        add_person(session)
    answer = door.post("/sign-in", data={"address": address, "password": password})
    assert answer.status_code == 401
    assert "The address or the password is wrong." in answer.text
    assert "set-cookie" not in answer.headers


def test_the_eleventh_try_waits(door: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_person(session)
    wrong = {"address": "a@clinic.example", "password": "x"}
    assert [door.post("/sign-in", data=wrong).status_code for _ in range(10)] == [401] * 10
    answer = door.post("/sign-in", data=wrong | {"password": PASSWORD})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 300


def test_a_session_fixed_in_advance_is_never_taken_over(door: TestClient, stored: Database) -> None:
    door.cookies.set("__Host-bidkeeper", "a" * 43, domain="bids.clinic.example", path="/")
    sign_in(door, stored)
    with stored.read() as session:
        assert session.exec(select(SignIn)).one().token_sha256 != tokens.digest("a" * 43)


def test_signing_in_again_ends_the_session_before(door: TestClient, stored: Database) -> None:
    sign_in(door, stored)
    sign_in(door, stored)
    with stored.read() as session:
        assert [row.ended_at is None for row in session.exec(select(SignIn).order_by(SignIn.id))] == [False, True]  # type: ignore[arg-type]


def test_a_session_ends_when_idle_and_at_the_latest_after_a_fortnight(door: TestClient, stored: Database, clock: Clock) -> None:
    sign_in(door, stored)
    while clock.now < NOW + store.ABSOLUTE - timedelta(hours=11):
        clock.now += timedelta(hours=11)
        assert door.get("/about").status_code == 200  # kept alive by use
    clock.now = NOW + store.ABSOLUTE
    assert door.get("/about").status_code == 401
    sign_in(door, stored)
    clock.now += store.IDLE
    assert door.get("/about").status_code == 401


def test_signing_out_ends_the_session_in_the_database_too(door: TestClient, stored: Database) -> None:
    sign_in(door, stored)
    token = door.cookies["__Host-bidkeeper"]
    assert door.post("/sign-out").status_code == 303
    copied = another(door)
    copied.cookies.set("__Host-bidkeeper", token, domain="bids.clinic.example", path="/")
    assert copied.get("/about").status_code == 401


def test_a_new_password_ends_every_other_session_and_wants_the_present_one(door: TestClient, stored: Database) -> None:
    sign_in(door, stored)
    elsewhere = another(door)
    sign_in(elsewhere, stored)
    wrong = door.post("/account/password", data={"old": "not it at all", "new": "another long sentence"})
    assert wrong.status_code == 422
    weak = door.post("/account/password", data={"old": PASSWORD, "new": "short"})
    assert "at least 12 characters" in weak.text
    assert elsewhere.get("/about").status_code == 200
    assert door.post("/account/password", data={"old": PASSWORD, "new": "another long sentence"}).status_code == 303
    assert elsewhere.get("/about").status_code == 401
    assert door.get("/about").status_code == 200


def test_one_session_is_revoked_from_the_list_and_never_another_persons(door: TestClient, stored: Database) -> None:
    sign_in(door, stored)
    elsewhere = another(door)
    sign_in(elsewhere, stored, address="b@clinic.example")
    assert door.post("/account/sign-ins/2/end").status_code == 404
    assert elsewhere.get("/about").status_code == 200
    phone = another(door)
    sign_in(phone, stored)
    assert door.post("/account/sign-ins/3/end").status_code == 303
    assert phone.get("/about").status_code == 401


def test_an_owner_invites_and_takes_out(door: TestClient, stored: Database) -> None:
    sign_in(door, stored)
    page = door.post("/account/people", data={"address": "new@clinic.example", "role": "staff"}).text
    link = re.search(rf"{PUBLIC}(/sign-in/link/[\w-]+)", page)
    assert link
    guest = another(door)
    assert guest.post(link[1]).status_code == 303
    assert "staff" in guest.get("/account").text
    with stored.read() as session:
        person = store.by_address(session, "new@clinic.example")
    assert person is not None
    assert door.post(f"/account/people/{person.id}/end").status_code == 303
    assert guest.get("/account").status_code == 401
    assert door.post("/account/people/1/end").status_code == 409  # the last owner


@pytest.mark.parametrize("data", [{"address": "x", "role": "staff"}, {"address": "x@y.example", "role": "king"}])
def test_an_invitation_that_can_not_be_adds_nobody(door: TestClient, stored: Database, data: dict[str, str]) -> None:
    sign_in(door, stored)
    assert door.post("/account/people", data=data).status_code == 422
    with stored.read() as session:
        assert len(session.exec(select(Person)).all()) == 1


def test_an_address_of_another_organisation_gets_no_link_from_here(door: TestClient, stored: Database) -> None:
    sign_in(door, stored)
    with stored.write() as session:
        add_person(session, "owner", 2, "theirs@other.example")
    answer = door.post("/account/people", data={"address": "theirs@other.example", "role": "owner"})
    assert answer.status_code == 422
    with stored.read() as session:
        assert not session.exec(select(SignInLink)).all()


def make_key(door: TestClient, *scopes: str, days: int = 365) -> str:
    page = door.post("/account/keys", data={"name": "report", "scope": scopes or ("read",), "days": days}).text
    found = re.search(r"bk_[0-9a-f]{8}_[0-9a-f]{64}_[0-9a-f]{8}", page)
    assert found
    return found[0]


def test_a_key_opens_the_api_within_its_scopes_until_it_is_revoked(door: TestClient, stored: Database) -> None:
    sign_in(door, stored)
    reading, writing = make_key(door), make_key(door, "read", "write")
    assert reading not in door.get("/account").text  # shown once
    program = another(door)
    wanted = {"address": "a@clinic.example", "consent": "agreed by telephone"}

    def ask(key: str) -> tuple[int, int]:
        headers = {"authorization": f"Bearer {key}"}
        made = program.post("/api/v1/subscriptions", json=wanted, headers=headers).status_code
        return program.get("/api/v1/tenders", headers=headers).status_code, made

    assert ask(reading) == (200, 403)
    assert ask(writing) == (200, 201)
    assert ask(reading[:-1] + ("0" if reading[-1] != "0" else "1")) == (401, 401)
    assert program.get("/account", headers={"authorization": f"Bearer {writing}"}).status_code == 200
    assert program.post("/account/keys", data={"name": "x"}, headers={"authorization": f"Bearer {writing}"}).status_code == 403
    with stored.read() as session:
        number = session.exec(select(ApiKey.id).where(ApiKey.scopes != [])).first()
    assert door.post(f"/account/keys/{number}/revoke").status_code == 303
    assert ask(reading) == (401, 401)


def test_a_key_runs_out_after_a_year(door: TestClient, stored: Database, clock: Clock) -> None:
    sign_in(door, stored)
    key = make_key(door)
    clock.now += store.KEY_LIFE
    assert another(door).get("/api/v1/tenders", headers={"authorization": f"Bearer {key}"}).status_code == 401


def test_a_key_lasts_a_year_at_most_and_does_no_more_than_its_maker(door: TestClient, stored: Database) -> None:
    sign_in(door, stored)
    for data in ({"days": 366}, {"days": 0}, {"scope": "king"}, {"scope": ()}, {"name": " "}):
        answer = door.post("/account/keys", data={"name": "report", "scope": "read", "days": 30} | data)
        assert answer.status_code == 422, data
    headers = {"authorization": f"Bearer {make_key(door, 'write', 'people')}"}
    assert another(door).post("/account/keys", data={"name": "x", "scope": "payees"}, headers=headers).status_code == 422
    with stored.read() as session:
        assert [row.scopes for row in session.exec(select(ApiKey))] == [["read", "write", "people"]]


def test_a_program_that_handles_people_makes_no_owner(door: TestClient, stored: Database) -> None:
    sign_in(door, stored)
    headers = {"authorization": f"Bearer {make_key(door, 'write', 'people')}"}
    program = another(door)
    for role, status in (("owner", 422), ("staff", 200)):
        data = {"address": f"{role}@clinic.example", "role": role}
        assert program.post("/account/people", data=data, headers=headers).status_code == status
    assert program.post("/account/people/1/end", headers=headers).status_code == 409
    assert program.post("/account/people/1/role", data={"role": "staff"}, headers=headers).status_code == 409


def test_a_role_is_changed_at_once_and_the_last_owner_stays_one(door: TestClient, stored: Database) -> None:
    sign_in(door, stored)
    guest = another(door)
    sign_in(guest, stored, role="staff", address="b@clinic.example")
    assert guest.get("/audit").status_code == 403
    assert door.post("/account/people/2/role", data={"role": "auditor"}).status_code == 303
    assert guest.get("/audit").status_code == 200
    for address in ("/account/people/1/role", "/account/people/2/role"):
        assert door.post(address, data={"role": "king"}).status_code == 409
    assert door.post("/account/people/1/role", data={"role": "staff"}).status_code == 409
    assert door.post("/account/people/9/role", data={"role": "staff"}).status_code == 404
    assert door.post("/account/people/2/role", data={"role": "owner"}).status_code == 303
    assert door.post("/account/people/1/role", data={"role": "staff"}).status_code == 303
    assert door.post("/account/people/2/role", data={"role": "staff"}).status_code == 403  # an owner no more


def test_what_owners_do_with_people_and_keys_is_in_the_audit_log(door: TestClient, stored: Database) -> None:
    sign_in(door, stored)
    door.post("/account/people", data={"address": "new@clinic.example", "role": "staff"})
    door.post("/account/people/2/role", data={"role": "finance"})
    make_key(door)
    door.post("/account/keys/1/revoke")
    door.post("/account/people/2/end")
    with stored.read() as session:
        log = [(row.actor, row.action, row.subject) for row in reversed(audit.entries(session, organisation_id=1))]
    assert log == [
        ("person 1", "person.signed_in", "person:1"),
        ("person 1", "person.invited", "person:2"),
        ("person 1", "person.role", "person:2"),
        ("person 1", "key.made", "key:1"),
        ("person 1", "key.revoked", "key:1"),
        ("person 1", "person.removed", "person:2"),
    ]


def test_a_new_address_for_oneself_wants_the_password_and_a_new_name_does_not(door: TestClient, stored: Database) -> None:
    sign_in(door, stored)
    refused = door.post("/account/profile", data={"address": "thief@elsewhere.example", "name": "Ana"})
    assert "The present password is wrong" in refused.text
    with stored.read() as session:
        assert session.exec(select(Person.address)).all() == ["a@clinic.example"]
    assert door.post("/account/profile", data={"address": "a@clinic.example", "name": "Ana"}).status_code == 303


def test_what_people_do_about_their_own_account_is_in_the_audit_log(door: TestClient, stored: Database) -> None:
    sign_in(door, stored)
    sign_in_again = another(door)
    sign_in_again.post("/sign-in", data={"address": "a@clinic.example", "password": PASSWORD})
    door.post("/account/sign-ins/2/end")
    door.post("/account/profile", data={"address": "b@clinic.example", "name": "Ana", "old": PASSWORD})
    door.post("/account/password", data={"old": PASSWORD, "new": "eight quiet herons wade"})
    door.post("/sign-out")
    with stored.read() as session:
        found = audit.entries(session, organisation_id=1)
    assert [one.action for one in reversed(found)] == [
        "person.signed_in",
        "person.signed_in",
        "person.session_ended",
        "person.address",
        "person.password",
        "person.signed_out",
    ]
    assert {(one.actor, one.subject) for one in found} == {("person 1", "person:1")}
    assert [one.detail for one in found if one.action == "person.signed_in"] == [{"by": "password"}] * 2
    assert PASSWORD not in str([one.detail for one in found])


def test_an_invitation_is_mailed_where_there_is_a_relay(stored: Database, tmp_path: Path, clock: Clock) -> None:
    app = create_app(settings(tmp_path, public_url=PUBLIC, smtp_host="relay.example"), stored, clock=clock)
    door = TestClient(app, base_url=PUBLIC, follow_redirects=False)
    sign_in(door, stored)
    page = door.post("/account/people", data={"address": "new@clinic.example", "role": "staff"}).text
    link = re.search(rf"{PUBLIC}(/sign-in/link/[\w-]+)", page)
    assert link
    with stored.read() as session:
        told, sent = session.exec(select(Notification)).one(), session.exec(select(Delivery)).one()
    sender = Sender(PUBLIC, "Bidkeeper <b@clinic.example>", "", app.state.link_secret())
    mail = compose("invitation", told.content, sender=sender, now=NOW)
    assert sent.address == "new@clinic.example"
    assert link[0] in mail.text
    assert "a@clinic.example invites you" in mail.subject
    assert link[1].rpartition("/")[2] not in str(told.content)
    assert another(door).post(link[1]).status_code == 303


def test_no_more_than_a_digest_and_the_last_use_of_a_key_is_kept(door: TestClient, stored: Database, clock: Clock) -> None:
    sign_in(door, stored)
    key = make_key(door, days=30)
    program, headers = another(door), {"authorization": f"Bearer {key}"}
    assert program.get("/api/v1/tenders", headers=headers).status_code == 200
    with stored.read() as session:
        row = session.exec(select(ApiKey)).one()
    assert row.used_at == NOW
    assert key.split("_")[2] not in str(row)
    clock.now += timedelta(days=30)
    assert program.get("/api/v1/tenders", headers=headers).status_code == 401


@given(st.text(max_size=100))
def test_no_other_text_reads_as_a_key(text: str) -> None:
    assert tokens.read_key(text) is None


def test_a_key_reads_back_as_its_own_digest() -> None:
    key, prefix, digest = tokens.new_key()
    assert tokens.read_key(key) == (prefix, digest)


@pytest.mark.parametrize("role", [Role.READ_ONLY, Role.AUDITOR])
def test_who_only_looks_changes_nothing_but_their_own_account(door: TestClient, stored: Database, role: Role) -> None:
    sign_in(door, stored, role=role)
    assert door.get("/tenders").status_code == 200
    refused = door.post("/subscribe", data={"address": "x@y.example", "consent": "yes"})
    assert refused.status_code == 403
    with stored.read() as session:
        assert not session.exec(select(Subscription)).all()
    changed = door.post("/account/profile", data={"address": "a@clinic.example", "name": "Someone"})
    assert changed.status_code == 303


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_only_an_owner_manages_people_and_keys(door: TestClient, stored: Database, role: Role) -> None:
    sign_in(door, stored, role=role)
    for address in ("/account/people", "/account/people/1/end", "/account/keys", "/account/keys/1/revoke"):
        assert door.post(address, data={"name": "x"}).status_code == 403, address
    assert "API keys" not in door.get("/account").text


FOR_ANYONE = {
    ("POST", "/api/v1/sign-ups"),
    ("POST", "/api/v1/relay-events"),
}  # in the API document: for strangers, and for a relay with its secret


def routes(door: TestClient) -> list[tuple[str, str]]:
    """Every method and path of the application that takes part in the API or the pages."""
    document = [(method.upper(), path) for path, methods in door.app.openapi()["paths"].items() for method in methods]  # type: ignore[attr-defined]
    shown = [
        (method, route.path)
        for router in pages.routers()
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    ]
    return sorted({*document, *shown} - FOR_ANYONE)


def test_no_route_answers_a_stranger_and_none_shows_anything_of_another_organisation(door: TestClient, stored: Database) -> None:
    """Each route × (stranger, every role of another organisation), with numbers that are the first organisation's."""
    with stored.write() as session:
        session.add(Contract(organisation_id=1, title="Theirs alone agreement", created_at=NOW))
        session.add(Subscription(organisation_id=1, address="secret@clinic.example", query="secret", created_at=NOW))
        add_person(session, address="secret-person@clinic.example")
        store.add_key(session, organisation_id=1, person_id=None, name="Theirs alone key", scopes=["read"], now=NOW)
    everything = routes(door)
    assert len(everything) > 30
    browsers = {None: another(door)}
    for role in Role:
        browsers[role] = another(door)
        sign_in(browsers[role], stored, role, f"{role}@other.example", 2)
    for method, template in everything:
        address = re.sub(r"\{(\w+)\}", "1", template)
        for role, browser in browsers.items():
            answer = browser.request(method, address, data={"question": "secret", "code": "1"} if method == "POST" else None)
            if role is None:
                assert answer.status_code == 401, (method, template)
            assert answer.status_code < 500, (method, template, role)
            assert "secret-person" not in answer.text, (method, template, role)
            assert "Theirs alone" not in answer.text, (method, template, role)
            assert "secret@" not in answer.text, (method, template, role)
    with stored.read() as session:
        assert session.get_one(Subscription, 1).state == "active"
        assert session.exec(select(ApiKey)).one().revoked_at is None
        assert session.get_one(Person, 1).ended_at is None


@pytest.mark.parametrize(
    ("listens", "public", "asked", "extra", "status"),
    [
        ("127.0.0.1", BASE, BASE, {}, 200),
        ("0.0.0.0", BASE, BASE, {}, 401),
        ("127.0.0.1", PUBLIC, BASE, {}, 401),
        ("127.0.0.1", BASE, BASE, {"x-forwarded-for": "203.0.113.9"}, 401),
        ("127.0.0.1", BASE, BASE, {"via": "1.1 proxy"}, 401),
    ],
)
def test_whoever_sits_at_this_machine_is_in_and_nobody_a_proxy_brings(
    stored: Database, tmp_path: Path, *, listens: str, public: str, asked: str, extra: dict[str, str], status: int
) -> None:
    app = create_app(settings(tmp_path, host=listens, public_url=public), stored, clock=lambda: NOW)
    assert TestClient(app, base_url=asked).get("/about", headers=extra).status_code == status


def test_the_open_door_can_be_shut(stored: Database, tmp_path: Path) -> None:
    app = create_app(settings(tmp_path, open_on_loopback=False), stored, clock=lambda: NOW)
    assert TestClient(app, base_url=BASE).get("/about").status_code == 401


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "",
        "/a\nb",
        "evil",
        "/\t/evil",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(address: str) -> None:
    assert inside(address) == "/"


def test_our_own_pages_are_found_again_after_signing_in() -> None:
    assert inside("/tenders?text=a&page=2") == "/tenders?text=a&page=2"


def test_a_password_is_neither_short_nor_the_address() -> None:
    for weak in ("short", "aaaaaaaaaaaaaaaa", "someone@clinic.example", "x" * 201):
        with pytest.raises(passwords.WeakPassword):
            passwords.hashed(weak, address="someone@clinic.example")
    assert passwords.right(PASSWORD, HASH)
    assert not passwords.right("wrong", HASH)
    assert not passwords.right(PASSWORD, None)
