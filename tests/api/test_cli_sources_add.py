"""A new source is looked at once, shown, and written so that it loads; nothing is written of one that can't be read."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from api.__main__ import main
from crawler.sources import SourceConfig, SourcesUnreadable, load, loads, table
from crawler.sources import add as append
from tests.crawler.portals import answer, portal

SAMPLES = Path(__file__).parent.parent / "samples"
FEED = (SAMPLES / "feed/notices.rss").read_bytes()


class Terminal(io.StringIO):
    """What a person types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs `bidkeeper sources …` on an empty data folder: (exit status, what it printed, what it complained of)."""
    monkeypatch.setenv("BIDKEEPER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("BIDKEEPER_ALLOW_LOOPBACK_SOURCES", "1")

    def command(*words: str, typed: str | None = None) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["bidkeeper", "sources", *words])
        monkeypatch.setattr("sys.stdin", io.StringIO() if typed is None else Terminal(typed))
        status = 0
        try:
            main()
        except SystemExit as stop:
            status = int(stop.code or 0)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return command


@pytest.fixture
def written(tmp_path: Path) -> Any:
    path = tmp_path / "data" / "sources.toml"
    return lambda: load(path) if path.exists() else None


def test_a_feed_is_fetched_once_shown_and_added_to_the_shipped_list(run: Any, written: Any) -> None:
    with portal({"/robots.txt": answer(status=404), "/rss": answer(FEED, media_type="application/rss+xml")}) as served:
        words = ("--platform", "feed", "--address", f"{served.address}/rss", "--permission", 'Ours, "really"', "--every", "2h")
        status, out, err = run("add", "notices", *words, "--window")
        assert [path for _, path, _, _ in served.asked].count("/rss") == 1
    assert (status, err) == (0, "")
    assert "postings" in out
    assert "switched on" in out
    source = written()["notices"]
    assert (source.permission, source.window, source.enabled, source.every.total_seconds()) == (
        'Ours, "really"',
        True,
        True,
        7200,
    )
    assert set(load()) < set(written())


def test_a_saved_answer_is_read_with_the_options_given_and_without_permission_it_stays_off(run: Any, written: Any) -> None:
    page = SAMPLES / "programs/page.html"
    words = ("--platform", "program-page", "--address", "https://portal.example/p", "--program", "or2", "--from", str(page))
    status, out, _ = run("add", "page", *words, "--option", 'parts=["resources"]', "--option", "resources=Resources", "--json")
    assert status == 0
    assert [one["title"] for one in json.loads(out)["postings"]] == ["Example recovery program"]
    source = written()["page"]
    assert (source.enabled, source.programs) == (False, ("or2",))
    assert source.options == {"parts": ["resources"], "resources": "Resources"}
    assert "permission" in source.why_off


def test_a_person_is_walked_through_it_and_may_say_no(run: Any, written: Any) -> None:
    told = "city\nfeed\nhttps://portal.example/rss\nAmerica/Vancouver\n6h\n\n"
    status, _, err = run("add", typed=told + "n\n")
    assert (status, written()) == (1, None)
    assert "nothing was written" in err
    assert run("add", typed=told + "y\n")[0] == 0
    source = written()["city"]
    assert (source.platform, source.zone, source.enabled) == ("feed", "America/Vancouver", False)


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("canadabuys", "--platform", "feed"), 2, 'already called "canadabuys"'),
        (
            ("b", "--platform", "bids-and-tenders", "--address", "https://nanaimo.bidsandtenders.ca/"),
            2,
            '"nanaimo" already reads',
        ),
        ((), 2, "name is missing"),
        (("b",), 2, "--platform"),
        (("b", "--platform", "nothing"), 2, 'no platform is called "nothing"'),
        (("b", "--platform", "feed", "--address", "file:///etc/passwd"), 2, "no http or https address"),
        (("b", "--platform", "feed", "--address", "https://p.example", "--zone", "Pacific"), 2, "no such IANA time zone"),
        (("b", "--platform", "feed", "--address", "https://p.example", "--option", "x"), 2, "key=value"),
        (("B b", "--platform", "feed", "--address", "https://p.example"), 2, "sources.toml"),
        (("b", "--platform", "feed", "--from", str(SAMPLES / "bcbid/grid.html")), 3, "nothing was written"),
        (("b", "--platform", "feed", "--address", "http://127.0.0.1:9/", "--permission", "ours"), 3, "unreachable"),
    ],
)
def test_what_cannot_be_added_is_one_sentence_and_writes_nothing(
    run: Any, written: Any, words: tuple[str, ...], status: int, sentence: str
) -> None:
    found, out, err = run("add", *words)
    assert (found, out) == (status, "")
    assert sentence in err
    assert err.count("\n") == 1
    assert written() is None


def test_a_source_written_as_toml_loads_as_it_was(tmp_path: Path) -> None:
    values = {
        "platform": "html-list",
        "title": 'A "b" \\ é\x7f\n',
        "enabled": False,
        "options": {"rows": "tr", "fields": {"a b": "td"}},
    }
    source = loads(table("own", values), tmp_path)["own"]
    assert source == SourceConfig(name="own", **values)


def test_a_name_given_twice_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text('[a]\nplatform = "feed"\nenabled = false\n')
    with pytest.raises(SourcesUnreadable, match="is not TOML"):
        append(path, '[a]\nplatform = "ocds"\n')
    assert set(load(path)) == {"a"}
    assert [one.name for one in tmp_path.iterdir()] == ["sources.toml"]
