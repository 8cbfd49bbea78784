"""The first run: one command, done as often as one likes, and a doctor that says what is left."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.__main__ import application
from api.accounts import store
from api.accounts.models import Person
from api.config_dump import dump
from api.configuration import ConfigurationUnreadable
from api.database import Database
from api.settings import Settings

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BIDKEEPER_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def run(folder: Path) -> Run:
    return lambda *words, **settings: CliRunner().invoke(application([words[0]]), [str(word) for word in words], **settings)


def initialised(run: Run, *words: str) -> dict[str, Any]:
    ran = run("init", "--json", *words)
    assert ran.exit_code == 0, ran.output
    return dict(json.loads(ran.stdout))


def test_the_first_run_writes_configuration_and_keys_and_lets_the_owner_in(run: Run, folder: Path) -> None:
    done = initialised(
        run, "--owner", "Me@Clinic.example", "--public-url", "https://bids.example", "--smtp-host", "relay.example"
    )
    assert sorted(done["changed"]) == ["public_url", "smtp_host"]
    assert done["owner_link"].startswith("https://bids.example/sign-in/link/")
    assert Settings().smtp_host == "relay.example"
    for name in ("keys", "link-secret", "bidkeeper.toml"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    with Database(Settings().url).read() as session:
        person = store.by_address(session, "me@clinic.example")
        assert person is not None
        assert (person.role, person.password_hash) == ("owner", None)


def test_done_again_it_keeps_what_is_there(run: Run, folder: Path) -> None:
    initialised(run, "--public-url", "https://bids.example")
    (folder / "bidkeeper.toml").write_text((folder / "bidkeeper.toml").read_text() + "\n# our relay moves in May\n")
    held = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".db"}
    again = initialised(run)
    assert (again["changed"], again["made"]) == ([], [])
    assert {name: (folder / name).read_bytes() for name in held} == held
    moved = initialised(run, "--public-url", "https://new.example")
    assert moved["changed"] == ["public_url"]
    assert "# our relay moves in May" in (folder / "bidkeeper.toml").read_text()
    assert Settings().public_url == "https://new.example"


def test_there_is_no_link_once_an_owner_has_settled_in(run: Run) -> None:
    assert initialised(run, "--owner", "me@clinic.example")["owner_link"]
    assert initialised(run)["owner_link"]  # not used yet: a new one
    database = Database(Settings().url)
    with database.write() as session:
        person = session.get_one(Person, 1)
        store.sign_in(session, person, browser="", now=person.created_at)
    database.close()
    assert initialised(run)["owner_link"] is None


def test_an_owner_that_was_misspelt_is_put_right_until_they_came_in(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert initialised(run, "--owner", "ana@clinic.exmaple")["owner"] == "ana@clinic.exmaple"
    monkeypatch.setenv("BIDKEEPER_OWNER", "ana@clinic.example")
    assert initialised(run)["owner"] == "ana@clinic.example"
    database = Database(Settings().url)
    with database.write() as session:
        person = session.get_one(Person, 1)
        store.sign_in(session, person, browser="", now=person.created_at)
    database.close()
    said = run("init", "--no-ask", "--owner", "eva@clinic.example")
    assert "An owner can sign in already" in said.stdout
    assert "ana@clinic.example is the owner already" in said.stderr


def test_a_variable_that_nothing_reads_is_pointed_out(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    initialised(run)
    monkeypatch.setenv("BIDKEEPER_SMTP_HSOT", "relay.example")
    monkeypatch.setenv("BIDKEEPER_SMTP_PASSWORD_FILE", "/dev/null")
    found = [one for one in json.loads(run("doctor", "--json").stdout) if one["topic"] == "variable"]
    assert [(one["found"], one["mend"]) for one in found if "CAPTURES" not in one["found"]] == [
        ("BIDKEEPER_SMTP_HSOT is no setting, so nothing reads it", "did you mean BIDKEEPER_SMTP_HOST?")
    ]


def test_on_a_terminal_it_asks_for_what_was_not_said(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.cli.init.sys", type("Terminal", (), {"stdin": type("In", (), {"isatty": lambda _: True})()}))
    monkeypatch.setenv("BIDKEEPER_PUBLIC_URL", "https://bids.example")  # answered already
    answers = "me@clinic.example\nops@clinic.example\nrelay.example\n465\ntls\nclinic\nopen sesame\nBids <bids@clinic.example>\n1 Road, Town\n"
    ran = run("init", input=answers)
    assert ran.exit_code == 0, ran.output
    settings = Settings()
    assert (settings.smtp_port, settings.smtp_security, settings.operator_email) == (465, "tls", "ops@clinic.example")
    assert settings.smtp_password.get_secret_value() == "open sesame"
    assert "open sesame" not in (folder / "bidkeeper.toml").read_text() + ran.output


@pytest.mark.parametrize(
    "words",
    [
        ("--smtp-port", "0x"),
        ("--smtp-port", "99999"),
        ("--smtp-security", "maybe"),
        ("--owner", "nobody"),
        ("--public-url", "bids.example"),
    ],
)
def test_what_can_not_be_writes_nothing(run: Run, folder: Path, words: tuple[str, ...]) -> None:
    assert run("init", "--json", *words).exit_code != 0
    assert not (folder / "bidkeeper.toml").exists()


def test_a_variable_wins_over_the_file_and_the_dump_says_so_without_secrets(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    initialised(run, "--smtp-host", "relay.example")
    (tmp_path / "password").write_text("hunter2\n")
    monkeypatch.setenv("BIDKEEPER_SMTP_HOST", "other.example")
    monkeypatch.setenv("BIDKEEPER_SMTP_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("BIDKEEPER_DATABASE_URL", f"sqlite:///{tmp_path / 'x.db'}")
    found = {one.name: (one.value, one.origin) for one in dump(Settings())}
    assert found["smtp_host"] == ("other.example", "BIDKEEPER_SMTP_HOST")
    assert found["smtp_password"] == ("***", "BIDKEEPER_SMTP_PASSWORD_FILE")
    assert found["smtp_port"] == ("587", "default")
    shown = run("doctor", "--config-dump").output
    assert "hunter2" not in shown
    assert "smtp_host = other.example" in shown
    monkeypatch.setenv("BIDKEEPER_DATABASE_URL", "postgresql+psycopg://clinic:hunter2@db/bids")
    assert {one.name: one.value for one in dump(Settings())}["database_url"] == "postgresql+psycopg://clinic:***@db/bids"


@pytest.mark.parametrize(
    ("text", "words"),
    [("smpt_host = 'x'", "no setting"), ("a = ", "not TOML"), ("smtp_password_file = 'gone'", "can't be read")],
)
def test_a_configuration_that_can_not_be_read_is_named(folder: Path, text: str, words: str) -> None:
    folder.mkdir()
    (folder / "bidkeeper.toml").write_text(text)
    with pytest.raises(ConfigurationUnreadable, match=words):
        Settings()


def test_the_doctor_says_what_is_left_and_ends_with_a_status(run: Run, folder: Path) -> None:
    initialised(run, "--public-url", "http://bids.example")
    (folder / "keys").chmod(0o644)
    ran = run("doctor", "--json")
    found = {one["topic"]: one for one in json.loads(ran.stdout)}
    assert ran.exit_code == 1
    assert found["address"]["level"] == "missing"
    assert found["mail"]["mend"].startswith("set BIDKEEPER_SMTP_HOST")
    assert found["secrets"]["mend"] == f"chmod 600 {folder / 'keys'}"
    assert found["second factor"]["level"] == "advice"
