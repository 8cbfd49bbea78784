"""OCDS publishers (Find a Tender, Contracts Finder, SEAO, any other): release or record packages, or releases as JSON lines.

Packages are followed by `links.next`; an address may hold `{from}` and `{to}` for an update window of `options.window` days
(UTC, written by `options.window_format`). A release may be a delta, so releases of one ocid are merged in the order of their
dates, arrays by the id of their objects (https://standard.open-contracting.org/1.1/en/schema/merging/). Traps: the same release
may come twice; a package may be empty and still have a next page; a record may hold its compiled release, its releases, its
versions or links alone; publishers answer 429 with Retry-After. Zone: every time carries its own.
"""

import json
import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from contracts.vocabulary import TenderStatus
from crawler.items import LayoutChanged, Listing, Page, PostedDocument, Posting
from crawler.sources import SourceConfig
from crawler.spiders import answers, times
from crawler.spiders.markup import web
from crawler.spiders.portal import Portal, Visit

EXPECTED = "OCDS releases or records were expected"
STATUSES = {
    "planning": TenderStatus.PLANNED,
    "planned": TenderStatus.PLANNED,
    "active": TenderStatus.OPEN,
    "cancelled": TenderStatus.CANCELLED,
    "withdrawn": TenderStatus.CANCELLED,
    "unsuccessful": TenderStatus.CLOSED,
    "complete": TenderStatus.CLOSED,
}
TAGS = {  # where a release gives no tender.status
    "tenderCancellation": TenderStatus.CANCELLED,
    "award": TenderStatus.AWARDED,
    "contract": TenderStatus.AWARDED,
    "tender": TenderStatus.OPEN,
    "planning": TenderStatus.PLANNED,
}


class Ocds(Portal):
    """Reads any package into one posting an ocid."""

    def visit(self, source: SourceConfig, *, now: datetime) -> Visit:
        how = source.options.get("window_format", "%Y-%m-%dT%H:%M:%SZ")
        since = now - timedelta(days=float(source.options.get("window", 2)))
        address = source.address.replace("{from}", since.strftime(how)).replace("{to}", now.strftime(how))
        yield from super().visit(source.model_copy(update={"address": address}), now=now)

    def parse(self, page: Page, source: SourceConfig) -> Listing:
        package = _opened(page)
        by_ocid: dict[str, dict[str, dict[str, Any]]] = {}
        strangers = 0
        for release in _releases(package):
            if release.get("ocid"):
                known = by_ocid.setdefault(str(release["ocid"]), {})
                known.setdefault(str(release.get("id") or len(known)), release)
            else:
                strangers += 1
        postings = tuple(_posting(ocid, merged(found.values()), len(found), source) for ocid, found in by_ocid.items())
        links = package.get("links") if isinstance(package, dict) else None
        older = package.get("next_page") if isinstance(package, dict) else None
        following = (links or {}).get("next") or (older or {}).get("uri") or ""
        return Listing(postings, rows=len(postings) + strangers, next_url=web(str(following), page.url or source.address))


def _opened(page: Page) -> Any:
    text = answers.text_of(page)
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].startswith("{") and lines[0].rstrip().endswith("}") and lines[1].startswith("{"):
        try:
            return [json.loads(line) for line in lines]
        except ValueError as error:
            raise LayoutChanged(f"{EXPECTED}; one of the {len(lines)} lines is not whole JSON ({error})") from error
    return answers.json_of(page, EXPECTED)


def _releases(package: Any) -> Iterable[dict[str, Any]]:
    """Every release in a package, a record, a list or a single release. Raises LayoutChanged for anything else."""
    if isinstance(package, list):
        return [release for one in package for release in _releases(one)]
    if not isinstance(package, dict):
        raise LayoutChanged(f"{EXPECTED}; the JSON is no package")
    for name in ("releases", "records"):
        if isinstance(package.get(name), list) and "compiledRelease" not in package and "versionedRelease" not in package:
            inner = package[name]
            return inner if name == "releases" else [release for record in inner for release in _releases(record)]
    if isinstance(package.get("compiledRelease"), dict):
        return [package["compiledRelease"]]
    if isinstance(package.get("versionedRelease"), dict):
        return [{"ocid": package.get("ocid"), **latest(package["versionedRelease"])}]
    if "ocid" in package or "tag" in package:
        return [package]
    raise LayoutChanged(f"{EXPECTED}; the JSON has neither releases nor records")


