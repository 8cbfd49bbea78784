"""The Scrapy spider that fetches files of tenders: one answer each, behind the same guards, limits and manners as listings.

A file that can't be had is a sentence and nothing else: it is no trouble of its source, whose listing may be quite well.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

import scrapy
from scrapy import Request
from scrapy.http import Response

from crawler import files
from crawler.files import Fetched, Wanted
from crawler.looking import header, marks, trouble
from crawler.settings import FOLLOWED
from crawler.sources import SourceConfig
from crawler.wire import say

PAGES = (".html", ".htm", ".aspx", ".php", "/")


class Fetcher(scrapy.Spider):  # type: ignore[misc]  # Scrapy's types are not followed
    """Fetches every wanted file once. `out` is the pipe to the parent, `folder` the evidence."""

    name = "fetcher"
    handle_httpstatus_list = [status for status in range(200, 600) if status not in FOLLOWED]  # noqa: RUF012 - Scrapy's way

    def __init__(self, sources: list[SourceConfig], wanted: list[Wanted], folder: Path, out: TextIO, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sources = {source.name: source for source in sources}
        self.wanted, self.folder, self.out = wanted, folder, out

    async def start(self) -> AsyncIterator[Any]:
        for one in self.wanted:
            known = {"If-None-Match": one.validators.get("etag"), "If-Modified-Since": one.validators.get("last_modified")}
            permitted = self.sources[one.source].options.get("robots") == "permitted"
            try:
                yield Request(
                    one.url,
                    headers={name: value for name, value in known.items() if value},
                    callback=self.answered,
                    errback=self.failed,
                    cb_kwargs={"wanted": one},
                    dont_filter=True,
                    meta={"dont_obey_robotstxt": permitted},
                )
            except ValueError as error:
                self._tell(one, trouble=f"its address can't be asked for ({error})")

    def answered(self, response: Response, wanted: Wanted) -> Iterator[Any]:
        """An answer has come: keep it if it is a file."""
        yield from ()
        media_type = header(response.headers.get("Content-Type"))
        if response.status == 304:
            self._tell(wanted, unchanged=True, validators=dict(wanted.validators))
        elif response.status >= 400:
            self._tell(wanted, trouble=f"the portal answered with status {response.status}")
        elif not response.body:
            self._tell(wanted, trouble="the portal answered with an empty file")
        elif "html" in media_type.lower() and not urlsplit(wanted.url).path.lower().endswith(PAGES):
            self._tell(wanted, trouble="the portal shows a web page in place of the file, as where one must sign in")
        else:
            self._tell(
                wanted,
                sha256=files.keep(self.folder, response.body),
                size=len(response.body),
                media_type=media_type[:200],
                validators=marks(response),
            )

    def failed(self, failure: Any) -> None:
        """No answer came, or one that was not let in."""
        host = urlsplit(failure.request.url).hostname or "the portal"
        self._tell(failure.request.cb_kwargs["wanted"], trouble=trouble(failure.value, host)[1])

    def _tell(self, wanted: Wanted, **values: Any) -> None:
        say(self.out, "file", Fetched(wanted.source, wanted.url, datetime.now(UTC), **values).dump())
