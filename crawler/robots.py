"""robots.txt (RFC 9309): asked once a day and host, kept between crawls, and in the way until it is known.

Scrapy's own middleware asks at every start, takes an error page for rules, and lets every request that waits for the first answer
through unasked. Here 4xx means that there are no rules, a server's error or silence that nothing may be asked (§2.3.1.4), unless
an answer of the last month is still kept; and a host's own Crawl-delay slows its queue.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http.request import NO_CALLBACK

from crawler.network import Kept

FRESH = 86_400.0  # seconds; RFC 9309 §2.4
STANDING = 30 * FRESH  # how long an older answer stands in for one that can't be had
MOST = 512 * 1024  # bytes that count; §2.5
LONGEST_DELAY = 60.0  # seconds; a Crawl-delay beyond it is taken as this


class Disallowed(Kept):
    """Raised for a request that a host's robots.txt asks not to make."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host said of its robots.txt: when (seconds since the epoch), with which status, and the text."""

    at: float
    status: int
    text: str

    @property
    def known(self) -> bool:
        """Whether it says anything: an error of the server says nothing."""
        return self.status < 500 and self.status != 429


class RobotsMiddleware:
    """Asks for a host's robots.txt before its first page; every other request to that host waits for the same answer."""

    def __init__(self, crawler: Crawler, clock: Callable[[], float] = time.time) -> None:
        self.crawler, self.clock = crawler, clock
        self.agent = crawler.settings["ROBOTSTXT_USER_AGENT"]
        self.asked: dict[str, asyncio.Future[Protego]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get("dont_obey_robotstxt"):
            return
        parts = urlsplit(request.url)
        root = f"{parts.scheme}://{parts.netloc}"
        if root not in self.asked:
            self.asked[root] = asyncio.ensure_future(self._rules(root))
        rules = await asyncio.shield(self.asked[root])
        if not rules.can_fetch(request.url, self.agent):
            raise Disallowed(f"robots.txt of {parts.hostname} asks us not to read this page; ask its owner for a permission")

    async def _rules(self, root: str) -> Protego:
        """The rules of a host. Raises Kept where it says nothing of them, or what kept its answer from coming."""
        kept = self._kept(root)
        if kept is None or self.clock() - kept.at > FRESH:
            try:
                kept = await self._ask(root, kept)
            except Exception:
                if kept is None or self.clock() - kept.at > STANDING:
                    raise
        rules = Protego.parse(kept.text if kept.status < 400 else "")
        self._slow_down(root, float(rules.crawl_delay(self.agent) or 0))
        return rules

    async def _ask(self, root: str, older: Answer | None) -> Answer:
        request = Request(f"{root}/robots.txt", priority=1000, meta={"dont_obey_robotstxt": True}, callback=NO_CALLBACK)
        response = await self.crawler.engine.download_async(request)
        said = Answer(self.clock(), response.status, response.body[:MOST].decode("utf-8", "replace"))
        if said.known:
            self._keep(root, said)
            return said
        if older is not None and self.clock() - older.at <= STANDING:
            return older
        raise Kept(
            f"robots.txt of {urlsplit(root).hostname} is answered with status {said.status}: until it is there, no page is asked for"
        )

    def _slow_down(self, root: str, delay: float) -> None:
        queues = self.crawler.engine.downloader.per_slot_settings
        host = urlsplit(root).netloc.lower()
        if delay > (known := queues.setdefault(host, {})).get("delay", 0.0):
            known["delay"] = min(delay, LONGEST_DELAY)
            if slot := self.crawler.engine.downloader.slots.get(host):
                slot.delay = known["delay"]

    def _place(self, root: str) -> Path:
        folder: Path = self.crawler.spider.folder
        return folder / "robots" / f"{hashlib.blake2b(root.encode(), digest_size=12).hexdigest()}.json"

    def _kept(self, root: str) -> Answer | None:
        try:
            said = Answer(**json.loads(self._place(root).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return said if said.at <= self.clock() else None

    def _keep(self, root: str, said: Answer) -> None:
        values: dict[str, Any] = {"at": said.at, "status": said.status, "text": said.text if said.status < 400 else ""}
        place = self._place(root)
        with suppress(OSError):  # it is asked again then
            place.parent.mkdir(parents=True, exist_ok=True)
            beside = place.with_suffix(".new")
            beside.write_text(json.dumps(values), "utf-8")
            beside.replace(place)
