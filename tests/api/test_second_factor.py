"""The second factor and the mailed link: what each code opens, once, and for how long."""

# ruff: noqa: F811 - pytest takes fixtures by the names of arguments

from datetime import timedelta

import pyotp
import pytest
from sqlmodel import select

from api.accounts import second, store
from api.accounts.models import Person, RecoveryCode, SignIn, SignInLink
from api.database import Database
from notifier import links
from notifier.messages import Sender, compose
from notifier.models import Delivery, Notification
from tests.api.service import HTML, NOW, TestClient
from tests.api.test_accounts import (  # noqa: F401 - fixtures
    PASSWORD,
    Clock,
    _cheap_passwords,
    another,
    clock,
    door,
    sign_in,
)


def secret_of(door: TestClient) -> str:
    return str(door.app.state.link_secret())  # type: ignore[attr-defined]


def switch_on(door: TestClient, stored: Database, clock: Clock) -> tuple[pyotp.TOTP, list[str]]:
    """Set a second factor up for the person signed in, a step before now."""
    door.post("/account/second-factor/begin", data={"password": PASSWORD})
    with stored.read() as session:
        shared = second.pending(session.get_one(Person, 1), secret=secret_of(door))
    assert shared
    totp = pyotp.TOTP(shared)
    page = door.post("/account/second-factor/confirm", data={"code": totp.at(clock.now)}, headers=HTML).text
    codes = [part.split("<")[0] for part in page.split("<li><code>")[1:]]
    assert len(codes) == second.RECOVERY_CODES
    clock.now += timedelta(seconds=second.STEP)
    return totp, codes


def test_signing_in_stops_half_way_until_the_code_is_given(door: TestClient, stored: Database, clock: Clock) -> None:
    sign_in(door, stored)
    totp, _ = switch_on(door, stored, clock)
    browser = another(door)
    sign_in(browser, stored)
    assert browser.get("/alerts?x=1", headers=HTML).headers["location"] == "/sign-in/code?next=%2Falerts%3Fx%3D1"
    assert browser.post("/account/password", data={"new": "x"}).status_code == 401
    assert browser.get("/api/v1/tenders").status_code == 401
    assert "Your code" in browser.get("/sign-in/code").text
    assert browser.post("/sign-in/code", data={"code": "000000"}).status_code == 401
    answer = browser.post("/sign-in/code", data={"code": totp.at(clock.now), "next": "/alerts"})
    assert answer.headers["location"] == "/alerts"
    assert browser.get("/alerts").status_code == 200


def test_a_code_works_once_and_within_a_step_of_the_clock(door: TestClient, stored: Database, clock: Clock) -> None:
    sign_in(door, stored)
    totp, _ = switch_on(door, stored, clock)
    code = totp.at(clock.now)
    stale = totp.at(clock.now - timedelta(seconds=3 * second.STEP))
    given = [door.post("/account/code", data={"code": one}).status_code for one in (stale, code, code)]
    assert given == [401, 303, 401]


def test_a_recovery_code_stands_in_once(door: TestClient, stored: Database, clock: Clock) -> None:
    sign_in(door, stored)
    _, codes = switch_on(door, stored, clock)
    given = [door.post("/account/code", data={"code": code}).status_code for code in (codes[0].upper(), codes[0])]
    assert given == [303, 401]
    assert "9 recovery codes left" in door.get("/account/second-factor").text


def test_neither_secret_nor_recovery_codes_stand_readable_in_the_database(
    door: TestClient,
    stored: Database,
    clock: Clock,
) -> None:
    sign_in(door, stored)
    totp, codes = switch_on(door, stored, clock)
    with stored.read() as session:
        kept = session.get_one(Person, 1).totp_secret
        digests = [row.code_sha256 for row in session.exec(select(RecoveryCode))]
    assert kept
    assert totp.secret.encode() not in kept
    assert not set(codes) & set(digests)


def test_the_sixth_try_waits(door: TestClient, stored: Database, clock: Clock) -> None:
    sign_in(door, stored)
    totp, _ = switch_on(door, stored, clock)  # two tries
    for _ in range(3):
        door.post("/account/code", data={"code": "000000"})
    answer = door.post("/account/code", data={"code": totp.at(clock.now)})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1


