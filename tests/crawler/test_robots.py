"""robots.txt: asked once, waited for by all, kept between crawls, and never taken for permission when it can't be had."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response

from crawler.robots import FRESH, STANDING, RobotsMiddleware

RULES = b"User-agent: *\nDisallow: /private\nCrawl-delay: 7\n"
ROOT = "https://portal.example"


class Engine:
    """Answers requests for robots.txt in turn, after a moment in which others may ask too."""

    def __init__(self, *answers: bytes | int | Exception) -> None:
        self.answers, self.asked = list(answers), 0
        self.downloader = SimpleNamespace(per_slot_settings={"portal.example": {"delay": 1.0}}, slots={})

    async def download_async(self, request: Request) -> Response:
        self.asked += 1
        said = self.answers.pop(0)
        await asyncio.sleep(0)
        if isinstance(said, Exception):
            raise said
        return Response(request.url, status=said, body=b"<html>") if isinstance(said, int) else Response(request.url, body=said)


@pytest.fixture
def crawl(tmp_path: Path) -> Callable[..., Any]:
    """A middleware as a new crawl process has it, over one folder and at a time of one's own."""

    def made(*answers: bytes | int | Exception, at: float = 0.0) -> tuple[Callable[..., list[str]], Engine]:
        engine = Engine(*answers)
        crawler = SimpleNamespace(
            settings={"ROBOTSTXT_USER_AGENT": "Bidkeeper"}, engine=engine, spider=SimpleNamespace(folder=tmp_path)
        )
        robots = RobotsMiddleware(crawler, clock=lambda: 1_000_000.0 + at)

        def ask(*paths: str, **meta: Any) -> list[str]:
            async def all_at_once() -> list[Any]:
                requests = [robots.process_request(Request(ROOT + path, meta=meta)) for path in paths]
                return await asyncio.gather(*requests, return_exceptions=True)

            return [type(found).__name__ if found else "asked" for found in asyncio.run(all_at_once())]

        return ask, engine

    return made


def test_every_request_waits_for_the_one_answer(crawl: Any) -> None:
    ask, engine = crawl(RULES)
    assert ask("/a", "/private/b", "/c", "/private/d") == ["asked", "Disallowed", "asked", "Disallowed"]
    assert engine.asked == 1
    assert engine.downloader.per_slot_settings["portal.example"]["delay"] == 7.0


def test_the_answer_is_kept_for_a_day_and_asked_for_anew_after_it(crawl: Any) -> None:
    crawl(RULES)[0]("/a")
    ask, engine = crawl(at=FRESH - 1)
    assert (ask("/private/a", "/b"), engine.asked) == (["Disallowed", "asked"], 0)
    ask, engine = crawl(b"", at=FRESH + 1)
    assert (ask("/private/a"), engine.asked) == (["asked"], 1)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_host_without_rules_may_be_asked(crawl: Any, status: int) -> None:
    assert crawl(status)[0]("/private/a") == ["asked"]


@pytest.mark.parametrize("said", [500, 503, 429])
def test_a_server_in_trouble_says_nothing_and_is_not_asked(crawl: Any, said: int) -> None:
    ask, _ = crawl(said)
    assert ask("/a") == ["Kept"]


def test_silence_is_no_permission_and_an_older_answer_stands_in_for_a_month(crawl: Any) -> None:
    assert crawl(TimeoutError("slow"))[0]("/a") == ["TimeoutError"]
    crawl(RULES)[0]("/a")
    assert crawl(TimeoutError("slow"), at=2 * FRESH)[0]("/a", "/private/b") == ["asked", "Disallowed"]
    assert crawl(503, at=2 * FRESH)[0]("/a", "/private/b") == ["asked", "Disallowed"]
    assert crawl(TimeoutError("slow"), at=STANDING + 1)[0]("/a") == ["TimeoutError"]
    assert crawl(503, at=STANDING + 1)[0]("/a") == ["Kept"]


def test_a_recorded_permission_sets_it_aside(crawl: Any) -> None:
    ask, engine = crawl()
    assert (ask("/private/a", dont_obey_robotstxt=True), engine.asked) == (["asked"], 0)


def test_a_damaged_or_future_record_is_asked_for_again(crawl: Any, tmp_path: Path) -> None:
    crawl(RULES, at=500.0)[0]("/a")
    ask, engine = crawl(b"", at=0.0)
    assert (ask("/private/a"), engine.asked) == (["asked"], 1)
    (place,) = (tmp_path / "robots").iterdir()
    place.write_text("{")
    ask, engine = crawl(RULES, at=1.0)
    assert (ask("/private/a"), engine.asked) == (["Disallowed"], 1)
