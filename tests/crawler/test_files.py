"""Files of tenders: kept by digest, fetched behind the guards by a process of their own, scanned by whatever command is set up."""

import hashlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler import files
from crawler.files import Fetched, Wanted
from crawler.process import fetch
from crawler.scanning import scan
from crawler.sources import SourceConfig
from tests.crawler.portals import answer, portal

PDF = b"%PDF-1.4 not much of one"
ANSWERS: dict[str, Any] = {
    "/robots.txt": answer(b"User-agent: *\nDisallow: /private/\n", media_type="text/plain"),
    "/a.pdf": answer(PDF, media_type="application/pdf", ETag='"1"'),
    "/same.pdf": lambda handler: answer(b"", 304) if handler.headers.get("If-None-Match") == '"1"' else answer(PDF),
    "/login.pdf": answer(b"<html>Sign in</html>"),
    "/gone.pdf": answer(b"no", 404),
    "/empty.pdf": answer(b""),
    "/private/b.pdf": answer(PDF),
    "/away.pdf": answer(status=302, Location="http://169.254.169.254/secret"),
    "/huge.pdf": answer(b"x", Content_Length=str(2**31)),
}


def config(address: str, **values: Any) -> SourceConfig:
    return SourceConfig(name="board", platform="html-list", address=address, permission="a test", delay=0.0, **values)


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Fetched], Path]:
    """Every file of the portal above, asked for once by one process."""
    folder = tmp_path_factory.mktemp("evidence")
    with portal(ANSWERS) as served:
        wanted = [
            Wanted("board", served.address + path, {"etag": '"1"'} if "same" in path else {})
            for path in (*ANSWERS, "/ missing")
            if path != "/robots.txt"
        ]
        wanted.append(Wanted("board", "file:///etc/passwd"))
        source = config(served.address)
        found = fetch([source], wanted, archive=folder, user_agent="Bidkeeper/test", allow_loopback=True, timeout=60.0)
        return {one.url.removeprefix(served.address): one for one in found}, folder


def test_a_file_is_kept_under_its_digest_with_the_marks_to_ask_by(fetched: tuple[dict[str, Fetched], Path]) -> None:
    one, folder = fetched[0]["/a.pdf"], fetched[1]
    assert (one.sha256, one.size, one.validators) == (hashlib.sha256(PDF).hexdigest(), len(PDF), {"etag": '"1"'})
    assert files.place(folder, one.sha256 or "").read_bytes() == PDF
    assert files.whole(folder, one.sha256 or "")


def test_a_304_says_unchanged_and_keeps_its_marks(fetched: tuple[dict[str, Fetched], Path]) -> None:
    one = fetched[0]["/same.pdf"]
    assert (one.unchanged, one.sha256, one.validators) == (True, None, {"etag": '"1"'})


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/login.pdf", "web page in place"),
        ("/gone.pdf", "status 404"),
        ("/empty.pdf", "empty file"),
        ("/private/b.pdf", "robots.txt"),
        ("/away.pdf", "never asked"),
        ("/huge.pdf", "32 MiB"),
        ("/ missing", "status 404"),
        ("file:///etc/passwd", "neither http nor https"),
    ],
)
def test_a_file_that_cannot_be_had_is_a_sentence(fetched: tuple[dict[str, Fetched], Path], path: str, says: str) -> None:
    one = fetched[0][path]
    assert one.sha256 is None
    assert says in (one.trouble or "")


def test_a_file_crosses_the_pipe_unharmed_and_a_digest_that_is_none_does_not() -> None:
    whole = Fetched("a", "https://x/y", datetime(2026, 9, 1, tzinfo=UTC), "ab" * 32, 7, "application/pdf", {"etag": "e"})
    assert Fetched.load(json.loads(json.dumps(whole.dump()))) == whole
    with pytest.raises(ValueError, match="hexadecimal"):
        Fetched.load({**whole.dump(), "sha256": "../../etc/passwd"})


def test_the_same_bytes_are_kept_once_and_changed_bytes_are_noticed(tmp_path: Path) -> None:
    digest = files.keep(tmp_path, PDF)
    assert files.keep(tmp_path, PDF) == digest
    assert [path.name for path in (tmp_path / "documents").rglob("*") if path.is_file()] == [digest]
    files.place(tmp_path, digest).write_bytes(b"other")
    assert not files.whole(tmp_path, digest)
    assert not files.whole(tmp_path, "00" * 32)


def test_nothing_wanted_needs_no_process(tmp_path: Path) -> None:
    none = fetch([], [], archive=tmp_path, user_agent="x", allow_loopback=False, timeout=1.0, command=["/nonexistent"])
    assert list(none) == []


def python(text: str) -> str:
    return f"{sys.executable} -c '{text}'"


@pytest.mark.parametrize(
    ("command", "state", "says"),
    [
        ("", "unscanned", "no virus scanner is set up"),
        (python('print("all well")'), "clean", "all well"),
        (python('import sys; print("Eicar FOUND", sys.argv[1][-4:]); sys.exit(1)'), "infected", "Eicar FOUND file"),
        (python('import sys; sys.exit("no database")'), "infected", "no database"),
        (python('import sys; sys.stderr.write("broken"); sys.exit(2)'), "unscanned", "status 2: broken"),
        ("/no/such/scanner", "unscanned", "can't be started"),
        ("'unended", "unscanned", "can't be read"),
    ],
)
def test_the_scanners_exit_status_decides(tmp_path: Path, command: str, state: str, says: str) -> None:
    (tmp_path / "file").write_bytes(b"x")
    verdict = scan(command, tmp_path / "file")
    assert verdict.state == state
    assert says in verdict.note


def test_a_scanner_that_does_not_end_leaves_the_file_unscanned(tmp_path: Path) -> None:
    verdict = scan(python("import time; time.sleep(600)"), tmp_path, timeout=0.2)
    assert verdict.state == "unscanned"
    assert "not finished after 0.2 seconds" in verdict.note
