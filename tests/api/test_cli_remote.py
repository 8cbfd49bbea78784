"""The typed client, its example, and the commands that say the same here and, with --remote, of a service elsewhere."""

import inspect
import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import httpx
import pytest
import structlog
from typer.testing import CliRunner

from api.__main__ import application
from api.accounts import store
from api.app import create_app, utc_now
from api.cli import CommandError, elsewhere, far, open_database, place
from api.cli.commands import COMMANDS
from api.client import Client, Refused
from api.database import Database
from api.settings import Settings
from contracts.models import Contract, Term
from contracts.vocabulary import DeliveryState
from crawler.models import Capture, Quarantine
from crawler.store import tender as one_tender
from examples.open_tenders import line, soon
from tests.api.service import SOURCES, TestClient, add_release, add_source, add_tender
from tests.api.test_pages_alerts import add_delivery, add_subscription

URL = "https://bids.clinic.example"
TEXT = "1. Invoices. Each invoice is sent within 90 days after the date of service.\n\nA100  Assessment  $145.00\n"


class Bridge(httpx.BaseTransport):
    """Hands requests to the application, as the network would."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with structlog.testing.capture_logs():  # of the service, which is a process of its own elsewhere
            answer = self.client.request(request.method, str(request.url), headers=dict(request.headers), content=request.read())
        headers = {name: value for name, value in answer.headers.items() if name not in {"content-encoding", "content-length"}}
        return httpx.Response(answer.status_code, headers=headers, content=answer.content)  # unpacked already


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The database that commands find here, with something of everything in it."""
    monkeypatch.setenv("BIDKEEPER_DATA", str(tmp_path))
    monkeypatch.setenv("BIDKEEPER_PUBLIC_URL", URL)
    monkeypatch.setenv("COLUMNS", "300")
    (tmp_path / "sources.toml").write_text(SOURCES)
    (tmp_path / "keys").write_text(f"k1 {'ab' * 32}\n")
    database = open_database(Settings())
    with database.write() as session:
        for number in range(3):
            add_tender(session, number=f"{number}-2026", number_key=f"{number}2026", title=f"Tender {number}")
        found = one_tender(session, "ocds-test-1-2026")
        capture = Capture(source="board", url="https://board.example/", taken_at=utc_now(), sha256="ab" * 32, size=1)
        session.add(capture)
        session.flush()
        assert found is not None
        step = [{"field": "closes", "old": "2026-07-14", "new": "2026-07-21"}]
        add_release(session, found, changes=step, capture_id=capture.id)
        add_source(session)
        session.add(Quarantine(source="board", held_at=utc_now(), last_at=utc_now(), reason="60 rows where 600 were"))
        add_delivery(session, add_subscription(session), state=DeliveryState.FAILED, reason="550 no such user")
        contract = Contract(organisation_id=1, title="Agreement", number="77", start=date(2020, 4, 1), created_at=utc_now())
        session.add(contract)
        session.flush()
        span = {"valid_from": date(2020, 4, 1), "status": "confirmed", "recorded_at": utc_now()}
        session.add(Term(organisation_id=1, contract_id=contract.id or 0, kind="invoice", value="90 days", **span))
        store.first_organisation(session, now=utc_now())
        store.add_person(session, organisation_id=1, address="b@clinic.example", role="owner", now=utc_now(), name="Ana")
    yield database
    database.close()


@pytest.fixture
def there(house: Database) -> Bridge:
    """A service over that database, reached as others reach it."""
    return Bridge(TestClient(create_app(Settings(), house, clock=utc_now), base_url=URL, follow_redirects=False))


@pytest.fixture
def key(house: Database) -> str:
    with house.write() as session:
        return store.add_key(session, organisation_id=1, person_id=None, name="x", scopes=store.SCOPES, now=utc_now())


Run = Callable[..., str]


@pytest.fixture
def here(house: Database) -> Run:
    """Run a command on this machine; its output."""
    return said


@pytest.fixture
def remote(there: Bridge, key: str) -> Run:
    """Run a command with --remote; its output."""

    def run(*words: object) -> str:
        with place.elsewhere(URL, key, transport=there):
            return said(*words)

    return run


def said(*words: object) -> str:
    """What a command prints; raises what it raises."""
    texts = [str(word) for word in words]
    result = CliRunner().invoke(application([texts[0]]), texts)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


