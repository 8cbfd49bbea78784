"""The register of breaches."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session
from typer.testing import CliRunner, Result

from api.accounts import breaches
from api.cli import CommandError
from api.cli.breaches import app
from contracts import audit

NOW = datetime(2026, 7, 8, 17, 0, tzinfo=UTC)


def test_a_breach_is_recorded_and_stays_for_two_years(session: Session) -> None:
    row = breaches.record(
        session,
        organisation_id=1,
        happened="in June",
        circumstances="A laptop was lost.",
        information="Names and appointments.",
        assessment="It was encrypted.",
        serious=False,
        people=12,
        found_at=NOW,
        by="An Owner",
        now=NOW,
    )
    breaches.reported(session, row, commissioner=False, people=True, by="An Owner", now=NOW + timedelta(days=731))
    (kept,) = breaches.breaches(session, organisation_id=1)
    assert (kept.people, kept.reported_at, kept.told_at) == (12, None, NOW + timedelta(days=731))
    assert breaches.one(session, kept.id or 0, organisation_id=2) is None
    assert not breaches.breaches(session, organisation_id=2)
    assert [one.action for one in audit.entries(session, organisation_id=1)] == ["breach.reported", "breach.recorded"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("BIDKEEPER_DATA", str(tmp_path))
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def test_the_command_line_says_what_a_serious_one_still_needs(run: Callable[..., Result]) -> None:
    what = ("--happened", "in June", "--information", "names", "--assessment", "no encryption", "--by", "An Owner")
    said = run("add", "A laptop was lost.", *what, "--serious", "--found", "2026-07-01").stdout
    assert "report it to the Privacy Commissioner" in said
    assert run("reported", 1, "--commissioner", "--by", "An Owner").exit_code == 0
    (row,) = json.loads(run("list", "--json").stdout)
    assert row["found_at"].startswith("2026-07-01")
    assert row["reported_at"]
    assert row["told_at"] is None
    for words in (("reported", 9, "--people", "--by", "x"), ("reported", 1, "--by", "x"), ("add", " ", *what, "--serious")):
        assert isinstance(run(*words).exception, CommandError), words
