"""`bidkeeper parse`: postings of a saved answer, or one sentence and an exit status; neither network nor database."""

import json
import sys
from pathlib import Path

import pytest

from api.__main__ import main

SAMPLES = Path(__file__).parent.parent / "samples"
KEYS = [
    "id",
    "number",
    "title",
    "status",
    "buyer",
    "published",
    "closes",
    "closes_text",
    "url",
    "amendments",
    "addenda",
    "documents",
]


@pytest.fixture
def bidkeeper(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> "Command":
    monkeypatch.setenv("BIDKEEPER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "120")
    return Command(monkeypatch, capsys)


class Command:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        """Exit status, standard output and standard error of `bidkeeper parse` with these arguments."""
        self.monkeypatch.setattr(sys, "argv", ["bidkeeper", "parse", *map(str, arguments)])
        try:
            main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        said = self.capsys.readouterr()
        return status, said.out, said.err


@pytest.mark.parametrize(
    ("platform", "file", "postings"),
    [
        ("bids-and-tenders", "bids-and-tenders/search.json", 7),
        ("canadabuys-csv", "canadabuys-csv/open.csv", 3),
        ("csv-dataset", "csv-dataset/city.csv", 3),
        ("bcbid", "bcbid/notification.eml", 2),
        ("ocds", "ocds/package.json", 2),
    ],
)
def test_json_is_one_array_of_postings_with_the_stable_keys(bidkeeper: Command, platform: str, file: str, postings: int) -> None:
    status, out, err = bidkeeper(platform, SAMPLES / file, "--json")
    listed = json.loads(out)
    assert (status, err, len(listed)) == (0, "", postings)
    assert all(list(posting) == KEYS for posting in listed)


def test_a_person_gets_a_table(bidkeeper: Command) -> None:
    status, out, _ = bidkeeper("bids-and-tenders", SAMPLES / "bids-and-tenders/search.json")
    assert status == 0
    assert "Snow Clearing & Sanding" in out
    assert "2026-10-08 14:00 -0700" in out
    assert "7 postings" in out


def test_nothing_is_written(bidkeeper: Command, tmp_path: Path) -> None:
    bidkeeper("csv-dataset", SAMPLES / "csv-dataset/city.csv", "--json")
    assert list(tmp_path.iterdir()) == []


def test_a_zone_places_the_times_that_carry_none(bidkeeper: Command) -> None:
    _, out, _ = bidkeeper("bids-and-tenders", SAMPLES / "bids-and-tenders/search.json", "--json", "--zone", "America/Regina")
    assert json.loads(out)[6]["closes"] == "2026-10-07T15:00:00-06:00"


def test_a_source_of_ones_own_gives_its_selectors(bidkeeper: Command, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/sources.toml").write_text(
        '[own]\nplatform = "html-list"\nenabled = false\nzone = "America/Vancouver"\n[own.options]\nrows = "table.bids tr"\n'
        '[own.options.fields]\nnumber = "td:nth-child(1)"\ntitle = "td:nth-child(2)"\ncloses = "td:nth-child(3)"\n',
        "utf-8",
    )
    status, out, _ = bidkeeper("html-list", SAMPLES / "html-list/page1.html", "--json", "--source", "own")
    assert (status, [posting["number"] for posting in json.loads(out)]) == (0, ["048-2026", "051-2026"])


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["gopher", "x"], 2, "known are: bids-and-tenders, canadabuys-csv, html-list, csv-dataset"),
        (["ocds", "{tmp}/missing.json"], 2, "missing.json can't be read: No such file"),
        (["ocds", "{tmp}"], 2, "can't be read: Is a directory"),
        (["ocds", SAMPLES / "ocds/package.json", "--zone", "Mars/Olympus"], 2, "no such IANA time zone"),
        (["ocds", SAMPLES / "ocds/package.json", "--source", "nobody"], 2, 'no source is called "nobody"'),
        (["ocds", SAMPLES / "ocds/package.json", "--source", "toronto"], 2, "is of the platform csv-dataset"),
        (["bids-and-tenders", SAMPLES / "bcbid/browser-check.html"], 3, "check for people"),
        (["bcbid", SAMPLES / "bcbid/browser-check.html"], 3, "check for people"),
        (["bids-and-tenders", "{tmp}/error.html"], 3, "reports an error"),
        (["csv-dataset", "{tmp}/renamed.csv"], 3, '"Submission Deadline" is gone'),
        (["canadabuys-csv", SAMPLES / "csv-dataset/city.csv"], 3, "are gone"),
        (["feed", "{tmp}/empty.rss"], 3, "no posting"),
        (["bids-and-tenders", "{tmp}/cut.json"], 3, "not whole JSON"),
    ],
)
def test_bad_input_gets_one_sentence_and_a_status(
    bidkeeper: Command, tmp_path: Path, arguments: list[object], status: int, says: str
) -> None:
    (tmp_path / "error.html").write_text("<html><title>Server Error</title><body>oops</body></html>", "utf-8")
    (tmp_path / "empty.rss").write_text("<rss><channel><title>t</title></channel></rss>", "utf-8")
    (tmp_path / "renamed.csv").write_bytes(
        (SAMPLES / "csv-dataset/city.csv").read_bytes().replace(b"Submission Deadline", b"Due")
    )
    (tmp_path / "cut.json").write_bytes((SAMPLES / "bids-and-tenders/search.json").read_bytes()[:-9])
    found, out, err = bidkeeper(*(str(one).replace("{tmp}", str(tmp_path)) for one in arguments), "--json")
    assert (found, out) == (status, "")
    assert says in err
    assert len(err.strip().splitlines()) == 1
