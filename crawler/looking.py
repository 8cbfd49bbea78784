"""The one Scrapy spider: it carries each source's conversation (`Portal.visit`) over the network and ends it with one Look.

All sources of a process share it, so that two sources on one host still ask one at a time. Whatever happens to one of them, a
refusal, a hostile answer, a fault in its reader, ends in that source's trouble and touches no other.
"""

import re
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlencode, urlsplit

import scrapy
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError

from contracts.vocabulary import Health
from crawler import archive
from crawler.items import CapturedPage, EmptyAnswer, LayoutChanged, Listing, Look, Page, Posting, Refused, SourceError
from crawler.network import GuardedResolver
from crawler.robots import Disallowed
from crawler.settings import BODY, FOLLOWED
from crawler.sources import SourceConfig
from crawler.spiders import UnknownPlatform, portal
from crawler.spiders.portal import Ask, Visit
from crawler.wire import say

STATES: dict[type[SourceError], Health] = {
    LayoutChanged: Health.LAYOUT_CHANGED,
    Refused: Health.REFUSED,
    EmptyAnswer: Health.EMPTY,
}
REASONS: dict[type[BaseException], str] = {
    DownloadTimeoutError: "did not answer in time",
    CannotResolveHostError: "has no address (DNS)",
    DownloadConnectionRefusedError: "refuses connections",
    ResponseDataLossError: "broke off in the middle of its answer",
}
TOO_LARGE = f"the answer of {{host}} is larger than {BODY // 2**20} MiB, which no listing is"
LONGEST_WAIT = 7 * 86_400.0  # seconds; a Retry-After beyond it is taken as this


@dataclass(slots=True)
class Visiting:
    """How far one source's look has come."""

    source: SourceConfig
    visit: Visit
    at: datetime
    known: Mapping[str, Mapping[str, str]]
    checks: deque[str]  # addresses still to be asked whether they changed
    fetched: dict[str, Page] = field(default_factory=dict)  # answers of that question, not asked for twice
    asked: Ask | None = None
    listings: list[Listing] = field(default_factory=list)
    kept: list[CapturedPage] = field(default_factory=list)
    validators: dict[str, dict[str, str]] = field(default_factory=dict)
    checkable: bool = True  # whether every answer so far can be asked about next time


