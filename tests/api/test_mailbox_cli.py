"""`bidkeeper mailbox`, and what doctor says of the mailbox."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlmodel import select

from api import doctor
from api.__main__ import main
from api.cli import open_database
from api.findings import Level
from api.keys import link_secret
from api.settings import Settings
from contracts.vocabulary import DeliveryState
from notifier import bounces
from notifier.mailbox import KEPT
from notifier.models import Delivery
from tests.notifier.factories import NOW, announced, news, subscribed
from tests.notifier.reports import bounce

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder and a maildir with mail in it."""
    for part in ("new", "cur", "tmp"):
        (tmp_path / "Maildir" / part).mkdir(parents=True)
    (tmp_path / "Maildir" / "new" / "1.a").write_bytes(b"From: ann@desk.example\r\nSubject: [red]lunch\r\n\r\n?\r\n")
    monkeypatch.setenv("BIDKEEPER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("BIDKEEPER_MAILBOX_MAILDIR", str(tmp_path / "Maildir"))
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def command(*words: str) -> dict[str, Any]:
        monkeypatch.setattr("sys.argv", ["bidkeeper", "mailbox", "--json", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        assert ended.value.code == 0, printed.err
        found: dict[str, Any] = json.loads(printed.out)
        return found

    return command


def test_a_look_handles_what_waits_and_lists_what_nobody_took(here: Path, run: Run) -> None:
    database = open_database(Settings())
    with database.write() as session:
        subscribed(session)
        (row,) = announced(session, news(), now=NOW)
        row.state, row.next_attempt_at, row.message_id = DeliveryState.SENT, None, "<1@bids.clinic.example>"
        session.add(row)
    address = bounces.envelope("b@bids.clinic.example", row.id or 0, secret=link_secret(Settings()))
    (here / "Maildir" / "new" / "2.b").write_bytes(bounce("", to=address))
    found = run("--once")
    assert found["looked"] == {"taken": {"report": 1}, "kept": 1}
    assert [(one["sender"], one["handler"]) for one in found["messages"]] == [("ann@desk.example", None)]
    assert [one["handler"] for one in run("--taken")["messages"]] == ["report"]
    with database.read() as session:
        assert session.exec(select(Delivery)).one().state is DeliveryState.BOUNCED
    database.close()


def test_a_list_on_a_terminal_shows_what_a_stranger_wrote_as_it_stands(
    here: Path, run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("--once")
    monkeypatch.setattr("sys.argv", ["bidkeeper", "mailbox"])
    with pytest.raises(SystemExit):
        main()
    assert "[red]lunch" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("maildir", "sentence"), [("nowhere", "is no maildir"), ("", "there is no mailbox: set BIDKEEPER_MAILBOX_HOST")]
)
def test_without_a_mailbox_the_command_says_what_to_set(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], maildir: str, sentence: str
) -> None:
    monkeypatch.setattr("sys.argv", ["bidkeeper", "mailbox", "--once"])
    if maildir:
        monkeypatch.setenv("BIDKEEPER_MAILBOX_MAILDIR", str(here / maildir))
    else:
        monkeypatch.delenv("BIDKEEPER_MAILBOX_MAILDIR")
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code
    assert sentence in capsys.readouterr().err


def test_doctor_says_whether_the_mailbox_can_be_read_and_what_lies_in_it(here: Path, run: Run) -> None:
    def said(settings: Settings) -> tuple[Level, str]:
        (finding,) = [one for one in doctor.examine(settings) if one.topic == "mailbox"]
        return finding.level, finding.found

    assert said(Settings()) == (Level.GOOD, "can be read, and holds nothing that nobody took")
    run("--once")
    assert said(Settings()) == (Level.ADVICE, f"1 messages that nobody took lie in its folder {KEPT}")
    none = Settings(mailbox_maildir=None)
    assert said(none)[0] is Level.ADVICE
    nobody = Settings(
        mailbox_maildir=None, mailbox_host="127.0.0.1", mailbox_port=1, mailbox_password=SecretStr("x"), mailbox_timeout=2
    )
    assert said(nobody)[0] is Level.MISSING
