"""Every list of the API is walked by cursor, through one mechanism."""

# ruff: noqa: F811 - pytest takes fixtures by the names of arguments

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from api.accounts import store
from api.accounts.models import Person
from api.database import Database
from contracts.models import Contract, Obligation
from tests.api.service import NOW, TestClient, add_source
from tests.api.test_accounts import Clock, clock, door  # noqa: F401 - fixtures
from tests.api.test_json_once import key_of
from tests.api.test_pages_alerts import add_delivery, add_subscription

API = "/api/v1"
PACKAGES = {"/ocds/releases"}  # OCDS has links of its own
MANY = 5


@pytest.fixture
def program(door: TestClient, stored: Database) -> TestClient:
    """A client with a key that may do all that a program can, over five of everything."""
    door.headers.update(key_of(stored, scopes=store.SCOPES))
    with stored.write() as session:
        for number in range(MANY):
            five(session, number)
    return door


def five(session: Session, number: int) -> None:
    """One more of everything that has a list."""
    store.add_person(session, organisation_id=1, address=f"p{number}@clinic.example", role="staff", now=NOW)
    store.add_key(session, organisation_id=1, person_id=None, name=f"key {number}", scopes=["read"], now=NOW)
    add_source(session, f"portal-{number}")
    add_delivery(session, add_subscription(session, address=f"s{number}@clinic.example"), key=f"d{number}")
    contract = Contract(organisation_id=1, title=f"Agreement {number}", created_at=NOW)
    session.add(contract)
    session.flush()
    session.add(
        Obligation(
            organisation_id=1,
            contract_id=contract.id or 0,
            key=f"{contract.id}:n",
            kind="notice",
            title="Give notice",
            due=NOW.date() + timedelta(days=number // 2),  # some on the same day
            basis="as agreed",
            created_at=NOW,
        )
    )


def stretches(program: TestClient, path: str, size: int) -> Iterator[list[Any]]:
    """The stretches of a list, by following its links."""
    address: str | None = f"{path}?limit={size}"
    while address is not None:
        answer = program.get(address)
        assert answer.status_code == 200, answer.text
        yield answer.json()["items"]
        found = re.fullmatch(r'<(/[^>]+)>; rel="next"', answer.headers.get("link", ""))
        assert (found is None) == (answer.json()["next"] is None)
        address = found[1] if found else None


@pytest.mark.parametrize(
    "name",
    ["people", "keys", "sources", "subscriptions", "deliveries", "contracts", "renewals", "obligations", "consents", "contacts"],
)
def test_a_list_is_walked_once_whatever_the_stretch(program: TestClient, name: str) -> None:
    whole = list(stretches(program, f"{API}/{name}", 200))
    parts = list(stretches(program, f"{API}/{name}", 2))
    assert len(whole) == 1
    assert len(whole[0]) >= MANY
    assert [len(part) for part in parts[:-1]] == [2] * (len(parts) - 1)
    assert [item for part in parts for item in part] == whole[0]


def test_a_row_that_goes_in_between_hides_no_other(program: TestClient, stored: Database) -> None:
    first = program.get(f"{API}/people?limit=2").json()
    with stored.write() as session:
        gone = session.get_one(Person, first["items"][-1]["id"])
        gone.ended_at = NOW
        session.add(gone)
    rest = program.get(f"{API}/people?limit=200&cursor={first['next']}").json()
    assert [one["address"] for one in rest["items"]] == [f"p{number}@clinic.example" for number in (2, 3, 4)]


def test_a_cursor_of_another_list_is_refused(program: TestClient) -> None:
    cursor = program.get(f"{API}/people?limit=2").json()["next"]
    for path, wrong in [("obligations", cursor), ("people", "WzFd"), ("people", "x"), ("people", "IjEi"), ("audit", cursor)]:
        answer = program.get(f"{API}/{path}?cursor={wrong}")
        assert (answer.status_code, "leave it out" in answer.text) == (400, True), (path, answer.text)


def test_every_list_of_the_description_takes_cursor_and_limit_and_names_its_link(program: TestClient) -> None:
    document = program.get(f"{API}/openapi.json").json()
    seen = 0
    for path, methods in document["paths"].items():
        answer = methods.get("get", {}).get("responses", {}).get("200", {})
        shape = answer.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
        if "/Page_" not in shape or path in PACKAGES:
            continue
        seen += 1
        assert {"cursor", "limit"} <= {one["name"] for one in methods["get"]["parameters"]}, path
        assert "Link" in answer["headers"], path
        assert "400" in methods["get"]["responses"], path
    assert seen > 20
