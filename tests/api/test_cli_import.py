"""What people save or forward comes in by one command, with the sources as they ship."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.__main__ import main

SAMPLES = Path(__file__).parent.parent / "samples"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the command line on an empty data folder: (exit status, what it printed, what it complained of)."""
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


@pytest.mark.parametrize(
    ("platform", "file", "rows"),
    [
        ("bcbid", "bcbid/notification.eml", 2),
        ("canadabuys-search", "canadabuys-search/results.html", 3),
        ("bonfire", "bonfire/open.json", 2),
        ("feed", "feed/notices.rss", 2),
        ("ocds", "ocds/package.json", 2),
    ],
)
def test_the_shipped_list_takes_in_what_its_platforms_answer(run: Any, platform: str, file: str, rows: int) -> None:
    status, out, err = run("import", platform, str(SAMPLES / file), "--json")
    assert (status, err) == (0, "")
    assert json.loads(out)["health"] == "healthy"
    assert json.loads(out)["new"] >= rows - 1


def test_a_forwarded_mail_the_grid_and_the_opportunitys_page_are_one_tender(run: Any, tmp_path: Path) -> None:
    first = json.loads(run("import", "bcbid", str(SAMPLES / "bcbid/forwarded.eml"), "--json")[1])
    assert (first["new"], first["health"]) == (1, "healthy")
    (tender,) = json.loads(run("tenders", "list", "--json")[1])
    assert (tender["number"], tender["closes"]) == ("048-2026", "2036-11-06T00:00:00+00:00")
    run("import", "bcbid", str(SAMPLES / "bcbid/grid.html"), "--json")
    saved = tmp_path / "opportunity.html"
    page = (SAMPLES / "bcbid/opportunity.html").read_text()
    address = "https://www.bcbid.gov.bc.ca/page.aspx/en/bpm/process_manage_extranet/900001"
    saved.write_text(page.replace("<html", f"<!-- saved from url=({len(address):04}){address} -->\n<html", 1))
    last = json.loads(run("import", "bcbid", str(saved), "--json")[1])
    assert (last["new"], last["changed"], last["health"]) == (0, 1, "healthy")
    (found,) = json.loads(run("tenders", "search", "048-2026", "--json")[1])
    assert (found["ocid"], found["url"]) == (tender["ocid"], address)


def test_a_page_that_checks_for_people_is_refused_and_stores_nothing(run: Any) -> None:
    status, _, err = run("import", "bcbid", str(SAMPLES / "bcbid/browser-check.html"))
    assert status == 3
    assert "check for people" in err
    assert json.loads(run("tenders", "list", "--json")[1]) == []
