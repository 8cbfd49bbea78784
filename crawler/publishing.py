"""What is known of tenders as the Open Contracting Data Standard has it: release packages. Pure."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from contracts.vocabulary import ReleaseTag, TenderStatus
from crawler.models import Release, Tender
from crawler.normalise import text_key

FORMATS = {"pdf": "application/pdf", "doc": "application/msword", "zip": "application/zip", "html": "text/html"}
LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
AMOUNT = re.compile(r"\$?\s*(\d[\d,]{0,20}(?:\.\d+)?)\s*\$?\s*([A-Z]{3})")
# today's, of the standard's closed list: a word like TAX has three capitals too
CODES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL
HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD
MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG
QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS
UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW
"""
CURRENCIES = frozenset(CODES.split())


def package(
    history: Iterable[tuple[Tender, Sequence[Release]]],
    *,
    uri: str,
    publisher: str,
    now: datetime,
    only: frozenset[str] | None = None,
    following: str | None = None,
) -> dict[str, Any]:
    """An OCDS 1.1 release package: each release with the values its tender had then.

    `history` gives each tender with all its releases in the order they happened; with `only`, those of these ids alone
    stand in the package. `following` is the address of the next package.
    https://standard.open-contracting.org/1.1/en/schema/release_package/
    """
    releases = [release for tender, told in history for release in _releases(tender, told)]
    wanted = [one for one in releases if only is None or one["id"] in only]
    links = {"links": {"next": following}} if following else {}
    return {
        "uri": uri,
        "version": "1.1",
        "publishedDate": _time(now),
        "publisher": {"name": publisher},
        "releases": wanted,
        **links,
    }


def _releases(tender: Tender, told: Sequence[Release]) -> list[dict[str, Any]]:
    """The tender's releases; walking back from what is known now, each gives the next older its values."""
    values = _values(tender)
    made: list[dict[str, Any]] = []
    for at in range(len(told) - 1, -1, -1):
        release = told[at]
        made.append(_release(tender, release, values, told[: at + 1]))
        values = {**values, **{change["field"]: change["old"] for change in release.changes if change["field"] in values}}
    return made[::-1]


def _release(tender: Tender, release: Release, values: dict[str, Any], until: Sequence[Release]) -> dict[str, Any]:
    buyer, supplier = _organisation("buyer", values["buyer"]), _organisation("supplier", values["supplier"])
    said: dict[str, Any] = _without_nothing(
        {
            "ocid": tender.ocid,
            "id": release.release_id,
            "date": _time(release.date),
            "tag": [release.tag.value if release.tag is not ReleaseTag.PROGRAM_UPDATE else ReleaseTag.TENDER_UPDATE.value],
            "initiationType": "tender",
            "language": "en",
            "parties": [{**one, "roles": [role]} for role, one in (("buyer", buyer), ("supplier", supplier)) if one],
            "buyer": buyer,
            "tender": _tender(tender, values, until),
            "awards": [_award(tender, values["value"], supplier)] if supplier or values["value"] else None,
        }
    )
    return said


def _organisation(role: str, name: str | None) -> dict[str, str] | None:
    return (
        {"id": f"{role}-{hashlib.blake2b(text_key(name).casefold().encode(), digest_size=6).hexdigest()}", "name": name}
        if name
        else None
    )


def _award(tender: Tender, value: str | None, supplier: dict[str, str] | None) -> dict[str, Any]:
    amount = _amount(value or "")
    described = None if amount or not value else f"Value as printed: {value}"
    return {
        "id": f"{tender.ocid}-award",
        "status": "active",
        "description": described,
        "value": amount,
        "suppliers": [supplier] if supplier else None,
    }


def _amount(printed: str) -> dict[str, Any] | None:
    """A number beside a currency that the standard's closed list knows; None for anything else."""
    found = AMOUNT.fullmatch(printed)
    if found is None or found[2] not in CURRENCIES:
        return None
    return {"amount": float(found[1].replace(",", "")), "currency": found[2]}


def uri(text: Any) -> str | None:
    """A web address as RFC 3986 has it, what may not stand in one written in per cent; None for any other address."""
    try:
        parts = urlsplit(str(text or "").strip())
        usable = parts.scheme in {"https", "http"} and parts.hostname and parts.port != 0  # the port is read to be checked
    except ValueError:
        return None
    if not usable:
        return None
    host = _quoted(parts.netloc, "[]")
    return urlunsplit((parts.scheme, host, _quoted(parts.path), _quoted(parts.query, "?"), _quoted(parts.fragment, "?")))


def _quoted(text: str, also: str = "") -> str:
    """A part of an address in which what is quoted already stays so, and a lone per cent sign is quoted too."""
    return quote(LONE_PERCENT.sub("%25", text), safe=f":/@!$&'()*+,;=%-._~{also}")


def _tender(tender: Tender, values: dict[str, Any], until: Sequence[Release]) -> dict[str, Any]:
    """The tender block; documents as they are known now, since a change names their titles alone."""
    return {
        "id": values["number"] or tender.ocid,
        "title": values["title"],
        "description": values["description"],
        "status": TenderStatus(values["status"]).ocds,
        "procuringEntity": None,
        "tenderPeriod": {"startDate": values["published"], "endDate": values["closes"]},
        "documents": [
            {
                "id": str(number),
                "title": file.get("title"),
                "url": uri(file.get("url")),
                "format": FORMATS.get(str(file.get("url") or "").rsplit(".", 1)[-1].lower()),
            }
            for number, file in enumerate(tender.files, 1)
        ],
        "amendments": [
            {
                "id": release.release_id,
                "date": _time(release.date),
                "rationale": next((c["new"] for c in release.changes if c["field"] == "rationale"), None),
                "description": "; ".join(f"{c['field']}: {c['old']} → {c['new']}" for c in release.changes),
                "releaseID": release.release_id,
            }
            for release in until
            if release.tag is ReleaseTag.TENDER_AMENDMENT
        ],
    }


def _values(tender: Tender) -> dict[str, Any]:
    """What a release's changes can speak of, as they speak of it: times in ISO 8601."""
    return {
        "number": tender.number,
        "title": tender.title,
        "description": tender.description,
        "status": tender.status.value,
        "buyer": tender.buyer,
        "published": _time(tender.published_at),
        "closes": _time(tender.closes_at),
        "supplier": tender.supplier,
        "value": tender.value,
    }


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None


def _without_nothing(value: Any) -> Any:
    """The value without null, blank text, empty list or object anywhere in it: the standard asks to leave such keys out."""
    if isinstance(value, dict):
        kept = {key: _without_nothing(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if not _nothing(inner)}
    return [_without_nothing(inner) for inner in value] if isinstance(value, list) else value


def _nothing(value: Any) -> bool:
    return not value.strip() if isinstance(value, str) else value in (None, [], {})
