"""A POST sent twice under one Idempotency-Key is done once, and a minute has so many requests."""

# ruff: noqa: F811 - pytest takes fixtures by the names of arguments

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from api.accounts import store
from api.accounts.models import Replay
from api.app import create_app
from api.database import Database
from api.json import once
from notifier.models import Subscription
from tests.api.service import BASE, NOW, TestClient, settings
from tests.api.test_accounts import PUBLIC, Clock, clock, door  # noqa: F401 - fixtures

WANTED = {"address": "a@clinic.example", "query": "rehab", "consent": "agreed by telephone"}


def key_of(stored: Database, *, organisation_id: int = 1, scopes: tuple[str, ...] = ("read", "write")) -> dict[str, str]:
    with stored.write() as session:
        text = store.add_key(session, organisation_id=organisation_id, person_id=None, name="x", scopes=scopes, now=NOW)
    return {"authorization": f"Bearer {text}"}


def post(client: TestClient, key: str, headers: dict[str, str], **changed: str) -> Any:
    return client.post("/api/v1/subscriptions", json=WANTED | changed, headers=headers | {"Idempotency-Key": key})


def test_the_same_request_gets_the_same_answer_and_is_done_once(door: TestClient, stored: Database) -> None:
    headers = key_of(stored)
    first = post(door, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', headers)
    with stored.write() as session:  # done a second time it would begin anew
        session.get_one(Subscription, 1).query = "changed since"
    again = post(door, "8e03978e-40d5-43dd-bc93-6894a57f9324", headers)
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["content-type"] == first.headers["content-type"]


def test_a_key_used_for_another_request_is_refused(door: TestClient, stored: Database) -> None:
    headers = key_of(stored)
    assert post(door, "k", headers).status_code == 201
    other = post(door, "k", headers, query="hand therapy")
    assert (other.status_code, other.headers["content-type"]) == (422, "application/problem+json")
    with stored.read() as session:
        assert len(session.exec(select(Subscription)).all()) == 1


def test_a_key_belongs_to_whom_it_came_from(door: TestClient, stored: Database) -> None:
    mine, colleagues, theirs = key_of(stored), key_of(stored), key_of(stored, organisation_id=2)
    assert post(door, "k", mine).status_code == 201
    assert post(door, "k", colleagues, query="hand therapy").status_code == 201
    assert post(door, "k", theirs, query="other").status_code == 201


def test_one_that_comes_while_the_first_is_at_work_waits(door: TestClient, stored: Database, clock: Clock) -> None:
    headers = key_of(stored)
    post(door, "k", headers)
    with stored.write() as session:
        session.exec(select(Replay)).one().status = 0
    busy = post(door, "k", headers)
    assert (busy.status_code, busy.headers["retry-after"]) == (409, "1")
    clock.now += once.AT_WORK
    assert post(door, "k", headers).status_code == 201  # the first was killed


def test_what_was_refused_may_be_put_right_under_the_same_key(door: TestClient, stored: Database) -> None:
    headers = key_of(stored)
    assert post(door, "k", headers, query="(rehab").status_code == 422
    assert post(door, "k", headers).status_code == 201


def test_an_answer_is_kept_for_a_day_and_never_readable(door: TestClient, stored: Database, clock: Clock) -> None:
    headers = key_of(stored)
    post(door, "k", headers)
    with stored.read() as session:
        assert b"clinic.example" not in (session.exec(select(Replay)).one().body or b"")
    clock.now += once.KEPT - timedelta(seconds=1)
    assert "idempotency-replayed" in post(door, "k", headers).headers
    clock.now += timedelta(seconds=1)
    assert "idempotency-replayed" not in post(door, "k", headers).headers


@pytest.mark.parametrize("key", ["", '""', "x" * 201, "a\tb"])
def test_a_key_that_is_none_does_nothing(door: TestClient, stored: Database, key: str) -> None:
    assert post(door, key, key_of(stored)).status_code == 400
    with stored.read() as session:
        assert not session.exec(select(Subscription)).all()


def test_without_a_right_to_it_a_key_helps_nobody(door: TestClient, stored: Database) -> None:
    assert post(door, "k", {}).status_code == 401
    assert post(door, "k", {"authorization": "Bearer bk_no"}).status_code == 401
    assert post(door, "k", key_of(stored, scopes=("read",))).status_code == 403
    with stored.read() as session:
        assert not session.exec(select(Replay)).all()


def test_each_answer_says_how_many_requests_are_left(stored: Database, tmp_path: Path) -> None:
    app = create_app(settings(tmp_path, public_url=PUBLIC, api_per_minute=2), stored, clock=lambda: NOW)
    program, headers = TestClient(app, base_url=PUBLIC), key_of(stored)
    answers = [program.get(f"/api/v1/{name}", headers=headers) for name in ("tenders", "tenders/none", "tenders")]
    assert [answer.status_code for answer in answers] == [200, 404, 429]
    assert [answer.headers["ratelimit"].split(";t=")[0] for answer in answers] == ['"api";r=1', '"api";r=0', '"api";r=0']
    assert answers[0].headers["ratelimit-policy"] == '"api";q=2;w=60'
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    assert program.get("/api/v1/tenders", headers=key_of(stored)).status_code == 200  # another key has its own
    assert "ratelimit" not in program.get("/api/v1/tenders").headers


def test_whoever_sits_at_the_machine_is_not_counted(stored: Database, tmp_path: Path) -> None:
    app = create_app(settings(tmp_path, api_per_minute=1), stored, clock=lambda: NOW)
    client = TestClient(app, base_url=BASE)
    assert [client.get("/api/v1/sources").status_code for _ in range(3)] == [200, 200, 200]
