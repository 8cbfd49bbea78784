"""Evidence comes back as it was written, costs little when nothing changed, and opens in any WARC reader."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from crawler.archive import NotKept, keep, read, write
from crawler.items import Page

AT = datetime(2026, 9, 1, 12, tzinfo=UTC)
PAGE = Page(
    b"<html>caf\xc3\xa9</html>", url="https://portal.example.org/list?a=1", status=200, media_type="text/html; charset=utf-8"
)


def records(path: Path) -> list[tuple[str, str, bytes]]:
    with path.open("rb") as warc:
        return [
            (one.rec_type, one.rec_headers.get_header("WARC-Target-URI") or "", one.content_stream().read())
            for one in ArchiveIterator(warc)
        ]


def test_an_answer_comes_back_as_it_was(tmp_path: Path) -> None:
    file, offset = write(tmp_path, PAGE, AT, source="nanaimo")
    assert file == "nanaimo-2026-09.warc.gz"
    assert read(tmp_path, file, offset) == PAGE


@settings(max_examples=15)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=5), st.integers(100, 599), st.text(max_size=20))
def test_any_answers_come_back(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes], status: int, media_type: str
) -> None:
    folder = tmp_path_factory.mktemp("evidence")
    places = [write(folder, Page(body, status=status, media_type=media_type), AT, source="s") for body in bodies]
    assert [read(folder, *place).body for place in places] == bodies
    assert {read(folder, *place).status for place in places} == {status}


def test_an_answer_that_is_held_already_becomes_a_small_revisit_that_reads_the_same(tmp_path: Path) -> None:
    page = Page(bytes(range(256)) * 400, url="https://portal.example.org/list")
    file, first = write(tmp_path, page, AT, source="s")
    size = (tmp_path / file).stat().st_size
    _, again = write(tmp_path, page, AT + timedelta(hours=1), source="s")
    assert (tmp_path / file).stat().st_size - size < 600
    assert [kind for kind, _, _ in records(tmp_path / file)] == ["warcinfo", "response", "revisit"]
    assert read(tmp_path, file, again) == read(tmp_path, file, first) == page


def test_each_month_and_source_has_a_file_of_its_own(tmp_path: Path) -> None:
    names = [write(tmp_path, PAGE, AT + timedelta(days=days), source=source)[0] for source in ("a", "b") for days in (0, 31)]
    assert names == ["a-2026-09.warc.gz", "a-2026-10.warc.gz", "b-2026-09.warc.gz", "b-2026-10.warc.gz"]


def test_the_file_is_valid_warc(tmp_path: Path) -> None:
    for body in (b"one", b"two", b"one"):
        file, _ = write(tmp_path, Page(body, url="https://portal.example.org/"), AT, source="s")
    checked: list[int] = []
    checker = Checker(type("Command", (), {"verbose": False, "inputs": [str(tmp_path / file)]})())
    checker.process_one(str(tmp_path / file))
    checked.append(checker.exit_value)
    assert checked == [0]


def test_a_record_whose_writing_was_interrupted_is_cut_off_and_the_next_follows_whole(tmp_path: Path) -> None:
    file, first = write(tmp_path, PAGE, AT, source="s")
    with (tmp_path / file).open("ab") as warc:
        warc.write(b"\x1f\x8b\x08half a record")
    other = Page(b"other", url="https://portal.example.org/2")
    _, second = write(tmp_path, other, AT, source="s")
    assert (read(tmp_path, file, first), read(tmp_path, file, second)) == (PAGE, other)
    assert len(records(tmp_path / file)) == 3


def test_without_its_index_the_file_still_grows_and_reads(tmp_path: Path) -> None:
    file, _ = write(tmp_path, PAGE, AT, source="s")
    (tmp_path / file.replace(".warc.gz", ".index")).unlink()
    _, again = write(tmp_path, PAGE, AT, source="s")
    assert read(tmp_path, file, again) == PAGE
    assert [kind for kind, _, _ in records(tmp_path / file)] == ["warcinfo", "response", "response"]


def test_what_is_kept_is_described(tmp_path: Path) -> None:
    kept = keep(tmp_path, PAGE, AT, source="s", rows=7)
    assert (kept.size, kept.rows, kept.status, kept.url) == (len(PAGE.body), 7, 200, PAGE.url)
    assert kept.archive is not None
    assert kept.archive_offset is not None
    assert read(tmp_path, kept.archive, kept.archive_offset) == PAGE


@pytest.mark.parametrize("file", ["../../etc/passwd", "s-2026-09.index", "/etc/passwd", "s-2026-10.warc.gz"])
def test_no_other_file_is_read(tmp_path: Path, file: str) -> None:
    write(tmp_path, PAGE, AT, source="s")
    with pytest.raises(NotKept):
        read(tmp_path, file, 0)


def test_a_place_without_an_answer_is_told(tmp_path: Path) -> None:
    file, offset = write(tmp_path, PAGE, AT, source="s")
    for place in (0, offset + 3, 10**9):
        with pytest.raises(NotKept):
            read(tmp_path, file, place)


def test_a_hostile_address_stays_within_its_header_line(tmp_path: Path) -> None:
    forged = Page(b"x", url="https://portal.example.org/\r\nWARC-Type: warcinfo", media_type="text/html\r\nX: y")
    file, offset = write(tmp_path, forged, AT, source="s")
    assert read(tmp_path, file, offset).url == "https://portal.example.org/WARC-Type:%20warcinfo"
