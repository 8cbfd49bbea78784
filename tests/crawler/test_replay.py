"""Saved answers read again in order tell exactly what happened between them."""

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from tarfile import open as open_tar
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crawler.archive import write
from crawler.items import Page
from crawler.replay import Line, Unreplayable, answers, replay
from crawler.sources import SourceConfig, load

CITY = SourceConfig(
    name="city",
    platform="csv-dataset",
    enabled=False,
    zone="America/Toronto",
    options={"status": "open", "columns": {"id": "Ref", "number": "No", "title": "What", "closes": "Until"}},
)
HEADER = "Ref,No,What,Until\n"
ROWS = [f"r{n},{n:03}-2026,Service number {n},2026-0{4 + n % 5}-15\n" for n in range(12)]


@pytest.fixture
def days(tmp_path: Path) -> Any:
    """Writes one file a day of March 2026, in the order given."""

    def write(*files: list[str], header: str = HEADER) -> list[Line]:
        for day, rows in enumerate(files, 1):
            (tmp_path / f"2026-03-{day:02}T002500Z.csv").write_text("".join([header, *rows]), "utf-8")
        return list(replay(CITY, answers(tmp_path, CITY)))

    return write


def told(lines: list[Line]) -> list[tuple[str, str, str | None]]:
    return [(line.capture[:10], line.event, line.id) for line in lines]


def test_a_new_row_a_moved_deadline_a_missing_and_a_returned_row_are_told_on_their_day(days: Any) -> None:
    moved = [*ROWS[:3], ROWS[3].replace("2026-07", "2026-08"), *ROWS[4:11]]
    lines = days(ROWS[:10], ROWS[:11], moved, moved[:10], moved)
    assert told(lines) == [
        ("2026-03-02", "tender", "r10"),
        ("2026-03-03", "tenderAmendment", "r3"),
        ("2026-03-04", "missing", "r10"),
        ("2026-03-05", "returned", "r10"),
    ]
    assert lines[1].changes == {"closes": ["2026-07-15T23:59:59-04:00", "2026-08-15T23:59:59-04:00"]}
    assert lines[0].to_json() == {
        "capture": "2026-03-02T002500Z.csv",
        "event": "tender",
        "id": "r10",
        "number": "010-2026",
        "changes": {},
    }


def test_a_broken_day_is_one_health_line_and_its_news_comes_when_the_source_is_back(days: Any) -> None:
    lines = days(ROWS[:11], ["<html>\n"], ROWS[:2], ROWS)
    assert [line.event for line in lines] == ["health", "health", "health", "tender"]
    assert lines[0].changes["state"][1] in {"layout_changed", "empty"}
    assert [line.changes["state"][1] for line in lines[1:3]] == ["shrunk", "healthy"]
    assert lines[3].id == "r11"


def test_a_renamed_column_is_health_and_nothing_else(days: Any, tmp_path: Path) -> None:
    days(ROWS)
    (tmp_path / "2026-03-09T002500Z.csv").write_text(HEADER.replace("Until", "Ends") + "".join(ROWS[:6]), "utf-8")
    lines = list(replay(CITY, answers(tmp_path, CITY)))
    assert [(line.event, line.changes["state"]) for line in lines] == [("health", ["healthy", "layout_changed"])]


def test_a_file_cut_at_any_byte_is_health_and_never_news(tmp_path: Path) -> None:
    whole = (HEADER + "".join(ROWS)).encode()
    (tmp_path / "2026-03-01T002500Z.csv").write_bytes(whole)
    for cut in range(0, len(whole) - 1, 7):
        (tmp_path / "2026-03-02T002500Z.csv").write_bytes(whole[:cut])
        events = {line.event for line in replay(CITY, answers(tmp_path, CITY))}
        at_a_row = whole[:cut].endswith(b"\n") and cut > len(HEADER)
        assert events <= ({"health", "missing"} if at_a_row else {"health"})
        assert events


def test_our_own_evidence_is_replayed_look_by_look_and_tells_the_same(days: Any, tmp_path: Path) -> None:
    files = [ROWS[:9], ROWS[:10], ROWS[:10], [*ROWS[:3], ROWS[3].replace("2026-07", "2026-08"), *ROWS[4:10]]]
    by_file = days(*files)
    folder = tmp_path / "evidence"
    for day, rows in enumerate(files, 1):
        at = datetime(2026, 3 + day // 3, day, 0, 25, tzinfo=UTC)  # over the end of a month
        for half in (rows[:5], rows[5:]):  # a listing of two pages
            write(
                folder, Page("".join([HEADER, *half]).encode(), "https://city.example/", media_type="text/csv"), at, source="city"
            )
    write(folder, Page(b"other", ""), datetime(2026, 3, 2, tzinfo=UTC), source="city-two")
    lines = list(replay(CITY, answers(folder, CITY)))
    assert [(line.event, line.id, line.changes) for line in lines] == [(line.event, line.id, line.changes) for line in by_file]


@pytest.mark.parametrize("name", ["notes.txt", "2026-13-01T000000Z.csv", "latest.csv"])
def test_a_file_without_a_time_in_its_name_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    with pytest.raises(Unreplayable, match=rf"{name}: the name does not begin with a UTC time"):
        answers(tmp_path, CITY)


def test_a_missing_or_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unreplayable, match="there is no such folder"):
        answers(tmp_path / "none", CITY)
    (tmp_path / ".hidden").write_text("x")
    with pytest.raises(Unreplayable, match="holds no saved answer"):
        answers(tmp_path, CITY)


TORONTO = ZoneInfo("America/Toronto")


@dataclass
class Reading:
    """The same files read by hand, row by row, with nothing of the product's own in it."""

    deadlines: dict[str, str] = field(default_factory=dict)
    appeared: list[str] = field(default_factory=list)
    moved: list[tuple[str, str, str]] = field(default_factory=list)

    def read(self, path: Path) -> None:
        now = datetime.strptime(path.name[:18], "%Y-%m-%dT%H%M%SZ").replace(tzinfo=UTC)
        first = not self.deadlines
        for row in csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"))):
            native_id, deadline = row["unique_id"], row["Submission Deadline"]
            before = self.deadlines.get(native_id)
            end = datetime.combine(date.fromisoformat(deadline), time(23, 59, 59), TORONTO)
            if before is None and not first and end >= now:
                self.appeared.append(native_id)
            if before is not None and before != deadline:
                self.moved.append((native_id, before, deadline))
            self.deadlines[native_id] = deadline


@pytest.fixture
def toronto(captures: Path, tmp_path: Path) -> Path:
    archives = sorted((captures / "toronto").glob("*.tar.xz"))
    for archive in archives:
        with open_tar(archive) as tar:
            tar.extractall(tmp_path, filter="data")
    return tmp_path


@pytest.mark.captures
def test_a_year_of_a_citys_file_tells_what_reading_it_by_hand_tells(toronto: Path) -> None:
    saved = [answer for answer in answers(toronto, load()["toronto"]) if "2025-03" <= answer.name < "2025-08"]
    lines = list(replay(load()["toronto"], saved))
    by_hand = Reading()
    for answer in saved:
        by_hand.read(toronto / answer.name)
    assert Counter(line.id for line in lines if line.event == "tender") == Counter(by_hand.appeared)
    moves = Counter((line.id, *(day[:10] for day in line.changes["closes"])) for line in lines if "closes" in line.changes)
    assert moves == Counter(by_hand.moved)
    on_the_day = [line.event for line in lines if line.capture.startswith("2025-07-02")]
    assert on_the_day == ["health"]