class Looker(scrapy.Spider):  # type: ignore[misc]  # Scrapy's types are not followed
    """Looks at every source once. `out` is the pipe to the parent, `folder` the evidence."""

    name = "looker"
    handle_httpstatus_list = [status for status in range(200, 600) if status not in FOLLOWED]  # noqa: RUF012 - Scrapy's way

    def __init__(
        self, sources: list[SourceConfig], validators: Mapping[str, Mapping[str, Any]], folder: Path, out: TextIO, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.sources, self.known, self.folder, self.out = sources, validators, folder, out

    async def start(self) -> AsyncIterator[Any]:
        for source in self.sources:
            known = self.known.get(source.name, {})
            now = datetime.now(UTC)
            try:
                visit = portal(source.platform).visit(source, now=now)
            except UnknownPlatform as error:
                yield {"look": Look(source.name, now, trouble=(Health.LAYOUT_CHANGED, str(error)))}
                continue
            visiting = Visiting(source, visit, at=now, known=known, checks=deque(known))
            for step in self._check(visiting) if visiting.checks else self._go_on(visiting, None):
                yield step

    def answered(self, response: Response, visiting: Visiting) -> Iterator[Any]:
        """A page has come: hand it to the conversation, or count it as unchanged."""
        page = Page(
            response.body, url=response.url, status=response.status, media_type=header(response.headers.get("Content-Type"))
        )
        if visiting.checks:
            url = visiting.checks.popleft()
            if response.status == 304:
                if visiting.checks:
                    yield from self._check(visiting)
                else:
                    yield self._done(visiting, unchanged=True, validators={u: dict(v) for u, v in visiting.known.items()})
                return
            visiting.checks.clear()
            if response.status < 400:
                visiting.fetched[url] = page
                visiting.validators[url] = marks(response)
                yield from self._go_on(visiting, None)
                return
        if response.status == 429 or response.status >= 500:
            yield self._failed(
                visiting,
                Health.UNREACHABLE,
                f"the portal answered with status {response.status}",
                retry_after=retry_after(header(response.headers.get("Retry-After")), visiting.at),
            )
            return
        if visiting.asked and visiting.asked.method == "GET":
            visiting.validators[visiting.asked.url] = marks(response)
        else:
            visiting.checkable = False
        yield from self._go_on(visiting, page)

    def failed(self, failure: Any) -> Iterator[Any]:
        """No answer came, or one that was not let in."""
        visiting: Visiting = failure.request.cb_kwargs["visiting"]
        state, sentence = trouble(failure.value, _host(failure))
        yield self._failed(visiting, state, sentence)

    def _go_on(self, visiting: Visiting, page: Page | None) -> Iterator[Any]:
        """The conversation's next steps: listings are kept, one request goes out, or the look ends."""
        try:
            step: Ask | Listing = next(visiting.visit) if page is None else visiting.visit.send(page)
            while True:
                if isinstance(step, Listing):
                    self._keep(visiting, page, step)
                    step = next(visiting.visit)
                elif step.method == "GET" and step.url in visiting.fetched:
                    visiting.asked, page = step, visiting.fetched.pop(step.url)
                    step = visiting.visit.send(page)
                else:
                    yield self._request(visiting, step)
                    return
        except StopIteration:
            yield self._done(visiting)
        except SourceError as error:
            self._keep(visiting, page, None)
            state = next((state for kind, state in STATES.items() if isinstance(error, kind)), Health.LAYOUT_CHANGED)
            yield self._failed(visiting, state, str(error))
        except Exception as error:  # a fault of ours in one reader must not end the other sources' looks
            self.logger.exception("the reader of %s failed", visiting.source.name)
            self._keep(visiting, page, None)
            sentence = f"the reader of {visiting.source.platform} could not read the answer ({type(error).__name__}: {error})"
            yield self._failed(visiting, Health.LAYOUT_CHANGED, sentence[:500])

    def _keep(self, visiting: Visiting, page: Page | None, listing: Listing | None) -> None:
        """Evidence of the answer; each listing's page once, and the answer that made the trouble."""
        if listing:
            visiting.listings.append(listing)
        if page is not None:
            rows = listing.rows if listing else None
            visiting.kept.append(
                archive.keep(self.folder, page, visiting.at, source=visiting.source.name, rows=rows, settled=False)
            )
        total = sum(one.rows for one in visiting.listings)
        say(self.out, "progress", {"source": visiting.source.name, "pages": len(visiting.kept), "rows": total})

    def _check(self, visiting: Visiting) -> Iterator[Request]:
        """Ask whether the next known page changed since."""
        url = visiting.checks[0]
        headers = {
            "If-None-Match": visiting.known[url].get("etag"),
            "If-Modified-Since": visiting.known[url].get("last_modified"),
        }
        yield self._request(visiting, Ask(url, headers={name: value for name, value in headers.items() if value}))

    def _request(self, visiting: Visiting, ask: Ask) -> Request:
        visiting.asked = ask
        common: dict[str, Any] = {
            "headers": dict(ask.headers),
            "callback": self.answered,
            "errback": self.failed,
            "cb_kwargs": {"visiting": visiting},
            "dont_filter": True,
            "meta": {
                "cookiejar": visiting.source.name,
                "dont_obey_robotstxt": visiting.source.options.get("robots") == "permitted",
            },
        }
        if ask.form is not None:
            common["headers"] = {**common["headers"], "Content-Type": "application/x-www-form-urlencoded"}
            return Request(ask.url, method="POST", body=urlencode(ask.form), **common)
        if ask.json is not None:
            common["headers"] = {**common["headers"], "Content-Type": "application/json"}
            return Request(ask.url, method="POST", body=ask.json, **common)
        return Request(ask.url, **common)

    def _done(self, visiting: Visiting, *, unchanged: bool = False, validators: dict[str, Any] | None = None) -> dict[str, Look]:
        if validators is None:
            seen = visiting.validators if visiting.checkable else {}
            validators = seen if seen and all(seen.values()) else {}
        archive.settle(self.folder, (page.archive for page in visiting.kept if page.archive))
        listings = visiting.listings
        postings: list[Posting] = [posting for listing in listings for posting in listing.postings]
        return {
            "look": Look(
                visiting.source.name,
                visiting.at,
                postings=tuple(postings),
                rows=sum(listing.rows for listing in listings),
                total=next((listing.total for listing in reversed(listings) if listing.total is not None), None),
                columns=listings[0].columns if listings else (),
                says_none=bool(listings) and all(listing.says_none for listing in listings),
                unchanged=unchanged,
                pages=tuple(visiting.kept),
                validators=validators,
            )
        }

    def _failed(self, visiting: Visiting, state: Health, sentence: str, *, retry_after: float | None = None) -> dict[str, Look]:
        visiting.visit.close()
        archive.settle(self.folder, (page.archive for page in visiting.kept if page.archive))
        look = Look(
            visiting.source.name, visiting.at, pages=tuple(visiting.kept), trouble=(state, sentence), retry_after=retry_after
        )
        return {"look": look}


def trouble(error: BaseException, host: str) -> tuple[Health, str]:
    """The health state and sentence for a request that gave no page."""
    text = str(error)
    if isinstance(error, IgnoreRequest):  # what we do not take or do not ask
        return _declined(error, host)
    if isinstance(error, DownloadCancelledError):
        return Health.LAYOUT_CHANGED, TOO_LARGE.format(host=host)
    if host in GuardedResolver.forbidden:
        address = GuardedResolver.forbidden[host]
        return Health.UNREACHABLE, f"{host} is at {address}, inside the network or no single public host: it is never asked"
    reason = next((words for kind, words in REASONS.items() if isinstance(error, kind)), None)
    if not reason and re.search(r"certificate|SSL|TLS|VerificationError", f"{type(error).__name__} {text}"):
        reason = "has no valid certificate (TLS)"
    return Health.UNREACHABLE, f"{host} {reason or f'could not be reached ({type(error).__name__}: {text[:200]})'}"


def _declined(error: Any, host: str) -> tuple[Health, str]:
    text = str(error)
    if isinstance(error, Disallowed):
        return Health.REFUSED, text
    if isinstance(error, HttpError):
        to = header(error.response.headers.get("Location"))[:200]
        return Health.UNREACHABLE, f'{host} sends us on to "{to}", which is not followed'
    if "DOWNLOAD_MAXSIZE" in text:
        return Health.LAYOUT_CHANGED, TOO_LARGE.format(host=host)
    return Health.UNREACHABLE, f"{host} sends us on and on" if "redirections" in text else text


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header, in seconds or as a date (RFC 9110 §10.2.3); None for none or nonsense."""
    if re.fullmatch(r"\s*\d{1,12}\s*", value):
        return min(float(value), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, IndexError, TypeError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((aware - now).total_seconds(), 0.0), LONGEST_WAIT)


def marks(response: Response) -> dict[str, str]:
    """The ETag and Last-Modified by which the answer can be asked about next time."""
    found = {"etag": header(response.headers.get("ETag")), "last_modified": header(response.headers.get("Last-Modified"))}
    return {name: value for name, value in found.items() if value}


def header(value: bytes | None) -> str:
    """A header's value as text, "" for none."""
    return (value or b"").decode("latin-1")


def _host(failure: Any) -> str:
    return urlsplit(failure.request.url).hostname or "the portal"
