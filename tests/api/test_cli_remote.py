"""The typed client, its example, and the command line that speaks to another service."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import structlog

from api.accounts import store
from api.app import create_app
from api.cli import CommandError, elsewhere, remote
from api.client import Client, Refused
from api.database import Database
from examples.open_tenders import line, soon
from tests.api.service import NOW, TestClient, add_source, add_tender, settings

URL = "https://bids.clinic.example"


class Bridge(httpx.BaseTransport):
    """Hands requests to the application, as the network would."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.client.request(request.method, str(request.url), headers=dict(request.headers), content=request.read())
        headers = {name: value for name, value in answer.headers.items() if name not in {"content-encoding", "content-length"}}
        return httpx.Response(answer.status_code, headers=headers, content=answer.content)  # unpacked already


@pytest.fixture
def there(stored: Database, tmp_path: Any) -> Bridge:
    """A service with three tenders, reached as others reach it."""
    with stored.write() as session:
        for number in range(3):
            add_tender(session, number=f"{number}-2026", title=f"Tender {number}")
        add_source(session)
    app = create_app(settings(tmp_path, public_url=URL), stored, clock=lambda: NOW)
    return Bridge(TestClient(app, base_url=URL, follow_redirects=False))


@pytest.fixture
def key(stored: Database) -> str:
    with stored.write() as session:
        return store.add_key(session, organisation_id=1, person_id=None, name="x", scopes=["read", "write"], now=NOW)


@pytest.fixture
def run(there: Bridge, key: str, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*words: str) -> str:
        with structlog.testing.capture_logs():  # of the service, which is a process of its own elsewhere
            remote.run(URL, key, words, transport=there)
        return capsys.readouterr().out

    return run


def test_a_list_is_read_page_after_page(there: Bridge, key: str) -> None:
    with Client(URL, key, transport=there) as client:
        assert len(list(client.all("tenders", most=2))) == 2
        assert [one["title"] for one in client.all("tenders")] == [one["title"] for one in client.tenders()]
        assert len(list(client.all("sources"))) == 1


def test_a_change_sends_the_tag_of_what_it_read_and_a_refusal_is_its_sentence(there: Bridge, key: str) -> None:
    with Client(URL, key, transport=there) as client:
        one = client.subscribe("a@clinic.example", "rehab", consent="agreed by telephone")
        assert client.change(f"subscriptions/{one['id']}", state="paused")["state"] == "paused"
        with pytest.raises(Refused, match="no such subscription") as caught:
            client.get("subscriptions/99")
        assert caught.value.status == 404
        with pytest.raises(Refused, match="not a mail address"):
            client.subscribe("nobody", "", consent="agreed by telephone")


def test_a_post_is_done_once_under_its_key(there: Bridge, key: str) -> None:
    with Client(URL, key, transport=there) as client:
        made = [client.post("enquiries", {"question": "Our invoice was rejected"}, key="one")["id"] for _ in range(2)]
    assert made[0] == made[1]


def test_the_example_lists_what_closes_soon(there: Bridge, key: str) -> None:
    with Client(URL, key, transport=there) as client:
        found = soon(client)
    assert len(found) == 3
    assert line(found[0]).endswith(found[0]["title"])


def test_the_command_line_asks_another_service(run: Callable[..., str]) -> None:
    assert len(json.loads(run("tenders", "list", "--limit", "2", "--json"))) == 2
    assert "Tender 1" in run("tenders", "search", "tender", "1")
    assert json.loads(run("tenders", "show", "ocds-test-1-2026", "--json"))["tender"]["number"] == "1-2026"
    assert run("sources", "list").startswith("board\thealthy")
    route = json.loads(run("ask", "our", "invoice", "was", "rejected", "--json"))
    assert set(route) == {"route", "also", "confidence", "why", "contact"}
    assert route["route"] == "payment"
    assert json.loads(run("subscribe", "a@clinic.example", "--query", "rehab", "--json"))["state"] == "active"
    assert "rehab" in run("subscriptions")
    assert json.loads(run("contracts", "ask", "uniform", "colours", "--json"))["value"] is None
    assert json.loads(run("deliveries", "--json")) == []


def test_what_can_not_be_done_there_is_said_in_one_sentence(there: Bridge) -> None:
    for given, words, sentence in (
        ("", ("sources", "list"), "an API key is wanted"),
        ("bk_no", ("sources", "list"), "not known"),
    ):
        with pytest.raises(CommandError, match=sentence):
            remote.run(URL, given, words, transport=there)
    with pytest.raises(SystemExit):
        remote.run(URL, "bk_x", ("serve",), transport=there)
    with pytest.raises(CommandError, match="could not be reached"):
        remote.run("http://127.0.0.1:9", "bk_x", ("sources", "list"))


def test_the_service_and_key_are_taken_from_anywhere_on_the_line() -> None:
    assert elsewhere.wanted(["tenders", "list"], {}) is None
    found = elsewhere.wanted(["tenders", "--remote", URL, "list", "--key", "bk_x", "--json"], {})
    assert found == (URL, "bk_x", ["tenders", "list", "--json"])
    assert elsewhere.wanted(["ask", "x"], {"BIDKEEPER_REMOTE": URL, "BIDKEEPER_REMOTE_KEY": "bk_y"}) == (
        URL,
        "bk_y",
        ["ask", "x"],
    )
    assert elsewhere.wanted(["payees", "list", "--key", "k"], {}) is None  # a command's own option stays its own