LOOKING = (
    "tenders list",
    "tenders list --status open --source board --limit 2",
    "tenders search tender 1",
    "tenders search 2-2026",
    "tenders search nothing",
    "tenders show ocds-test-1-2026",
    "tenders show 1-2026 --evidence",
    "sources list",
    "sources check board",
    "sources check someday",
    "subscriptions",
    "subscriptions --ended",
    "deliveries",
    "deliveries --state failed --limit 1",
    "deliveries --only 1",
    "enquiries list",
    "enquiries list --state draft",
    "enquiries show 1",
    "enquiries statistics",
    "contracts list",
    "contracts show 77",
    "contracts show",
    "contracts ask invoice --contract Agreement",
    "contracts ask uniforms",
    "contracts fees A100 --as-of 2026-01-01",
    "contracts due",
    "contracts due --contract 1 --until 2030-01-01",
    "contracts retention",
    "payees list",
    "routes list",
    "routes list --state all",
    "users list",
    "keys list",
    "audit show",
    "audit show --limit 1",
    "audit verify",
    "breaches list",
)


@pytest.fixture
def busy(here: Run, tmp_path: Path) -> None:
    """More of what commands show, made by commands here."""
    (tmp_path / "fees.csv").write_text("code,description,amount\nA100,Assessment,145.00\n")
    (tmp_path / "agreement.txt").write_text(TEXT)
    here("contracts", "add", tmp_path / "agreement.txt", "--contract", "77")
    here("contracts", "import-fees", tmp_path / "fees.csv", "--contract", "77", "--by", "Ana")
    here("contracts", "record", "77", "option", "months=12", "--by", "Ana")
    here("contracts", "set", "77", "--end", "2021-04-01")
    here("contracts", "retention", "--months", "12", "--basis", "a statute")
    here("contracts", "hold", "77", "--reason", "a dispute", "--by", "Ana")
    here("payees", "add", "P-1", "--legal-name", "Harbour", "--by", "Ana")
    here("payees", "request-change", "P-1", "--address", "12 Harbour Road", "--reason", "moved", "--by", "Ana")
    risk = ("--assessment", "encrypted", "--not-serious", "--by", "Ana")
    here("breaches", "add", "A laptop was lost", "--happened", "in June", "--information", "names", *risk)


def test_what_is_looked_at_reads_the_same_here_and_there(here: Run, remote: Run, there: Bridge, key: str, busy: None) -> None:
    with Client(URL, key, transport=there) as client:
        client.post("enquiries", {"question": "Our invoice was rejected"})
    for words in LOOKING:
        assert remote(*words.split()) == here(*words.split()), words
        assert json.loads(remote(*words.split(), "--json")) == json.loads(here(*words.split(), "--json")), words


def test_a_question_reads_the_same_here_and_there(here: Run, remote: Run) -> None:
    for question in ("our invoice was rejected", "hello", "where do I send it"):
        assert remote("ask", question) == here("ask", question)
        assert json.loads(remote("ask", question, "--json")) == json.loads(here("ask", question, "--json"))


# commands that change something, in an order that makes sense; {…} is filled in
CHANGING = (
    "subscribe a@clinic.example --query rehab --frequency daily --open",
    "contracts add {folder}/agreement.txt --title Lease --number 88",
    "contracts add {folder}/agreement.txt --number 88",
    "contracts import-fees {folder}/fees.csv --contract 88 --by Ana",
    "contracts set 88 --start 2026-04-01 --end 2027-04-01 --maximum 250000.00 --evergreen",
    "contracts record 88 option months=12 --by Ana",
    "contracts exercise 88 1 --on 2026-12-01 --by Ana",
    "contracts record 88 site name=Harbour --by Ana",
    "contracts remove 88 site 1 --by Ana",
    "contracts due --contract 88",
    "contracts confirm 2 --by Ana --value 60",
    "contracts hold 88 --reason dispute --by Ana",
    "contracts lift 1 --by Ana",
    "contracts retention --months 84 --basis statute --by Ana",
    "contracts dispose 88 --reason old --by Ana",
    "payees add P-9 --legal-name Harbour --by Ana",
    "payees request-change P-9 --address Here --reason moved --by Ana",
    "users add c@clinic.example --role staff --name Eva",
    "users link c@clinic.example",
    "users role c@clinic.example finance",
    "users remove c@clinic.example",
    "keys add report --scope read --days 30",
    "keys revoke 2",
    "enquiries call 1 Resend --answered",
    "enquiries close 1 --outcome answered --text Done",
    "sources check board --reject",
    "breaches add Lost --happened June --information names --assessment encrypted --serious --by Ana",
    "breaches reported 1 --people --by Ana",
)
SECRET = re.compile(r"(sign-in/link/|bk_)\S+")
OF_THE_ROW = {"created_at", "confirmed_at", "consent"}  # when it was made, and by which way


