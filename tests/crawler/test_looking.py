"""The spider's own decisions, step by step and without a network: what is asked, what is kept, how each look ends."""

import asyncio
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError

from contracts.vocabulary import Health
from crawler.items import Look
from crawler.looking import Looker, trouble
from crawler.network import GuardedResolver, Kept
from crawler.robots import Disallowed
from crawler.settings import scrapy_settings, slots
from crawler.sources import SourceConfig
from crawler.spiders import portal
from tests.crawler.reading import sample

LIST = "https://portal.example.org/list"
FIELDS = {"number": "td:nth-child(1)", "title": "td:nth-child(2)"}


def source(**values: Any) -> SourceConfig:
    options = {"rows": "table tr", "fields": FIELDS, "next": "a.next::attr(href)"}
    known = {"name": "a", "platform": "html-list", "address": LIST, "permission": "a test", "options": options}
    return SourceConfig(**{**known, **values})


class Spider:
    """A Looker driven by hand: `begin` gives its first steps, `answer` hands it a response to its last request."""

    def __init__(self, folder: Path, chosen: SourceConfig, known: Mapping[str, Any] | None = None) -> None:
        self.out = io.StringIO()
        self.looker = Looker(sources=[chosen], validators={chosen.name: known} if known else {}, folder=folder, out=self.out)
        self.request: Request | None = None
        self.look: Look | None = None

    def begin(self) -> "Spider":
        async def first() -> list[Any]:
            return [step async for step in self.looker.start()]

        return self._took(asyncio.run(first()))

    def answer(self, body: bytes = b"", status: int = 200, **headers: str) -> "Spider":
        assert self.request is not None
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = Response(self.request.url, status=status, headers=named, body=body, request=self.request)
        return self._took(list(self.looker.answered(response, **self.request.cb_kwargs)))

    def fail(self, error: Exception) -> "Spider":
        failure = type("Failure", (), {"value": error, "request": self.request})
        return self._took(list(self.looker.failed(failure)))

    def _took(self, steps: list[Any]) -> "Spider":
        (step,) = steps
        self.request, self.look = (step, None) if isinstance(step, Request) else (None, step["look"])
        return self


def table(*titles: str, more: str = "") -> bytes:
    return f"<html><table>{''.join(f'<tr><td>{t}</td><td>{t}</td></tr>' for t in titles)}</table>{more}</html>".encode()


def test_pages_are_asked_one_behind_the_other_and_told_as_they_come(tmp_path: Path) -> None:
    spider = Spider(tmp_path, source()).begin()
    assert spider.request is not None
    assert (spider.request.url, spider.request.method) == (LIST, "GET")
    spider.answer(table("Paint", more='<a class="next" href="?page=2">next</a>'))
    assert spider.request.url == f"{LIST}?page=2"
    spider.answer(table("Gravel", "Boilers"))
    assert spider.look is not None
    assert [posting.title for posting in spider.look.postings] == ["Paint", "Gravel", "Boilers"]
    told = [json.loads(line)["progress"] for line in spider.out.getvalue().splitlines()]
    assert told == [{"source": "a", "pages": 1, "rows": 1}, {"source": "a", "pages": 2, "rows": 3}]


def test_everything_unchanged_is_asked_page_by_page_and_costs_no_evidence(tmp_path: Path) -> None:
    known = {LIST: {"etag": '"1"'}, f"{LIST}?page=2": {"last_modified": "Tue, 01 Sep 2026 00:00:00 GMT"}}
    spider = Spider(tmp_path, source(), known).begin()
    assert spider.request is not None
    assert spider.request.headers["If-None-Match"] == b'"1"'
    spider.answer(status=304)
    assert spider.request.headers["If-Modified-Since"] == b"Tue, 01 Sep 2026 00:00:00 GMT"
    spider.answer(status=304)
    assert spider.look is not None
    assert (spider.look.unchanged, spider.look.validators, spider.look.pages) == (True, known, ())
    assert list(tmp_path.iterdir()) == []