def test_a_borrowed_browser_sets_up_nothing_without_the_password(door: TestClient, stored: Database) -> None:
    sign_in(door, stored)
    assert door.post("/account/second-factor/begin", data={"password": "wrong"}).status_code == 422
    with stored.read() as session:
        assert session.get_one(Person, 1).totp_secret is None


def test_it_is_taken_off_only_with_a_code(door: TestClient, stored: Database, clock: Clock) -> None:
    sign_in(door, stored)
    totp, _ = switch_on(door, stored, clock)
    assert door.post("/account/second-factor/begin", data={"password": PASSWORD}).status_code == 409
    assert door.post("/account/second-factor/off", data={"code": "1"}).status_code == 422
    assert door.post("/account/second-factor/off", data={"code": totp.at(clock.now)}).status_code == 303
    with stored.read() as session:
        assert session.get_one(Person, 1).totp_since is None
        assert not session.exec(select(RecoveryCode)).all()


def test_whoever_sits_at_the_machine_has_no_second_factor(web: TestClient) -> None:
    assert web.get("/account/second-factor").status_code == 409


def test_a_mailed_link_signs_in_once_and_no_row_holds_it(door: TestClient, stored: Database, clock: Clock) -> None:
    sign_in(door, stored)
    assert door.post("/sign-in/mail", data={"address": "A@clinic.example"}).headers["location"] == "/sign-in?done=link_mailed"
    with stored.read() as session:
        told, row = session.exec(select(Notification)).one(), session.exec(select(SignInLink)).one()
        assert session.exec(select(Delivery)).one().address == "a@clinic.example"
    sender = Sender("https://bids.clinic.example", "Bidkeeper <b@clinic.example>", "", secret_of(door))
    address = links.sign_in_url("", told.content["nonce"], secret=secret_of(door))
    assert f"https://bids.clinic.example{address}\n" in compose("sign_in", told.content, sender=sender, now=NOW).text
    token = address.rpartition("/")[2]
    assert token not in f"{told} {row}"
    browser = another(door)
    assert "<button" in browser.get(address, headers=HTML).text
    assert browser.post(address).status_code == 303
    assert browser.get("/account").status_code == 200
    assert another(door).post(address).status_code == 410


def test_a_mailed_link_runs_out_in_half_an_hour_and_ends_no_invitation(door: TestClient, stored: Database, clock: Clock) -> None:
    sign_in(door, stored)
    with stored.write() as session:
        handed = store.link(session, session.get_one(Person, 1), now=NOW)
    door.post("/sign-in/mail", data={"address": "a@clinic.example"})
    with stored.read() as session:
        nonce = session.exec(select(Notification)).one().content["nonce"]
    clock.now += store.MAILED_LINK_LIFE
    assert another(door).post(links.sign_in_url("", nonce, secret=secret_of(door))).status_code == 410
    assert another(door).post(f"/sign-in/link/{handed}").status_code == 303


def test_asking_for_a_link_tells_nobody_who_belongs_here(door: TestClient, stored: Database) -> None:
    sign_in(door, stored)
    known, unknown = (
        another(door).post("/sign-in/mail", data={"address": address}) for address in ("a@clinic.example", "z@clinic.example")
    )
    assert (known.status_code, known.headers["location"], known.text) == (
        unknown.status_code,
        unknown.headers["location"],
        unknown.text,
    )
    with stored.read() as session:
        assert len(session.exec(select(Delivery)).all()) == 1


@pytest.mark.parametrize("path", ["/sign-in/code"])
def test_a_code_without_a_session_leads_to_the_door(door: TestClient, path: str) -> None:
    assert door.post(path, data={"code": "123456"}).headers["location"] == "/sign-in"


def test_a_half_signed_in_session_shows_no_proof(door: TestClient, stored: Database, clock: Clock) -> None:
    sign_in(door, stored)
    switch_on(door, stored, clock)
    sign_in(another(door), stored)
    with stored.read() as session:
        assert [row.proved_at is None for row in session.exec(select(SignIn).order_by(SignIn.id))] == [False, True]  # type: ignore[arg-type]
