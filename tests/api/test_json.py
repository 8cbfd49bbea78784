"""The JSON API: lists by cursor, one by id, and problem documents for everything else."""

from datetime import timedelta

import pytest

from api.database import Database
from api.json.tenders import TenderItem
from contracts.vocabulary import Health
from crawler.models import Tender
from crawler.sorting import SORTS
from tests.api.service import NOW, TestClient, add_source, add_tender


@pytest.mark.parametrize("sort", SORTS)
def test_the_cursor_walks_the_whole_list_once(web: TestClient, stored: Database, sort: str) -> None:
    with stored.write() as session:
        for number in range(23):
            at = None if number % 5 == 0 else NOW + timedelta(days=number % 4)  # ties and gaps on purpose
            add_tender(session, number=f"n{number}", title=f"Title {number % 6}", closes_at=at, published_at=at, changed_at=NOW)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        answer = web.get("/api/v1/tenders", params={"sort": sort, "limit": 4} | ({"cursor": cursor} if cursor else {})).json()
        seen += [item["ocid"] for item in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    whole = web.get("/api/v1/tenders", params={"sort": sort, "limit": 200}).json()["items"]
    assert seen == [item["ocid"] for item in whole]
    assert len(seen) == len(set(seen)) == 23


@pytest.mark.parametrize(
    "cursor", ["x", "e30", "WyJjbG9zZXMiLCAxLCAxXQ", "WyJ0aXRsZSIsICJhIiwgMV0", "é", "WyJjbG9zZXMiLCAiMjAyNiIsIDFd"]
)
def test_a_cursor_we_never_gave_is_refused(web: TestClient, cursor: str) -> None:
    answer = web.get("/api/v1/tenders", params={"cursor": cursor})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "leave it out" in answer.json()["detail"]


def test_a_tender_has_its_times_in_utc_and_its_history(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        ocid = add_tender(session).ocid
    shown = web.get(f"/api/v1/tenders/{ocid}").json()
    assert shown["tender"]["closes"] == "2026-07-14T17:00:00Z"
    assert shown["sightings"][0]["source"] == "board"
    history = web.get(f"/api/v1/tenders/{ocid}/releases").json()["items"]
    assert [release["tag"] for release in history] == ["tender"]
    assert history[0]["evidence_sha256"] == "ab" * 32


def test_the_list_and_the_tender_say_the_same_of_it(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_tender(session, programs=["or2"], closes_at=NOW + timedelta(microseconds=7), zone=None)
    (listed,) = web.get("/api/v1/tenders").json()["items"]
    assert listed == web.get("/api/v1/tenders/ocds-test-048-2026").json()["tender"]
    assert TenderItem.model_validate(listed).programs == ["or2"]


def test_filters_reach_the_api(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_tender(session, number="1", title="Alpha")
        add_tender(session, number="2", title="Beta", status="awarded")

    def titles(query: str) -> list[str]:
        return [item["title"] for item in web.get(f"/api/v1/tenders?{query}").json()["items"]]

    assert titles("status=awarded") == ["Beta"]
    assert sorted(titles("status=awarded&status=open")) == ["Alpha", "Beta"]
    assert titles("text=alph") == ["Alpha"]


def test_a_list_that_is_asked_again_is_the_same_until_something_changes(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_tender(session, number="1", title="Alpha")
    for address in ("/api/v1/tenders", "/tenders"):
        first, again = web.get(address), web.get(address)
        assert (first.content, first.headers["content-type"]) == (again.content, again.headers["content-type"])
        assert first.headers["content-type"].startswith("application/json" if "api" in address else "text/html")
    with stored.write() as session:
        add_tender(session, number="2", title="Beta")
    for address in ("/api/v1/tenders", "/tenders"):
        assert "Beta" in web.get(address).text


def test_an_unchanged_list_costs_a_304(web: TestClient) -> None:
    tag = web.get("/api/v1/tenders").headers["etag"]
    assert web.get("/api/v1/tenders", headers={"if-none-match": f'"other", {tag}'}).status_code == 304


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/v1/tenders/none", 404),
        ("/api/v1/tenders/none/releases", 404),
        ("/api/v1/sources/none", 404),
        ("/api/v1/nothing", 404),
        ("/api/v1/tenders?limit=0", 422),
        ("/api/v1/tenders?limit=9999", 422),
        ("/api/v1/tenders?status=nonsense", 422),
        ("/api/v1/tenders?within=-1", 422),
        ("/api/v1/tenders?sort=colour", 422),
    ],
)
def test_every_refusal_is_a_problem_document(web: TestClient, address: str, status: int) -> None:
    answer = web.get(address, headers={"accept": "text/html"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["detail"]
    assert "content-security-policy" in answer.headers


def test_the_wrong_method_says_which_are_right(web: TestClient) -> None:
    answer = web.delete("/api/v1/tenders")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


def test_sources_tell_their_health(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_source(session, health=Health.REFUSED, health_reason="A captcha stood before the list.")
    items = web.get("/api/v1/sources").json()["items"]
    assert (items[0]["health"], items[0]["reason"]) == ("refused", "A captcha stood before the list.")
    assert web.get("/api/v1/sources/board").json() == items[0] | {"sample": None}


def test_the_document_is_openapi_31_with_an_example_for_every_answer_with_a_body(web: TestClient) -> None:
    document = web.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert set(Tender.model_fields) >= {"ocid", "title"}
    for path, methods in document["paths"].items():
        assert path.startswith(("/api/v1/", "/ocds/"))
        for method, operation in methods.items():
            assert operation["description"], (method, path)


def test_a_contract_is_asked_over_the_api_and_a_fee_looked_up(web: TestClient) -> None:
    text = b"1. Invoices. Each invoice is sent within 90 days after the date of service.\n\nA100  Assessment  $145.00\n"
    web.post("/contracts", files={"file": ("agreement.txt", text)}, data={"number": "77-2026"})
    listed = web.get("/api/v1/contracts").json()["items"]
    assert [item["number"] for item in listed] == ["77-2026"]
    answer = web.get("/api/v1/contracts/ask", params={"question": "when is an invoice sent", "as_of": "2026-07-01"}).json()
    assert "within 90 days" in answer["quote"]
    assert (answer["page"], answer["as_of"]) == (1, "2026-07-01")
    nothing = web.get("/api/v1/contracts/ask", params={"question": "uniform colours"}).json()
    assert (nothing["value"], nothing["quote"]) == (None, None)
    assert web.get("/api/v1/contracts/99/").status_code in {307, 404}
    assert web.get("/api/v1/contracts/99").status_code == 404
    assert web.get("/api/v1/contracts/ask", params={"question": "x", "contract": 99}).status_code == 404
    assert web.get("/api/v1/contracts/ask").status_code == 422
    assert web.get("/api/v1/fees/none").json() == {"items": [], "next": None}


def test_contracts_are_paged(web: TestClient) -> None:
    for number in range(3):
        web.post("/contracts", files={"file": (f"{number}.txt", f"Agreement {number} about things".encode())})
    first = web.get("/api/v1/contracts?limit=2").json()
    rest = web.get(f"/api/v1/contracts?limit=2&cursor={first['next']}").json()
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [2, 1, None]


def test_a_subscription_is_made_once_and_ended(web: TestClient) -> None:
    wanted = {"address": "a@clinic.example", "query": "rehab", "consent": "agreed by telephone"}
    made = web.post("/api/v1/subscriptions", json=wanted)
    assert made.status_code == 201
    assert web.post("/api/v1/subscriptions", json=wanted).json()["id"] == made.json()["id"]
    assert web.delete(f"/api/v1/subscriptions/{made.json()['id']}").status_code == 204
    assert web.get("/api/v1/subscriptions").json()["items"] == []
    assert web.delete("/api/v1/subscriptions/999").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "nobody"},
        {"query": "(rehab"},
        {"consent": ""},
        {"organisation_id": 2},  # mass assignment
        {"state": "active"},
    ],
)
def test_a_subscription_that_can_not_be_is_a_problem(web: TestClient, wrong: dict[str, object]) -> None:
    wanted = {"address": "a@clinic.example", "query": "rehab", "consent": "agreed by telephone"} | wrong
    answer = web.post("/api/v1/subscriptions", json=wanted)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert web.get("/api/v1/subscriptions").json()["items"] == []
