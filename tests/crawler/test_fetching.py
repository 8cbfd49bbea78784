"""What the fetching spider makes of each answer, without a network: a digest, "unchanged", or one sentence."""

import asyncio
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response

from crawler import files
from crawler.fetching import Fetcher
from crawler.files import Fetched, Wanted
from crawler.sources import SourceConfig

URL = "https://portal.example/docs/a.pdf"


def spider(folder: Path, *wanted: Wanted, **options: Any) -> Fetcher:
    source = SourceConfig(
        name="board", platform="html-list", address="https://portal.example/", permission="ours", options=options
    )
    return Fetcher(sources=[source], wanted=list(wanted), folder=folder, out=io.StringIO())


def told(fetcher: Fetcher) -> list[Fetched]:
    lines = fetcher.out.getvalue().splitlines()  # type: ignore[attr-defined]
    return [Fetched.load(json.loads(line)["file"]) for line in lines]


def answered(fetcher: Fetcher, body: bytes = b"", status: int = 200, url: str = URL, **headers: str) -> Fetched:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    list(fetcher.answered(Response(url, status=status, body=body, headers=named), Wanted("board", url, {"etag": "e"})))
    return told(fetcher)[-1]


def test_requests_are_conditional_and_heed_robots_txt_unless_a_permission_is_recorded(tmp_path: Path) -> None:
    async def requests(fetcher: Fetcher) -> list[Any]:
        return [request async for request in fetcher.start()]

    known = Wanted("board", URL, {"etag": '"1"', "last_modified": "Tue, 01 Sep 2026 00:00:00 GMT"})
    fetcher = spider(tmp_path, known, Wanted("board", "no address"))
    (request,) = asyncio.run(requests(fetcher))
    assert (request.headers[b"If-None-Match"], request.headers[b"If-Modified-Since"]) == (
        b'"1"',
        b"Tue, 01 Sep 2026 00:00:00 GMT",
    )
    assert request.meta["dont_obey_robotstxt"] is False
    assert "can't be asked for" in (told(fetcher)[0].trouble or "")
    (request,) = asyncio.run(requests(spider(tmp_path, known, robots="permitted")))
    assert request.meta["dont_obey_robotstxt"] is True


def test_a_file_is_kept_and_described(tmp_path: Path) -> None:
    found = answered(spider(tmp_path), b"%PDF", Content_Type="application/pdf", ETag='"2"')
    assert (found.size, found.media_type, found.validators, found.trouble) == (4, "application/pdf", {"etag": '"2"'}, None)
    assert files.whole(tmp_path, found.sha256 or "")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"status": 403}, "status 403"),
        ({"body": b""}, "empty file"),
        ({"body": b"<html>", "Content_Type": "text/html; charset=utf-8"}, "web page in place"),
    ],
)
def test_what_is_no_file_is_a_sentence_and_keeps_nothing(tmp_path: Path, answer: dict[str, Any], says: str) -> None:
    found = answered(spider(tmp_path), **answer)
    assert found.sha256 is None
    assert says in (found.trouble or "")
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_was_asked_for_as_a_page_is_one(tmp_path: Path) -> None:
    found = answered(spider(tmp_path), b"<html>", url="https://portal.example/notice.html", Content_Type="text/html")
    assert found.sha256 is not None


def test_unchanged_is_told_with_the_marks_it_was_asked_by(tmp_path: Path) -> None:
    found = answered(spider(tmp_path), status=304)
    assert (found.unchanged, found.validators) == (True, {"etag": "e"})


def test_no_answer_is_a_sentence_that_names_the_host(tmp_path: Path) -> None:
    fetcher = spider(tmp_path)
    request = SimpleNamespace(url=URL, cb_kwargs={"wanted": Wanted("board", URL)})
    fetcher.failed(SimpleNamespace(value=DownloadTimeoutError(), request=request))
    assert told(fetcher)[0].trouble == "portal.example did not answer in time"