def test_one_changed_page_has_all_of_them_read_and_the_changed_one_asked_once(tmp_path: Path) -> None:
    known = {LIST: {"etag": '"1"'}, f"{LIST}?page=2": {"etag": '"2"'}}
    spider = Spider(tmp_path, source(), known).begin().answer(status=304)
    spider.answer(table("Boilers"), ETag='"3"')  # page 2 changed
    assert spider.request is not None
    assert spider.request.url == LIST
    assert "If-None-Match" not in spider.request.headers
    spider.answer(table("Paint", more='<a class="next" href="?page=2">next</a>'), ETag='"1"')
    assert spider.look is not None
    assert [posting.title for posting in spider.look.postings] == ["Paint", "Boilers"]
    assert spider.look.validators == {LIST: {"etag": '"1"'}, f"{LIST}?page=2": {"etag": '"3"'}}


def test_a_tenant_is_asked_by_a_form_and_never_conditionally(tmp_path: Path) -> None:
    spider = Spider(tmp_path, source(platform="bids-and-tenders", address="https://t.bidsandtenders.ca")).begin()
    spider.answer(sample("bids-and-tenders/home.html").body, ETag='"home"')
    assert spider.request is not None
    assert (spider.request.method, spider.request.body) == ("POST", b"__RequestVerificationToken=of-the-search-form")
    spider.answer(sample("bids-and-tenders/search.json").body, ETag='"x"')
    assert spider.look is not None
    assert (spider.look.rows, spider.look.total, spider.look.validators) == (7, 7, {})


def test_a_json_question_is_a_post_of_json(tmp_path: Path) -> None:
    chosen = source(platform="ted", address="https://api.ted.europa.eu/v3/notices/search", options={"query": "x"})
    spider = Spider(tmp_path, chosen).begin()
    assert spider.request is not None
    assert (spider.request.method, spider.request.headers["Content-Type"]) == ("POST", b"application/json")
    assert spider.answer(sample("ted/search.json").body).look is not None


@pytest.mark.parametrize(
    ("body", "status", "state"),
    [
        (table("Paint")[:-9], 200, Health.LAYOUT_CHANGED),
        (b"", 200, Health.EMPTY),
        (b"<html><title>Just a moment...</title></html>", 200, Health.REFUSED),
        (b"", 401, Health.REFUSED),
        (b"", 404, Health.EMPTY),
        (b"<html>gone</html>", 410, Health.LAYOUT_CHANGED),
        (b"", 500, Health.UNREACHABLE),
        (b"", 429, Health.UNREACHABLE),
    ],
)
def test_a_look_ends_in_the_state_that_the_answer_calls_for(tmp_path: Path, body: bytes, status: int, state: Health) -> None:
    spider = Spider(tmp_path, source()).begin().answer(body, status)
    assert spider.look is not None
    assert spider.look.trouble is not None
    assert (spider.look.trouble[0], spider.look.postings) == (state, ())


def test_a_second_page_that_fails_takes_the_whole_look_with_it(tmp_path: Path) -> None:
    spider = Spider(tmp_path, source()).begin().answer(table("Paint", more='<a class="next" href="?page=2">next</a>'))
    spider.answer(status=503, Retry_After="60")
    assert spider.look is not None
    assert (spider.look.postings, spider.look.retry_after) == ((), 60.0)
    assert len(spider.look.pages) == 1


def test_a_portal_that_always_has_a_next_page_is_no_listing(tmp_path: Path) -> None:
    spider = Spider(tmp_path, source()).begin()
    for number in range(300):
        if spider.look:
            break
        spider.answer(table(f"t{number}", more=f'<a class="next" href="?page={number + 2}">next</a>'))
    assert spider.look is not None
    assert spider.look.trouble is not None
    assert "200 pages" in spider.look.trouble[1]


def test_a_fault_in_a_reader_is_that_sources_trouble_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(*_: Any) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(type(portal("html-list")), "parse", faulty)
    spider = Spider(tmp_path, source()).begin().answer(table("Paint"))
    assert spider.look is not None
    assert spider.look.trouble is not None
    assert "ZeroDivisionError: a fault" in spider.look.trouble[1]


