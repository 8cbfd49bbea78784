"""What a city's file may do in its second year: columns and ids of another form, hours, wrong days, and back; no false and no lost news."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crawler.replay import Line, answers, replay
from crawler.sources import SourceConfig

CITY = SourceConfig(
    name="city",
    platform="csv-dataset",
    enabled=False,
    zone="America/Toronto",
    options={
        "status": "open",
        "columns": {
            "id": "unique_id",
            "number": ["Document Number", "Document No"],
            "title": "Description",
            "published": "Issue Date",
            "closes": ["Submission Deadline", "Closing Date"],
        },
    },
)
HEADER = ("_id", "unique_id", "Document Number", "Description", "Issue Date", "Submission Deadline")
Row = tuple[str, ...]


def row(nth: int, closes: str = "", title: str = "") -> Row:
    return (
        str(nth),
        f"u-{nth}",
        f"Doc{4000 + nth}",
        title or f"Réfection numéro {nth}",
        "2026-02-20",
        closes or f"2026-0{5 + nth % 5}-1{nth % 9}",
    )


BEFORE = [row(nth) for nth in range(20)]
AFTER = [row(nth) for nth in range(21)]  # one more
MOVED = [row(0, "2026-12-01"), *AFTER[1:]]  # and one deadline moved


def file(rows: list[Row], header: Row = HEADER) -> bytes:
    return "".join(",".join(cells) + "\n" for cells in [header, *rows]).encode()


def without(column: int, rows: list[Row], header: Row = HEADER) -> bytes:
    return file([cells[:column] + cells[column + 1 :] for cells in rows], header[:column] + header[column + 1 :])


def renamed(column: int, name: str) -> Row:
    return (*HEADER[:column], name, *HEADER[column + 1 :])


@pytest.fixture
def days(tmp_path: Path) -> Callable[..., list[Line]]:
    def write(*files: bytes) -> list[Line]:
        for day, body in enumerate(files, 1):
            (tmp_path / f"2026-03-{day:02}T002500Z.csv").write_bytes(body)
        return list(replay(CITY, answers(tmp_path, CITY)))

    return write


def told(lines: list[Line]) -> list[tuple[str, str | None, list[str]]]:
    return [(line.event, line.number, sorted(line.changes)) for line in lines if line.event != "health"]


TRUE_NEWS = [("tender", "Doc4020", []), ("tenderAmendment", "Doc4000", ["closes"])]


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(lambda rows: without(1, rows), id="the ids' column is gone"),
        pytest.param(lambda rows: without(0, rows), id="a column nobody reads is gone"),
        pytest.param(lambda rows: without(4, rows), id="a column that is read is gone"),
        pytest.param(lambda rows: file([(*cells, "Ward 3") for cells in rows], (*HEADER, "Wards")), id="a column is added"),
        pytest.param(lambda rows: file(rows, renamed(5, "submission_deadline")), id="a name is written in another way"),
        pytest.param(lambda rows: file(rows, renamed(5, "Closing Date")), id="a column has another of its names"),
        pytest.param(lambda rows: file([(*cells[:5], f"{cells[5]}T16:00:00") for cells in rows]), id="deadlines gain hours"),
        pytest.param(lambda rows: file([(cells[0], f"{cells[1]}-x", *cells[2:]) for cells in rows]), id="ids change their form"),
        pytest.param(lambda rows: file([HEADER, *rows]), id="the heading stands in the file twice"),
        pytest.param(lambda rows: file([*rows, *rows]), id="every row stands in the file twice"),
        pytest.param(lambda rows: file(rows[::-1]), id="the rows are turned round"),
        pytest.param(lambda rows: file(rows).decode().encode("utf-16"), id="another encoding"),
        pytest.param(lambda rows: file(rows).decode().encode("cp1252"), id="an older encoding"),
        pytest.param(lambda rows: file(rows).decode().encode().decode("cp1252").encode(), id="misread and written again"),
        pytest.param(lambda rows: b"\xef\xbb\xbf" + file(rows).replace(b"\n", b"\r\n"), id="a mark and other line ends"),
    ],
)
def test_a_file_in_another_form_loses_no_news_and_makes_none(days: Any, form: Callable[[list[Row]], bytes]) -> None:
    """Held back for a look or two where it looks odd; then what is new is told once, and nothing else."""
    lines = days(file(BEFORE), form(BEFORE), form(BEFORE), form(BEFORE), form(MOVED), form(MOVED))
    assert sorted(told(lines)) == sorted(TRUE_NEWS)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b"", id="empty"),
        pytest.param(file([]), id="a heading alone"),
        pytest.param(file(MOVED)[:700], id="cut"),
        pytest.param(file(MOVED[:2]), id="a tenth"),
        pytest.param(b"<html><title>503 Service unavailable</title></html>", id="an error page"),
        pytest.param(file(MOVED, renamed(5, "When")), id="the deadline under a strange name"),
        pytest.param(file(MOVED, renamed(3, "Text")), id="the title under a strange name"),
        pytest.param(file([(*cells[:5], "soon") for cells in MOVED]), id="deadlines nobody can read"),
        pytest.param(file([(*cells[:3], "", *cells[4:]) for cells in MOVED]), id="no titles"),
    ],
)
def test_a_broken_day_is_health_alone_and_its_news_comes_once_the_file_is_back(days: Any, broken: bytes) -> None:
    lines = days(file(BEFORE), broken, file(MOVED), file(MOVED))
    assert [line.event for line in lines if line.capture.startswith("2026-03-02")] == ["health"]
    assert sorted(told(lines)) == sorted(TRUE_NEWS)


def test_a_day_in_digits_is_placed_by_what_the_column_shows(days: Any) -> None:
    def slashed(rows: list[Row]) -> list[Row]:
        return [(*cells[:5], "/".join(reversed(cells[5].split("-")))) for cells in rows]

    ambiguous = [row(nth, f"2026-0{5 + nth % 3}-0{1 + nth % 9}") for nth in range(20)]
    telling = [*ambiguous, row(30, "2026-07-28")]
    lines = days(file(telling), file(slashed(telling)), file(slashed([*telling, row(31, "2026-09-02")])))
    assert told(lines) == [("tender", "Doc4031", [])]


def test_old_rows_that_say_nothing_of_a_closing_are_no_news(days: Any) -> None:
    old = [
        ("90", "u-90", "Doc1", "Something of long ago", "2010-02-20", "None"),
        ("91", "u-91", "Doc2", "And this", "2011-02-20", ""),
    ]
    recent = ("92", "u-92", "Doc3", "Open until filled", "2026-02-25", "None")
    lines = days(file(BEFORE), file([*BEFORE, *old, recent]))
    assert told(lines) == [("tender", "Doc3", [])]


def test_a_posting_that_its_title_calls_off_is_cancelled(days: Any) -> None:
    off = row(3, title="PLEASE NOTE THAT THIS RFSQ HAS BEEN CANCELLED. Réfection numéro 3")
    replaced = row(4, title="Réfection numéro 4 (replaces Doc9 which has been cancelled)")
    lines = days(file(BEFORE), file([*BEFORE[:3], off, replaced, *BEFORE[5:]]))
    assert told(lines) == [("tenderCancellation", "Doc4003", ["status", "title"]), ("tenderUpdate", "Doc4004", ["title"])]
