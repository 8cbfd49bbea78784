"""People, organisations and keys on the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.accounts import store
from api.cli import CommandError
from api.cli.keys import app as keys
from api.cli.users import app as users
from api.database import Database
from api.settings import Settings

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("BIDKEEPER_DATA", str(tmp_path))
    return lambda app, *words: CliRunner().invoke(app, [str(word) for word in words])


def refused(ran: Result) -> str:
    assert isinstance(ran.exception, CommandError), ran.output
    return str(ran.exception)


def test_a_person_is_let_in_given_a_role_and_taken_out(run: Run) -> None:
    link = run(users, "add", "Owner@Clinic.example", "--role", "owner", "--name", "An Owner").stdout
    assert "/sign-in/link/" in link
    assert run(users, "link", "owner@clinic.example").stdout != link
    assert "is known already" in refused(run(users, "add", "owner@clinic.example"))
    assert run(users, "add", "b@clinic.example").exit_code == 0
    assert "last owner" in refused(run(users, "role", "owner@clinic.example", "staff"))
    assert "last owner" in refused(run(users, "remove", "owner@clinic.example"))
    assert "finance" in run(users, "role", "b@clinic.example", "finance").stdout
    assert {row["role"] for row in json.loads(run(users, "list", "--json").stdout)} == {"owner", "finance"}
    assert run(users, "remove", "b@clinic.example").exit_code == 0
    assert "nobody here" in refused(run(users, "remove", "b@clinic.example"))
    assert "not a mail address" in refused(run(users, "add", "nobody"))


def test_another_organisation_has_people_and_keys_of_its_own(run: Run) -> None:
    run(users, "add", "a@clinic.example", "--role", "owner")
    made = json.loads(run(users, "add-organisation", "Harbour Clinic", "--owner", "h@harbour.example", "--json").stdout)
    assert made["id"] == 2
    assert "/sign-in/link/" in made["owner_link"]
    assert [row["address"] for row in json.loads(run(users, "list", "--organisation", 2, "--json").stdout)] == [
        "h@harbour.example"
    ]
    assert [row["id"] for row in json.loads(run(users, "organisations", "--json").stdout)] == [1, 2]
    assert "no organisation 9" in refused(run(users, "add", "x@y.example", "--organisation", 9))
    key = run(keys, "add", "report", "--organisation", 2, "--scope", "read", "--days", 30).stdout.strip()
    with Database(Settings().url).read() as session:
        (row,) = store.keys(session, organisation_id=2)
    assert key.startswith(f"bk_{row.prefix}_")
    assert (row.organisation_id, (row.expires_at - row.created_at).days) == (2, 30)


def test_a_key_that_can_not_be_is_said(run: Run) -> None:
    assert "read, write" in refused(run(keys, "add", "report", "--scope", "king"))
    assert "a year" in refused(run(keys, "add", "report", "--days", 366))
    assert "no key 7" in refused(run(keys, "revoke", 7))
    run(keys, "add", "report")
    assert "revoked" in run(keys, "revoke", 1).stdout
