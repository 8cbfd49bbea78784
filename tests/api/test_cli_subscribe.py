"""Subscribing and looking after the outbox from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlmodel import SQLModel, col, select
from typer.testing import CliRunner

from api.cli import CommandError
from api.cli import subscribe as commands
from api.database import Database
from notifier.alerts import announce
from notifier.models import DeliveryAttempt, Subscription
from notifier.store import deliveries
from tests.notifier.factories import NOW, news

app = typer.Typer()
for command in (commands.subscribe, commands.subscriptions, commands.deliveries, commands.outbox):
    app.command()(command)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the commands find their database; made from the models, so that migrations have their own tests."""
    file = tmp_path / "bidkeeper.db"
    database = Database(f"sqlite:///{file}")
    SQLModel.metadata.create_all(database.engine)
    database.close()
    monkeypatch.setattr(commands, "open_database", lambda settings: Database(f"sqlite:///{file}"))
    return file


def run(*words: str) -> Any:
    result = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def refused(*words: str) -> CommandError:
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, CommandError), result.output
    assert "\n" not in str(result.exception)
    return result.exception


def test_subscribing_twice_is_one_subscription(path: Path) -> None:
    first = run("subscribe", "owner@clinic.example", "--query", "program:OR2")
    assert run("subscribe", "owner@clinic.example", "--query", "program:OR2")["id"] == first["id"]
    (listed,) = run("subscriptions")
    assert (listed["address"], listed["query"], listed["state"]) == ("owner@clinic.example", "program:OR2", "active")
    assert listed["consent"]["source"] == "command line"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("subscribe", "nobody"), "not a mail address"),
        (("subscribe", "a@clinic.example", "--query", "colour:red"), "no field 'colour'"),
        (("subscribe", "a@clinic.example", "--language", "de"), "en and fr"),
        (("deliveries", "--state", "lost"), "no delivery is ever 'lost'"),
        (("outbox", "--retry", "--only", "7"), "delivery 7"),
        (("deliveries", "--only", "7"), "there is no delivery 7"),
    ],
)
def test_a_mistake_is_one_sentence_and_stores_nothing(path: Path, words: tuple[str, ...], says: str) -> None:
    assert says in str(refused(*words))
    assert run("subscriptions") == []


def test_deliveries_say_what_became_of_each_and_retry_makes_them_due(path: Path) -> None:
    run("subscribe", "owner@clinic.example")
    database = Database(f"sqlite:///{path}")
    with database.write() as session:
        announce(session, news(), now=NOW)
        (row,) = deliveries(session)
        row.state, row.reason, row.attempts = "failed", "550 no", 3
        session.add(row)
        session.add(DeliveryAttempt(delivery_id=row.id or 0, at=NOW, outcome="failed", code=550, text="no"))
        identity = row.id
    one = run("deliveries", "--only", str(identity))
    assert (one["id"], [(tried["outcome"], tried["code"]) for tried in one["tries"]]) == (identity, [("failed", 550)])
    (listed,) = run("deliveries", "--state", "failed", "--ocid", news().ocid)
    assert (listed["address"], listed["reason"]) == ("owner@clinic.example", "550 no")
    assert run("outbox") == {"states": {"failed": 1}, "retried": 0, "neglected": []}
    assert run("outbox", "--retry", "--only", str(identity))["states"] == {"queued": 1}
    database.close()


def test_people_get_tables(path: Path) -> None:
    CliRunner().invoke(app, ["subscribe", "owner@clinic.example", "--query", "[bold]rehab"])
    shown = CliRunner().invoke(app, ["subscriptions"]).output
    assert "owner@clinic.example" in shown
    assert "[bold]rehab" in shown


def test_a_rhythm_and_a_channel_are_chosen_on_the_command_line(path: Path) -> None:
    daily = run("subscribe", "a@clinic.example", "--frequency", "daily", "--at", "07:30", "--quiet", "21:00-07:00", "--workdays")
    assert daily["frequency"] == "daily"
    hook = run("subscribe", "https://hooks.clinic.example/bids", "--channel", "webhook", "--owner", "it@clinic.example")
    assert (hook["channel"], hook["address"], hook["open"]) == ("webhook", "https://hooks.clinic.example/bids", 0)
    database = Database(f"sqlite:///{path}")
    with database.read() as session:
        rows = session.exec(select(Subscription).order_by(col(Subscription.id))).all()
    assert [(row.frequency, row.deliver_at, row.quiet, row.workdays) for row in rows] == [
        ("daily", "07:30", "21:00-07:00", True),
        ("instant", "08:00", "", False),
    ]
    with database.write() as session:
        announce(session, news(), now=NOW)
    database.close()
    assert run("outbox", "--replay", str(hook["id"]), "--since", "2026-01-01")["replayed"] == 0  # what waits is not missed
    assert "there is no subscription 99" in str(refused("outbox", "--replay", "99"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("a@clinic.example", "--frequency", "yearly"), "instant, hourly, daily or weekly"),
        (("a@clinic.example", "--quiet", "night"), "21:00-07:00"),
        (("a@clinic.example", "--zone", "Mars/X"), "time zone"),
        (("x", "--channel", "pigeon"), "the channels are email, webhook, apprise"),
        (("https://hooks.clinic.example/", "--channel", "webhook", "--frequency", "daily"), "come instant"),
    ],
)
def test_a_choice_that_cannot_be_meant_is_one_sentence(path: Path, words: tuple[str, ...], says: str) -> None:
    assert says in str(refused("subscribe", *words))
    assert run("subscriptions") == []
