"""Signing in through an identity provider: only what was asked for, by whom it was asked, and only for people who were invited."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey
from pydantic import ValidationError

from api.accounts.models import Person
from api.app import create_app
from api.database import Database
from tests.api.issuer import CLIENT, SECRET, Issuer, issuing
from tests.api.service import HTML, NOW, TestClient, settings
from tests.api.test_accounts import PUBLIC, add_person, another

BACK = f"{PUBLIC}/sign-in/provider/callback"
SECONDS = int(NOW.timestamp())


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing(SECONDS) as issuer:
        yield issuer


@pytest.fixture
def door(stored: Database, tmp_path: Path, issuer: Issuer) -> Iterator[TestClient]:
    """A browser before a service that knows the provider, and has invited one person."""
    with stored.write() as session:
        add_person(session, "staff")
    known: dict[str, Any] = {
        "oidc_issuer": issuer.url,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_name": "the clinic",
    }
    app = create_app(settings(tmp_path, public_url=PUBLIC, **known), stored, clock=lambda: NOW)
    with TestClient(app, base_url=PUBLIC, follow_redirects=False) as client:
        yield client


def go(door: TestClient, issuer: Issuer) -> tuple[str, str]:
    """Out to the provider; the code and the state that it sends back."""
    sent = door.get("/sign-in/provider", params={"next": "/tenders"})
    assert sent.status_code == 303
    assert sent.headers["location"].startswith(f"{issuer.url}/authorize?")
    return issuer.visit(sent.headers["location"]), issuer.asked["state"]


def come_back(door: TestClient, code: str, state: str, **more: str) -> Any:
    return door.get("/sign-in/provider/callback", params={"code": code, "state": state} | more)


def test_an_invited_person_comes_in(door: TestClient, stored: Database, issuer: Issuer) -> None:
    assert "Sign in with the clinic" in door.get("/sign-in").text
    code, state = go(door, issuer)
    assert issuer.asked["redirect_uri"] == BACK
    assert (issuer.asked["code_challenge_method"], issuer.asked["scope"]) == ("S256", "openid email profile")
    answer = come_back(door, code, state, iss=issuer.url)
    assert (answer.status_code, answer.headers["location"]) == (303, "/tenders")
    assert "a@clinic.example" in door.get("/account").text
    assert issuer.token_requests[0]["authorization"].startswith("Basic ")
    with stored.read() as session:
        assert session.get_one(Person, 1).subject == f"{issuer.url}|person-1"


def test_the_way_out_tells_the_provider_nothing_that_is_to_be_kept(door: TestClient, issuer: Issuer) -> None:
    sent = door.get("/sign-in/provider")
    words = parse_qs(urlsplit(sent.headers["location"]).query)
    assert "code_verifier" not in words
    assert "client_secret" not in words
    cookie = sent.headers["set-cookie"]
    for attribute in ("__Host-bidkeeper-provider=", "HttpOnly", "Secure", "SameSite=lax"):
        assert attribute in cookie


def test_an_answer_counts_once_and_only_for_the_browser_that_was_sent_out(door: TestClient, issuer: Issuer) -> None:
    code, state = go(door, issuer)
    assert come_back(another(door), code, state).status_code == 401  # another browser has no cookie
    assert come_back(door, code, "x" * 43).status_code == 401  # and that ended the visit
    assert come_back(door, code, state).status_code == 401
    code, state = go(door, issuer)
    assert come_back(door, "", state).status_code == 401
    code, state = go(door, issuer)
    assert come_back(door, code, state, iss="https://another.example").status_code == 401
    assert not issuer.token_requests


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://another.example"},
        {"aud": "another client"},
        {"aud": ["another client", "third"]},
        {"exp": SECONDS - 120},
        {"exp": None},
        {"sub": None},
        {"nonce": "another visit"},
        {"nonce": None},
        {"iat": SECONDS + 600},
    ],
)
def test_a_token_that_does_not_hold_lets_nobody_in(door: TestClient, issuer: Issuer, lie: dict[str, Any]) -> None:
    issuer.claims = lie
    answer = come_back(door, *go(door, issuer))
    assert answer.status_code == 502
    assert door.get("/account", headers=HTML).status_code == 303


def test_a_token_signed_by_another_key_lets_nobody_in(door: TestClient, issuer: Issuer) -> None:
    issuer.signs_with = ECKey.generate_key("P-256", {"kid": "one"})
    assert come_back(door, *go(door, issuer)).status_code == 502


@pytest.mark.parametrize(
    "who",
    [
        {"email": "stranger@clinic.example"},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email": None},
    ],
)
def test_only_people_who_were_invited_come_in_under_a_verified_address(
    door: TestClient, issuer: Issuer, who: dict[str, Any]
) -> None:
    issuer.claims = who
    answer = come_back(door, *go(door, issuer))
    assert answer.status_code == 403
    assert "nobody of that address was invited" in answer.text


def test_an_address_given_anew_at_the_provider_opens_nobodys_account(door: TestClient, issuer: Issuer) -> None:
    come_back(door, *go(door, issuer))
    issuer.claims = {"sub": "person-2"}
    assert come_back(another(door), *go(door, issuer)).status_code == 401
    fresh = another(door)
    assert come_back(fresh, *go(fresh, issuer)).status_code == 403


def test_a_provider_that_calls_itself_otherwise_is_not_asked(door: TestClient, issuer: Issuer) -> None:
    issuer.described_as = "https://another.example"
    answer = door.get("/sign-in/provider")
    assert answer.status_code == 502
    assert "did not answer as it should" in answer.text


def test_without_a_provider_there_is_no_such_way_in(web: TestClient) -> None:
    assert web.get("/sign-in/provider").status_code == 404
    assert "/sign-in/provider" not in web.get("/sign-in").text


@pytest.mark.parametrize("issuer", ["http://id.clinic.example", "http://localhost.clinic.example", "ftp://id.example", "id"])
def test_a_provider_without_tls_is_refused(tmp_path: Path, issuer: str) -> None:
    with pytest.raises(ValidationError, match="https only"):
        settings(tmp_path, oidc_issuer=issuer)
