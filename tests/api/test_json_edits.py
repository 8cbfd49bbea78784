"""What people do on the pages, programs do over the API; and edits that overwrite nobody's."""

# ruff: noqa: F811 - pytest takes fixtures by the names of arguments

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from api.accounts import store
from api.database import Database
from api.json.description import FOR_ANYONE
from api.keys import add_vault_key
from contracts.vocabulary import DeliveryState, Health
from crawler.models import Quarantine
from tests.api.service import NOW, TestClient, add_source
from tests.api.test_accounts import Clock, clock, door  # noqa: F401 - fixtures
from tests.api.test_json_once import key_of
from tests.api.test_pages_alerts import add_delivery, add_subscription

API = "/api/v1"
TEXT = b"1. Invoices. Each invoice is sent within 90 days after the date of service.\n\nA100  Assessment  $145.00\n"


@pytest.fixture
def program(door: TestClient, stored: Database) -> Any:
    """A client that sends a key which may do all that a program can."""
    door.headers.update(key_of(stored, scopes=store.SCOPES))
    return door


def test_a_program_knows_who_it_is(program: TestClient) -> None:
    me = program.get(f"{API}/me").json()
    assert (me["organisation"], me["role"], me["scopes"]) == (1, "staff", ["payees", "people", "read", "write"])


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("subscriptions/1", {"state": "paused"}),
        ("contracts/1", {"number": "77-2026"}),
        ("people/1", {"role": "finance"}),
        ("enquiries/1", {"subject": "Another subject"}),
    ],
)
def test_an_edit_wants_the_tag_of_what_was_read(program: TestClient, stored: Database, path: str, change: dict[str, str]) -> None:
    with stored.write() as session:
        add_subscription(session)
        store.add_person(session, organisation_id=1, address="b@clinic.example", role="staff", now=NOW)
    program.post(f"{API}/documents", files={"file": ("a.txt", TEXT)})
    program.post(f"{API}/enquiries", json={"question": "Our invoice was rejected"})
    read = program.get(f"{API}/{path}")
    assert program.patch(f"{API}/{path}", json=change).status_code == 428
    stale = program.patch(f"{API}/{path}", json=change, headers={"if-match": '"another"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, read.headers["etag"])
    done = program.patch(f"{API}/{path}", json=change, headers={"if-match": read.headers["etag"]})
    assert done.status_code == 200, done.text
    (name, value), *_ = change.items()
    assert done.json()[name] == value
    assert done.headers["etag"] == program.get(f"{API}/{path}").headers["etag"] != read.headers["etag"]
    assert program.patch(f"{API}/{path}", json=change, headers={"if-match": read.headers["etag"]}).status_code == 412
    assert program.patch(f"{API}/{path}", json=change, headers={"if-match": "*"}).status_code == 200


@pytest.mark.parametrize("extra", ["id", "organisation_id", "created_at", "totp_since"])
def test_no_edit_takes_a_field_that_it_was_not_given(program: TestClient, stored: Database, extra: str) -> None:
    with stored.write() as session:
        store.add_person(session, organisation_id=1, address="b@clinic.example", role="staff", now=NOW)
    answer = program.patch(f"{API}/people/1", json={"role": "finance", extra: 7}, headers={"if-match": "*"})
    assert answer.status_code == 422


def test_facts_of_a_contract_are_put_right_and_its_fees_decided_on(program: TestClient) -> None:
    program.post(f"{API}/documents", files={"file": ("a.txt", TEXT)})
    facts, backwards = {"start": "2026-04-01", "end": "2027-04-01"}, {"start": "2027-04-01", "end": "2026-04-01"}
    assert program.patch(f"{API}/contracts/1", json=facts, headers={"if-match": "*"}).json()["end"] == "2027-04-01"
    assert program.patch(f"{API}/contracts/1", json=backwards, headers={"if-match": "*"}).status_code == 422
    fees = program.get(f"{API}/contracts/1/fees").json()["items"]
    assert [(one["code"], one["status"]) for one in fees] == [("A100", "proposed")]
    verdict = f"{API}/contracts/1/fees/{fees[0]['id']}/verdict"
    done = program.post(verdict, json={"verdict": "confirm", "valid_from": "2026-04-01"})
    assert (done.json()["status"], done.json()["valid_from"]) == ("confirmed", "2026-04-01")
    assert program.post(verdict, json={"verdict": "confirm"}).status_code == 409
    assert program.post(f"{API}/contracts/1/fees/99/verdict", json={"verdict": "confirm"}).status_code == 404


def test_a_delivery_that_failed_is_tried_again(program: TestClient, stored: Database) -> None:
    with stored.write() as session:
        one = add_subscription(session)
        add_delivery(session, one, key="a", state=DeliveryState.FAILED, reason="550 no such user")
        add_delivery(session, one, key="b", state=DeliveryState.SENT, sent_at=NOW)
    listed = program.get(f"{API}/deliveries?limit=1").json()
    assert (len(listed["items"]), listed["next"]) == (1, "2")
    assert program.get(f"{API}/deliveries?cursor=2").json()["items"][0]["reason"] == "550 no such user"
    assert program.post(f"{API}/deliveries/1/retry").json()["state"] == "queued"
    assert program.post(f"{API}/deliveries/2/retry").status_code == 409
    assert program.post(f"{API}/deliveries/3/retry").status_code == 404


def test_a_held_look_is_decided(program: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_source(session, "board", health=Health.QUARANTINED)
        session.add(Quarantine(source="board", held_at=NOW, last_at=NOW, reason="60 rows where 600 were"))
    assert [one["reason"] for one in program.get(f"{API}/held").json()["items"]] == ["60 rows where 600 were"]
    assert program.post(f"{API}/held/1/decision", json={"accept": False}).json()["state"] == "rejected"
    assert program.post(f"{API}/held/1/decision", json={"accept": False}).status_code == 409
    assert program.get(f"{API}/sources/board/events").json()["items"] == []


def test_an_enquiry_is_followed_to_its_end(program: TestClient) -> None:
    one = program.post(f"{API}/enquiries", json={"question": "Our invoice was rejected"}).json()
    path = f"{API}/enquiries/{one['id']}"
    assert program.post(f"{path}/acts", json={"act": "note", "text": " "}).status_code == 422
    assert program.post(f"{path}/acts", json={"act": "answer", "text": "Resend it."}).status_code == 409  # not asked yet
    called = program.post(f"{path}/acts", json={"act": "call", "text": "Resend it.", "answered": True}).json()
    assert called["state"] == "answered"
    assert program.post(f"{path}/acts", json={"act": "wrong-desk", "desk": "nowhere"}).status_code == 422
    assert program.post(f"{path}/acts", json={"act": "wrong-desk", "desk": "procurement"}).json()["correction"] == "proposed"
    assert program.post(f"{path}/acts", json={"act": "review", "accept": True}).json()["correction"] == "accepted"


def test_people_and_keys_are_handled_within_what_the_key_may(program: TestClient) -> None:
    made = program.post(f"{API}/people", json={"address": "new@clinic.example", "role": "staff"})
    assert made.status_code == 201
    assert "/sign-in/link/" in made.json()["link"]
    assert program.post(f"{API}/people", json={"address": "x@clinic.example", "role": "owner"}).status_code == 422
    key = program.post(f"{API}/keys", json={"name": "report", "scopes": ["write"], "days": 30}).json()
    assert key["item"]["scopes"] == ["read", "write"]
    assert key["key"].startswith(key["item"]["prefix"])
    assert "key" not in program.get(f"{API}/keys").json()["items"][0]
    assert program.delete(f"{API}/keys/{key['item']['id']}").status_code == 204
    assert program.delete(f"{API}/people/{made.json()['person']['id']}").status_code == 204
    actions = [one["action"] for one in program.get(f"{API}/audit?limit=4").json()["items"]]
    assert actions == ["person.removed", "key.revoked", "key.made", "person.invited"]
    assert program.get(f"{API}/audit/verdict").json()["whole"] is True


def test_a_program_sees_payees_masked_and_never_approves(program: TestClient, stored: Database, tmp_path: Path) -> None:
    add_vault_key(tmp_path / "keys")
    payee = program.post(f"{API}/payees", json={"number": "P-1", "legal_name": "Harbour Rehabilitation"}).json()
    account = {"institution": "001", "transit": "00011", "account": "0123456789"}
    path = f"{API}/payees/{payee['id']}"
    change = program.post(f"{path}/changes", json={"reason": "A new bank.", "bank_account": account})
    assert (change.status_code, change.json()["state"], change.json()["requested_by"]) == (201, "requested", "key 1")
    assert "0123456789" not in change.text + program.get(f"{API}/payees").text + program.get(f"{path}/changes").text
    for act, body in (("approve", None), ("refuse", {"note": "no"}), ("call-back", {"number": "1", "spoke_with": "x"})):
        assert program.post(f"{API}/payee-changes/{change.json()['id']}/{act}", json=body).status_code == 403
    assert program.post(f"{path}/reveal", json={"field": "bank_account", "reason": "why not"}).status_code == 403
    program.headers.update(key_of(stored))
    assert program.get(f"{API}/payees").status_code == 403  # a key without the scope
    for path in ("people", "keys", "audit", "consents"):
        assert program.get(f"{API}/{path}").status_code == 403, path


def test_every_answer_has_an_example_and_every_example_keeps_to_its_schema(program: TestClient) -> None:
    document = program.get(f"{API}/openapi.json").json()
    parts = {"components": document["components"]}

    def check(schema: dict[str, Any], example: Any, where: object) -> None:
        wrong = list(Draft202012Validator(parts | schema).iter_errors(example))
        assert not wrong, (where, wrong[0].message)

    for name, schema in document["components"]["schemas"].items():
        for example in schema.get("examples", ()):
            check({"$ref": f"#/components/schemas/{name}"}, example, name)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                for kind, content in answer.get("content", {}).items():
                    if kind.endswith("json"):
                        assert "example" in content, (method, path, status)
                        check(content.get("schema", {}), content["example"], (method, path, status))
            assert "Retry-After" in operation["responses"]["429"]["headers"]


def test_what_was_made_is_linked_to_what_can_be_done_with_it(program: TestClient) -> None:
    paths = program.get(f"{API}/openapi.json").json()["paths"]
    known = {operation["operationId"] for methods in paths.values() for operation in methods.values()}
    links = {
        name: link
        for methods in paths.values()
        for operation in methods.values()
        for answer in operation["responses"].values()
        for name, link in answer.get("links", {}).items()
    }
    assert len(links) > 20
    assert {link["operationId"] for link in links.values()} <= known
    made = program.post(f"{API}/keys", json={"name": "report", "scopes": ["read"]}).json()
    answer = paths[f"{API}/keys"]["post"]["responses"]["201"]
    (link,) = answer["links"].values()
    assert link["parameters"] == {"key_id": "$response.body#/item/id"}
    assert program.delete(f"{API}/keys/{made['item']['id']}").status_code == 204


def test_every_operation_has_an_example_and_a_description(program: TestClient) -> None:
    document = program.get(f"{API}/openapi.json").json()
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["description"], (method, path)
            assert operation["security"] or path in FOR_ANYONE
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            if "$ref" in body:
                assert schemas[body["$ref"].rpartition("/")[2]].get("examples"), (method, path)
    call = document["webhooks"]["news"]["post"]
    assert {one["name"] for one in call["parameters"]} == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert schemas["WebhookCall"]["examples"]
    assert not [name for name in schemas if name.startswith("api__")]  # two models of one name