def test_what_changes_something_says_and_leaves_the_same(
    there: Bridge, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same commands on two copies of one database: one told here, the other over the API."""
    (tmp_path / "fees.csv").write_text("code,description,amount\nA100,Assessment,145.00\n")
    (tmp_path / "agreement.txt").write_text(TEXT)
    with Client(URL, key, transport=there) as client:
        client.post("enquiries", {"question": "Our invoice was rejected"})
    copy = twin(tmp_path)
    away = Database(f"sqlite:///{copy / 'bidkeeper.db'}")
    told = TestClient(create_app(Settings(data=copy), away, clock=utc_now), base_url=URL, follow_redirects=False)
    for words in CHANGING:
        texts = words.format(folder=tmp_path).split()
        near = said(*texts)
        with place.elsewhere(URL, key, transport=Bridge(told)):
            far_ = said(*texts)
        assert SECRET.sub("…", far_) == SECRET.sub("…", near), words
    for words in ("contracts show 77", "contracts list", "payees list", "users list", "sources check board", "breaches list"):
        near = said(*words.split())
        monkeypatch.setenv("BIDKEEPER_DATA", str(copy))
        assert _without_times(said(*words.split())) == _without_times(near), words
        monkeypatch.setenv("BIDKEEPER_DATA", str(tmp_path))
    away.close()


def twin(folder: Path) -> Path:
    """A second data folder with a copy of the database and the keys."""
    copy = folder / "twin"
    copy.mkdir()
    with sqlite3.connect(folder / "bidkeeper.db") as source, sqlite3.connect(copy / "bidkeeper.db") as target:
        source.backup(target)
    for name in ("keys", "sources.toml"):
        shutil.copy(folder / name, copy)
    return copy


def _without_times(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.+]+", "…", text)


def test_what_is_refused_there_is_one_sentence(remote: Run, here: Run) -> None:
    for words in (
        "tenders show nothing",
        "contracts show 99",
        "contracts close 9 --by Ana",
        "enquiries show 9",
        "deliveries --only 9",
    ):
        with pytest.raises(CommandError) as near:
            here(*words.split())
        with pytest.raises(CommandError) as away:
            remote(*words.split())
        assert str(away.value) == str(near.value), words
        assert away.value.status == near.value.status, words


def test_every_other_command_refuses_before_it_touches_anything(remote: Run, tmp_path: Path) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())
    for words in ("doctor", "payees new-key", "payees approve 1 --by Ana", "db upgrade", "tenders export --format csv", "init"):
        with pytest.raises(CommandError, match="own machine alone"):
            remote(*words.split())
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_each_twin_has_the_name_and_the_arguments_of_what_it_stands_for() -> None:
    modules = [one.name for one in iter_modules(far.__path__)]
    assert len(modules) > 10
    for name in modules:
        near, away = import_module(f"api.cli.{name}"), import_module(f"api.cli.far.{name}")
        asked = set(re.findall(r"\bat\((\w+)\)\(", "".join(inspect.getsource(one) for one in _group_of(name))))
        twins = {one for one in asked if hasattr(near, one) and getattr(near, one).__module__ == near.__name__}
        assert twins, name
        for one in twins:
            assert inspect.signature(getattr(away, one)) == inspect.signature(getattr(near, one)), f"{name}.{one}"


def _group_of(name: str) -> list[Any]:
    """The modules whose commands work through `name`."""
    return [import_module(f"api.cli.{one}") for one in ({name, "contracts"} if name == "contract_work" else {name})]


def test_a_command_that_can_be_asked_elsewhere_is_a_command() -> None:
    for command in COMMANDS.values():
        import_module(command.where.split(":")[0])
    assert len(place.ANYWHERE) > 50


def test_a_list_is_read_page_after_page(there: Bridge, key: str) -> None:
    with Client(URL, key, transport=there) as client:
        assert len(list(client.all("tenders", most=2))) == 2
        assert [one["title"] for one in client.all("tenders")] == [one["title"] for one in client.tenders()]
        assert len(list(client.all("sources", most=3))) == 3


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


def test_the_example_lists_what_closes_soon(house: Database, there: Bridge, key: str) -> None:
    with house.write() as session:
        add_tender(session, number="soon", title="Closes soon", closes_at=utc_now() + timedelta(days=5))
    with Client(URL, key, transport=there) as client:
        found = soon(client)
    assert [line(one).endswith("Closes soon") for one in found] == [True]


def test_a_key_that_does_not_work_and_a_service_that_is_not_there(there: Bridge, house: Database) -> None:
    for given, sentence in (("", "an API key is wanted"), ("bk_no", "not known")):
        with pytest.raises(CommandError, match=sentence), place.elsewhere(URL, given, transport=there):
            said("sources", "list")
    with pytest.raises(CommandError, match="could not be reached"), place.elsewhere("http://127.0.0.1:9", "bk_x"):
        said("sources", "list")


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
