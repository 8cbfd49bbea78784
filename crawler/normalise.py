"""Posting → tender, and what it means for two spellings to say the same. Pure.

A portal re-renders what it does not change: white space, markup, unicode form, quotation marks, a cache-buster in an address,
and (a city's open data did this a dozen times in one summer) the whole file read in the wrong encoding and written again. None
of it is news, so texts are compared by `text_key`, and where that differs by whether an encoding explains the difference.
"""

import hashlib
import html
import re
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawler import misread
from crawler.closing import Closing, parse_closing
from crawler.items import Posting
from crawler.sources import SourceConfig

__all__ = [
    "Closing",
    "better_decoded",
    "mend",
    "number_key",
    "ocid",
    "parse_closing",
    "plain",
    "same_text",
    "tender_values",
    "text_key",
    "url_key",
]

OCID_PREFIX = "ocds-bidkpr"  # not registered: set one's own before publishing beyond one's own use
PROGRAM_PREFIX = "program-"  # of what is known of a program page, which is no tender
CACHE_BUSTERS = frozenset(
    {"_", "_t", "_dc", "t", "ts", "timestamp", "cb", "cachebuster", "cache", "nocache", "rand", "random", "v", "ver", "sid"}
    | {"sessionid", "jsessionid", "phpsessid", "fbclid", "gclid"}
    | {"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"}
)
KINDS = (
    "NRFP|RFP|RFQUAL|RFQ|RFSQ|RFSA|RFSO|RFEI|RFEOI|RFEQ|RFPQ|RFI|RFT|RFX|ITT|ITQ|ITB|IFB|NOIP|NOI|ACAN|EOI|"
    "TENDER|BID|QUOTE|CONTRACT|SOLICITATION|COMPETITION|REFERENCE|PROJECT|NOTICE OF INTENT|"
    "REQUEST FOR (?:NEGOTIATED )?(?:PROPOSALS?|QUOTATIONS?|QUALIFICATIONS?|INFORMATION|TENDERS?|SUPPLIER QUALIFICATIONS?)|"
    "INVITATION TO (?:TENDER|QUOTE|BID)"
)

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", re.DOTALL)
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe00-\ufe0f]")
_LATIN = re.compile(r"(?<![^\x00-\x7f])[\x80-\xff]{2,}(?![^\x00-\x7f])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_TYPOGRAPHY = str.maketrans("‘’‚′“”„«»″‐‑‒–—―−", "''''" + '""""""' + "-" * 7)
_SHAPES = re.compile(r"[•·●▪◦■\uf000-\uf8ff]")  # bullets, and private-use glyphs that stand for them
_KIND = re.compile(rf"^(?:{KINDS})(?:\b|(?=\d))[\s.:#_-]*")
_ORDINAL = re.compile(r"^(?:(?:NO|NUMBER|NUM|NR)\b|#|№)[\s.:#-]*(?=\w*\d)")
_RELAY = re.compile(r"^BC(?=\d+-\d{4}\b)")  # CanadaBuys puts "bc" before the numbers it relays from BC Bid


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """The text without markup, entities, control and invisible characters, in one unicode form, white space collapsed."""
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFC", mend(text)))
    return " ".join(_CONTROL.sub(" ", text).split())


def mend(text: str) -> str:
    """UTF-8 that was read as Latin-1 or Windows-1252, read again rightly; any other text as it is.

    Only what decodes strictly is touched, so a text that means what it says stays: a lone "é" is no UTF-8.
    """
    if text.isascii():
        return text
    mended, before = _LATIN.sub(_utf8, text), text
    while mended != before:
        mended, before = _LATIN.sub(_utf8, mended), mended
    if mended == text and (again := misread.reread(text, "cp1252")) is not None:
        return again
    return mended


def _utf8(run: re.Match[str]) -> str:
    return misread.reread(run[0], "latin-1") or run[0]


@lru_cache(maxsize=4096)
def text_key(text: str) -> str:
    """What two spellings of the same words share: `plain`, compatible forms and typographic marks made plain, bullets gone."""
    words = plain(text)
    if words.isascii():
        return words
    return " ".join(_SHAPES.sub(" ", unicodedata.normalize("NFKC", words)).translate(_TYPOGRAPHY).split())


def same_text(old: str | None, new: str | None) -> bool:
    """Whether both say the same words, however they are marked up, spaced, composed or wrongly decoded."""
    if old == new:
        return True
    one, other = text_key(old or ""), text_key(new or "")
    return one == other or better_decoded(old or "", new or "") is not None


def better_decoded(old: str, new: str) -> str | None:
    """Of two texts that differ by a wrong decoding alone, the right one; None when they differ otherwise."""
    if old.isascii() and new.isascii():
        return None
    one, other = mend(old), mend(new)
    return one if one == other else misread.right_of(one, other, key=text_key)


@lru_cache(maxsize=16384)
def number_key(number: str | None) -> str | None:
    """What spellings of one solicitation number share: `RFP #048-2024`, `048-2024` and `bc048-2024` give `48-2024`.

    The kind of solicitation before it, "No.", punctuation, case and leading zeros fall away. None for a number without digits.
    """
    words = plain(number or "").upper().translate(_TYPOGRAPHY).strip(" #.:-")
    previous = ""
    while words != previous:
        previous = words
        words = _ORDINAL.sub("", _KIND.sub("", words)).lstrip(" #.:-")
    words = _RELAY.sub("", re.sub(r"[\s/_.\\-]+", "-", words))
    parts = [part.lstrip("0") or "0" if part.isdigit() else part for part in re.sub(r"[^\w-]", "", words).split("-") if part]
    key = "-".join(parts)
    return key if any(c.isdigit() for c in key) else None


@lru_cache(maxsize=4096)
def url_key(url: str) -> str:
    """The address without what only defeats caches or counts visits; query parameters in one order."""
    parts = urlsplit(url.strip())
    query = sorted((k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k.lower() not in CACHE_BUSTERS)
    path = re.sub(r";jsessionid=[^/?]*", "", parts.path, flags=re.IGNORECASE).rstrip("/")
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), path, urlencode(query), ""))


def ocid(source: str, native_id: str) -> str:
    """The tender's name for ever, from where it was first seen; the same in every database that saw it there first."""
    name = f"{source}\x00{native_id}".encode()
    return f"{OCID_PREFIX}-{hashlib.blake2b(name, digest_size=8).hexdigest()}"


def program_id(source: str) -> str:
    """The name of what is known of a program page; no ocid, for a page that speaks of a program is no contracting process."""
    return f"{PROGRAM_PREFIX}{source.removeprefix(PROGRAM_PREFIX)}"


def tender_values(posting: Posting, source: SourceConfig) -> dict[str, Any]:
    """The columns of Tender that a posting decides; times in UTC, texts plain."""
    return {
        "number": plain(posting.number) if posting.number else None,
        "number_key": number_key(posting.number),
        "title": plain(posting.title) or "(no title)",
        "status": posting.status,
        "buyer": plain(posting.buyer) if posting.buyer else source.buyer,
        "type": posting.type,
        "description": posting.description,
        "published_at": _utc(posting.published),
        "closes_at": _utc(posting.closes),
        "closes_text": posting.closes_text,
        "closes_precision": posting.closes_precision,
        "zone": source.zone,
        "url": posting.url,
        "amendments": posting.amendments,
        "addenda": posting.addenda,
        "documents": posting.documents,
        "supplier": plain(posting.supplier) if posting.supplier else None,
        "value": posting.value,
        "rationale": posting.rationale,
        "files": [{"title": f.title, "url": f.url, "sha256": f.sha256} for f in posting.files],
    }


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None