def test_a_platform_that_nobody_reads_is_told_and_one_that_nobody_may_visit_too(tmp_path: Path) -> None:
    unknown = Spider(tmp_path, source(platform="gopher")).begin()
    assert unknown.look is not None
    assert unknown.look.trouble is not None
    assert 'no platform is called "gopher"' in unknown.look.trouble[1]
    closed = Spider(tmp_path, source(platform="bcbid")).begin()
    assert closed.look is not None
    assert closed.look.trouble is not None
    assert closed.look.trouble[0] is Health.REFUSED


def test_a_request_without_answer_ends_its_own_look(tmp_path: Path) -> None:
    spider = Spider(tmp_path, source()).begin().fail(DownloadTimeoutError("slow"))
    assert spider.look is not None
    assert spider.look.trouble == (Health.UNREACHABLE, "portal.example.org did not answer in time")


@pytest.mark.parametrize(
    ("error", "state", "says"),
    [
        (CannotResolveHostError("x"), Health.UNREACHABLE, "has no address"),
        (DownloadCancelledError("x"), Health.LAYOUT_CHANGED, "32 MiB"),
        (DownloadFailedError("SSL: certificate verify failed"), Health.UNREACHABLE, "certificate"),
        (DownloadFailedError("other"), Health.UNREACHABLE, "could not be reached (DownloadFailedError: other)"),
        (Disallowed("robots.txt of a host asks us not to"), Health.REFUSED, "robots.txt"),
        (IgnoreRequest("max redirections reached"), Health.UNREACHABLE, "on and on"),
        (IgnoreRequest("exceeded DOWNLOAD_MAXSIZE"), Health.LAYOUT_CHANGED, "32 MiB"),
        (Kept("inside"), Health.UNREACHABLE, "inside"),
        (HttpError(Response("http://a", status=302, headers={"Location": "file:///x"})), Health.UNREACHABLE, "file:///x"),
    ],
)
def test_every_failure_has_its_state_and_sentence(error: Exception, state: Health, says: str) -> None:
    found, sentence = trouble(error, "portal.example.org")
    assert found is state
    assert says in sentence


def test_a_name_that_the_resolver_kept_back_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(GuardedResolver.forbidden, "portal.example.org", "10.0.0.1")
    state, sentence = trouble(CannotResolveHostError("x"), "portal.example.org")
    assert state is Health.UNREACHABLE
    assert "10.0.0.1" in sentence


def test_settings_turn_every_dangerous_default_round() -> None:
    settings = scrapy_settings([source()], user_agent="Bidkeeper/0.1 (x)", allow_loopback=False, download_timeout=60.0)
    assert settings["DOWNLOAD_VERIFY_CERTIFICATES"]
    assert "crawler.robots.RobotsMiddleware" in settings["DOWNLOADER_MIDDLEWARES"]
    assert {name for name, handler in settings["DOWNLOAD_HANDLERS"].items() if handler} == {"http", "https"}
    assert not settings["TELNETCONSOLE_ENABLED"]
    assert not settings["HTTPPROXY_ENABLED"]
    assert settings["DOWNLOAD_MAXSIZE"] == 32 * 2**20
    assert settings["CONCURRENT_REQUESTS_PER_DOMAIN"] == 1


@pytest.mark.parametrize(
    ("delay", "loopback", "least"), [(0.0, False, 1.0), (5.0, False, 5.0), (0.0, True, 0.0), (0.2, True, 0.2)]
)
def test_a_host_is_asked_no_faster_than_its_slowest_source_allows(delay: float, loopback: bool, least: float) -> None:
    (queue,) = slots([source(delay=0.0), source(name="b", delay=delay)], allow_loopback=loopback).values()
    assert queue["concurrency"] == 1
    assert queue["delay"] * (1 - queue["jitter"]) == pytest.approx(least)
