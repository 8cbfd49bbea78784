"""The command line as a person meets it when something is wrong: one sentence, a status, and nothing stored half."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from api.demo.service import free_port


def bidkeeper(*arguments: str, data: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """The command run as its own process on this data folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BIDKEEPER_")}
    environment |= {"BIDKEEPER_DATA": str(data)} | {f"BIDKEEPER_{name.upper()}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "api", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=100)


def refused(ran: subprocess.CompletedProcess[str], *words: str) -> None:
    """It ended with a status and one sentence that holds these words."""
    assert ran.returncode not in {0, -1}, ran.stdout
    assert len(ran.stderr.strip().splitlines()) == 1, ran.stderr
    assert "Traceback" not in ran.stderr
    for word in words:
        assert word in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("crawl", "nosuch"), ("nosuch", "there are")),
        (("crawl", "bid-opportunities"), ("switched off",)),
        (("import", "nosuch", "page.html"), ("nosuch",)),
        (("restore", "nowhere"), ("no backup",)),
        (("migrate-data", "sqlite:///a.db", "sqlite:///a.db"), ("the same",)),
        (("migrate-data", "nonsense", "sqlite:///a.db"), ("nonsense", "no database address")),
        (("outbox", "--go-on"), ("not on hold", "restore")),
        (("worker",), ("PostgreSQL", "BIDKEEPER_DATABASE_URL")),
        (("subscribe", "not-an-address"), ("not-an-address",)),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(arguments: tuple[str, ...], words: tuple[str, ...], tmp_path: Path) -> None:
    refused(bidkeeper(*arguments, data=tmp_path / "data"), *words)


def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    refused(bidkeeper("subscriptions", data=tmp_path / "data", smtp_port="many"), "SMTP_PORT")


def test_a_read_only_database_is_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert bidkeeper("db", "upgrade", data=data).returncode == 0
    before = (data / "bidkeeper.db").read_bytes()
    (data / "bidkeeper.db").chmod(0o444)
    refused(bidkeeper("subscribe", "someone@example.com", data=data), "read-only", str(data))
    assert (data / "bidkeeper.db").read_bytes() == before


def test_a_second_serve_on_the_same_data_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with FileLock(data / "serve.lock"):
        refused(bidkeeper("serve", data=data), "another", str(data))


def test_a_port_that_is_taken_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port()))
        taken.listen()
        refused(bidkeeper("serve", "--port", str(taken.getsockname()[1]), data=tmp_path / "data"), "--port")
    assert not (tmp_path / "data" / "bidkeeper.db").exists()


def test_a_person_is_let_in_and_a_key_is_made_and_revoked(tmp_path: Path) -> None:
    data = tmp_path / "data"
    added = bidkeeper("users", "add", "Owner@Example.com", "--role", "owner", data=data)
    assert "/sign-in/link/" in added.stdout, added.stderr
    refused(bidkeeper("users", "add", "owner@example.com", data=data), "known already")
    refused(bidkeeper("users", "link", "nobody@example.com", data=data), "nobody here")
    assert "/sign-in/link/" in bidkeeper("users", "link", "owner@example.com", data=data).stdout
    key = bidkeeper("keys", "add", "reports", data=data).stdout.strip()
    listed = bidkeeper("keys", "list", data=data).stdout
    assert "reports" in listed
    assert key not in listed
    assert bidkeeper("keys", "revoke", "1", data=data).returncode == 0
    refused(bidkeeper("keys", "revoke", "1", data=data), "no key 1")
