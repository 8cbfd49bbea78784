"""Passkeys on the server's side: an answer counts once, for its own question, and only from the device that was asked."""

# ruff: noqa: F811 - pytest takes fixtures by the names of arguments

import json
from pathlib import Path

import pytest
from sqlmodel import select

from api.accounts import ceremonies, passkeys, second
from api.accounts.models import Ceremony, Passkey, Person, RecoveryCode
from api.accounts.passkeys import RelyingParty
from api.database import Database
from tests.api.service import HTML, NOW, TestClient
from tests.api.test_accounts import (  # noqa: F401 - fixtures
    PASSWORD,
    PUBLIC,
    Clock,
    _cheap_passwords,
    another,
    clock,
    door,
    sign_in,
)


def add_passkey(stored: Database, person_id: int = 1, credential: str = "YWJj") -> None:
    """A passkey on file, whose device nobody here has."""
    with stored.write() as session:
        person = session.get_one(Person, person_id)
        row = Passkey(
            organisation_id=person.organisation_id,
            person_id=person_id,
            credential=credential,
            public_key=b"\0",
            name="A phone",
            created_at=NOW,
        )
        person.passkey_since = NOW
        session.add_all([row, person])


@pytest.mark.parametrize(
    ("public_url", "site"),
    [
        ("https://bids.clinic.example/", ("bids.clinic.example", "https://bids.clinic.example")),
        ("https://bids.clinic.example:8443", ("bids.clinic.example", "https://bids.clinic.example:8443")),
        ("http://localhost:8000", ("localhost", "http://localhost:8000")),
        ("http://127.0.0.1:8000", None),
        ("https://[::1]/", None),
        ("http://bids.clinic.example", None),
    ],
)
def test_passkeys_are_for_a_name_that_browsers_trust(public_url: str, site: tuple[str, str] | None) -> None:
    found = RelyingParty.of(public_url)
    assert (found and (found.id, found.origin)) == site


def test_the_question_names_us_and_wants_the_holder_verified(door: TestClient, stored: Database) -> None:
    sign_in(door, stored)
    made = door.post("/account/passkeys/options").json()["options"]
    assert made["rp"]["id"] == "bids.clinic.example"
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert made["authenticatorSelection"]["residentKey"] == "required"
    asked = door.post("/sign-in/passkey/options").json()["options"]
    assert (asked["rpId"], asked["userVerification"]) == ("bids.clinic.example", "required")
    assert asked["challenge"] != made["challenge"]


def test_a_ceremony_is_taken_up_once_by_whom_it_is_for_and_soon(stored: Database) -> None:
    with stored.write() as session:
        token = ceremonies.begin(session, "a", now=NOW, person_id=None, word="x")
        assert ceremonies.take(session, "b", token, now=NOW) is None
        assert ceremonies.take(session, "a", "other", now=NOW) is None
        assert ceremonies.take(session, "a", token, now=NOW, person_id=7) is None
        assert ceremonies.take(session, "a", token, now=NOW) == {"word": "x"}
        assert ceremonies.take(session, "a", token, now=NOW) is None
        late = ceremonies.begin(session, "a", now=NOW)
        assert ceremonies.take(session, "a", late, now=NOW + ceremonies.LASTS) is None
        ceremonies.begin(session, "a", now=NOW)
        ceremonies.begin(session, "a", now=NOW + ceremonies.LASTS)
        assert len(session.exec(select(Ceremony)).all()) == 1  # the old one was forgotten


ANSWERS = [
    "",
    "no JSON",
    "{}",
    "[]",
    "null",
    json.dumps({"id": "YWJj", "rawId": "YWJj", "type": "public-key", "response": {}}),
    json.dumps(
        {
            "id": "YWJj",
            "rawId": "YWJj",
            "type": "public-key",
            "response": {"clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "AAAA", "attestationObject": "AAAA"},
        }
    ),
    "x" * (passkeys.LONGEST + 1),
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_that_does_not_hold_lets_nobody_in_and_keeps_nothing(door: TestClient, stored: Database, answer: str) -> None:
    sign_in(door, stored)
    token = door.post("/account/passkeys/options").json()["token"]
    kept = door.post("/account/passkeys", data={"token": token, "credential": answer, "password": PASSWORD})
    assert kept.status_code == 422
    with stored.read() as session:
        assert not session.exec(select(Passkey)).all()
    add_passkey(stored)
    stranger = another(door)
    token = stranger.post("/sign-in/passkey/options").json()["token"]
    refused = stranger.post("/sign-in/passkey", data={"token": token, "credential": answer})
    assert refused.status_code in {401, 422}
    assert "set-cookie" not in refused.headers


def test_who_has_a_passkey_is_not_in_with_the_password_alone(door: TestClient, stored: Database) -> None:
    sign_in(door, stored)
    add_passkey(stored)
    browser = another(door)
    sign_in(browser, stored)
    assert browser.get("/alerts", headers=HTML).headers["location"].startswith("/sign-in/code")
    with stored.write() as session:
        code = second.recovery_codes(session, session.get_one(Person, 1))[0]
    assert browser.post("/sign-in/code", data={"code": code, "next": "/alerts"}).headers["location"] == "/alerts"
    assert browser.post("/account/passkeys/1/remove").status_code == 303
    with stored.read() as session:
        assert session.get_one(Person, 1).passkey_since is None
        assert not session.exec(select(RecoveryCode)).all()


def test_a_passkey_is_added_and_taken_away_only_by_who_proved_themselves_lately(
    door: TestClient, stored: Database, clock: Clock
) -> None:
    sign_in(door, stored)
    wrong = door.post("/account/passkeys", data={"token": "x", "credential": "{}", "password": "wrong"})
    assert "present password is wrong" in wrong.text
    sign_in(another(door), stored, address="b@clinic.example")
    add_passkey(stored, person_id=2)
    assert door.post("/account/passkeys/1/remove").status_code == 403  # no proof, and not theirs either
    with stored.read() as session:
        assert session.exec(select(Passkey)).one().person_id == 2


def test_where_browsers_have_no_passkeys_none_is_offered(web: TestClient, tmp_path: Path) -> None:
    assert web.post("/sign-in/passkey/options").status_code == 404
    assert "passkeys.js" not in web.get("/sign-in").text