def merged(releases: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """One compiled release: later values over earlier ones, objects field by field, arrays by id; null takes away."""
    whole: dict[str, Any] = {}
    first = ""
    for release in sorted(releases, key=lambda one: str(one.get("date") or "")):
        first = first or str(release.get("date") or "")
        tags = dict.fromkeys([*whole.get("tag", []), *(release.get("tag") or [])])
        whole = {**_over(whole, release), "tag": list(tags)}
    return {**whole, "first": first}


def _over(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        joined = {**old, **{key: _over(old.get(key), value) for key, value in new.items()}}
        return {key: value for key, value in joined.items() if value is not None}
    if isinstance(old, list) and isinstance(new, list) and all(isinstance(one, dict) and "id" in one for one in [*old, *new]):
        by_id = {str(one["id"]): one for one in old}
        for one in new:
            by_id[str(one["id"])] = _over(by_id.get(str(one["id"]), {}), one)
        return list(by_id.values())
    return new


def latest(versioned: Any) -> Any:
    """A versioned release's newest values, in the shape of a release."""
    if isinstance(versioned, dict):
        return {key: latest(value) for key, value in versioned.items()}
    if isinstance(versioned, list):
        if versioned and all(isinstance(one, dict) and "releaseDate" in one and "value" in one for one in versioned):
            return max(versioned, key=lambda one: str(one["releaseDate"]))["value"]
        return [latest(one) for one in versioned]
    return versioned


def _posting(ocid: str, release: dict[str, Any], releases: int, source: SourceConfig) -> Posting:
    tender, awards = _object(release.get("tender")), [one for one in release.get("awards") or [] if isinstance(one, dict)]
    printed = _object(tender.get("tenderPeriod")).get("endDate")
    closes = times.moment(printed)
    documents = [one for one in tender.get("documents") or [] if isinstance(one, dict)]
    titles = (tender.get("title"), tender.get("description"), *(one.get("title") or one.get("description") for one in awards))
    planned = _object(_object(release.get("planning")).get("budget")).get("project")
    title = next((said for raw in (*titles, planned) if (said := answers.prose(raw))), ocid)
    notice = next((str(one["url"]) for one in documents if one.get("url") and "otice" in str(one.get("documentType"))), "")
    given = [one for one in awards if one.get("status") in {None, "active", "pending"}]
    amended = [one for one in tender.get("amendments") or [] if isinstance(one, dict)]
    latest = max(amended, key=lambda one: str(one.get("date") or ""), default={})
    return Posting(
        id=ocid,
        number=answers.clean(tender.get("id")) or None,
        title=title[:2000],
        status=_status(tender.get("status"), release["tag"], awards),
        buyer=_buyer(release, tender) or source.buyer,
        published=times.start_of_day(tender.get("datePublished") or release["first"]),
        closes=closes.at,
        closes_text=answers.clean(printed) or None,
        closes_precision=closes.precision,
        url=web(notice, ""),
        amendments=len(amended) or release["tag"].count("tenderAmendment") or (0 if tender else None),
        documents=len(documents) if "documents" in tender else None,
        type=answers.clean(tender.get("procurementMethodDetails") or tender.get("procurementMethod")) or None,
        description=answers.prose(tender.get("description")),
        files=tuple(
            PostedDocument(answers.clean(one.get("title") or one.get("id")), web(str(one.get("url") or ""), "") or "")
            for one in documents
        ),
        supplier="; ".join(dict.fromkeys(name for one in given for name in _suppliers(one))) or None,
        value=_value([_object(one.get("value")) for one in given]),
        rationale=answers.prose(latest.get("rationale") or latest.get("description")),
        extra={"tags": release["tag"], "releases": releases},
    )


def _suppliers(award: dict[str, Any]) -> list[str]:
    return [name for one in award.get("suppliers") or [] if (name := answers.clean(_object(one).get("name")))]


def _value(values: list[dict[str, Any]]) -> str | None:
    """What all awards come to, where every one of them says it in one currency: `11000000 GBP`."""
    known = [(Decimal(str(one["amount"])), str(one.get("currency") or "")) for one in values if _counted(one.get("amount"))]
    if not known or len(known) < len(values) or len({currency for _, currency in known}) > 1:
        return None
    return f"{sum(amount for amount, _ in known):f} {known[0][1]}".strip()


def _counted(amount: Any) -> bool:
    return isinstance(amount, int | float) and not isinstance(amount, bool) and math.isfinite(amount)


def _status(word: Any, tags: list[str], awards: list[dict[str, Any]]) -> TenderStatus:
    if "tenderCancellation" in tags:
        return TenderStatus.CANCELLED
    standing = {None, "active"} | ({"pending"} if "award" in tags else set())
    if any(one.get("status") in standing for one in awards) and word in {None, "complete", "active"}:
        return TenderStatus.AWARDED
    return STATUSES.get(str(word)) or next((status for tag, status in TAGS.items() if tag in tags), TenderStatus.UNKNOWN)


def _buyer(release: dict[str, Any], tender: dict[str, Any]) -> str:
    parties = [one for one in release.get("parties") or [] if isinstance(one, dict)]
    named = {str(one.get("id")): one.get("name") for one in parties}
    for organisation in (_object(release.get("buyer")), _object(tender.get("procuringEntity"))):
        if name := answers.clean(organisation.get("name") or named.get(str(organisation.get("id")))):
            return name
    return next((answers.clean(one.get("name")) for one in parties if "buyer" in (one.get("roles") or [])), "")


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


portal = Ocds()
