"""The commands over sources, tenders and saved answers: what they print, and one sentence for bad input."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.__main__ import main
from api.database import Database
from api.migrate import upgrade
from contracts.vocabulary import Health, TenderStatus
from crawler import store
from crawler.items import Look, Posting
from crawler.sources import load

SOURCES = """
[city]
platform = "csv-dataset"
enabled = false
why_off = "An example."
zone = "America/Toronto"
[city.options.columns]
id = "Ref"
title = "What"
closes = "Until"
"""
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the command line on a data folder of its own: (exit status, what it printed, what it complained of)."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sources.toml").write_text(SOURCES)
    monkeypatch.setenv("BIDKEEPER_DATA", str(tmp_path / "data"))

    def command(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["bidkeeper", *words])
        status = 0
        try:
            main()
        except SystemExit as stop:
            status = int(stop.code or 0)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return command


@pytest.fixture
def stored(tmp_path: Path, run: Any) -> list[Posting]:
    """Forty postings seen by the city, then a look of four that is held back."""
    database = Database(f"sqlite:///{tmp_path / 'data' / 'bidkeeper.db'}")
    upgrade(database)
    source = load(tmp_path / "data" / "sources.toml")["city"]
    postings = [Posting(id=str(n), number=f"{n:03}-2026", title=f"Work {n}", status=TenderStatus.OPEN) for n in range(1, 41)]
    with database.write() as session:
        for shown in (postings, postings[:4]):
            store.save(session, source, Look("city", NOW, postings=tuple(shown), rows=len(shown)), now=NOW)
    database.close()
    return postings


def test_replay_prints_one_event_a_line(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "2026-03-01T000000Z.csv").write_text("Ref,What,Until\n1,Work,2026-07-01\n")
    (folder / "2026-03-02T000000Z.csv").write_text("Ref,What,Until\n1,Work,2026-07-08\n")
    status, out, _ = run("replay", "city", str(folder), "--json")
    line = {"capture": "2026-03-02T000000Z.csv", "event": "tenderAmendment", "id": "1", "number": None}
    closes = ["2026-07-01T23:59:59-04:00", "2026-07-08T23:59:59-04:00"]
    assert (status, json.loads(out)) == (0, line | {"changes": {"closes": closes}})
    assert "closes: 2026-07-01" in run("replay", "city", str(folder))[1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("replay", "none", "."), 'no source is called "none"; there are: city'),
        (("replay", "city", "/nowhere/at/all"), "/nowhere/at/all: there is no such folder"),
        (("sources", "check", "none"), 'no source is called "none"'),
        (("sources", "check", "city", "--accept"), "nothing is held back of city"),
        (("sources", "check", "city", "--accept", "--reject"), "contradict one another"),
        (("tenders", "show", "none"), 'no tender is known by "none"'),
    ],
)
def test_bad_input_is_one_sentence_and_status_two(run: Any, words: tuple[str, ...], sentence: str) -> None:
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_sources_tell_health_reason_and_what_is_held_back(run: Any, stored: list[Posting]) -> None:
    rows = json.loads(run("sources", "list", "--json")[1])
    assert [(row["source"], row["health"]) for row in rows] == [("city", "off")]
    found = json.loads(run("sources", "check", "city", "--json")[1])
    assert [one["rows"] for one in found["held"]] == [4]
    assert found["events"][0]["state"] == [Health.HEALTHY, Health.SHRUNK]
    assert found["advice"] == "An example."
    assert "held back" in run("sources", "check", "city")[1]
    assert "city" in run("sources", "list")[1]


def test_a_person_accepts_or_rejects_what_is_held_back(run: Any, stored: list[Posting]) -> None:
    assert json.loads(run("sources", "check", "city", "--accept", "--json")[1])["held"] == []
    assert run("sources", "check", "city", "--reject")[0] == 2


def test_tenders_are_listed_searched_shown_and_exported(run: Any, stored: list[Posting]) -> None:
    assert len(json.loads(run("tenders", "list", "--json", "--limit", "5")[1])) == 5
    assert "40 tenders" in run("tenders", "list", "--limit", "3")[1]
    found = json.loads(run("tenders", "search", "RFP #007-2026", "--json")[1])
    assert [tender["number"] for tender in found] == ["007-2026"]
    shown = json.loads(run("tenders", "show", found[0]["ocid"], "--json", "--evidence")[1])
    assert [entry["tag"] for entry in shown["history"]] == ["tender"]
    assert shown["history"][0]["evidence"] is None
    assert "told to nobody" in run("tenders", "show", "007-2026")[1]
    assert run("tenders", "export", "--format", "csv")[1].count("\n") == 41
    assert len(json.loads(run("tenders", "export", "--format", "ocds")[1])["releases"]) == 40
    assert run("tenders", "export", "--format", "ics")[1].startswith("BEGIN:VCALENDAR")


def test_a_person_joins_two_tenders_and_takes_them_apart_again(run: Any, stored: list[Posting], tmp_path: Path) -> None:
    other = SOURCES + SOURCES.replace("[city", "[town")
    (tmp_path / "data" / "sources.toml").write_text(other)
    saved = tmp_path / "town.csv"
    saved.write_text("Ref,What,Until\n900,Work seven,2036-07-01\n901,Other,2036-07-01\n")
    run("import", "csv-dataset", str(saved), "--source", "town")
    (seven,) = json.loads(run("tenders", "search", "Work seven", "--json")[1])
    (kept,) = json.loads(run("tenders", "search", "007-2026", "--json")[1])
    status, out, _ = run("tenders", "merge", "007-2026", seven["ocid"])
    assert status == 0
    assert "joined by command line" in out
    assert "nothing that they say shows it" in out
    assert "shown by     town as 900: joined by command line" in run("tenders", "show", "007-2026")[1]
    assert run("tenders", "merge", "007-2026", seven["ocid"])[0] == 2
    assert "alone shows it" in run("tenders", "split", "008-2026", "city")[2]
    assert 'no source is called "none"' in run("tenders", "split", "007-2026", "none")[2]
    apart = json.loads(run("tenders", "split", "007-2026", "town", "--json")[1])
    assert (apart["ocid"], apart["split"]) == (kept["ocid"], seven["ocid"])
    assert apart["were_joined_for"][0].startswith("joined by command line")
    assert "Work seven" in run("tenders", "show", seven["ocid"])[1]
