"""Which row is which tender: within one source when ids repeat or change their form, and across sources. Pure."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rapidfuzz import fuzz

from crawler.items import Posting
from crawler.normalise import number_key, text_key

NEW_FORM = 0.5  # this share of a listing's ids being unknown means that the ids changed their form
TITLES_AGREE = 90  # of 100, rapidfuzz token_sort_ratio
BUYERS_AGREE = 90


@dataclass(frozen=True, slots=True)
class Row:
    """A posting under the id it is known by: the portal's own, or that and its number where the portal gives one id twice."""

    native_id: str
    posting: Posting
    digest: str


def digest(posting: Posting) -> str:
    """A short name for exactly this posting: another one has another, whether it means something else or not."""
    said = (
        posting.number, posting.title, posting.status.value, posting.buyer, _moment(posting.published), _moment(posting.closes),
        posting.closes_text, posting.url, posting.amendments, posting.addenda, posting.documents, posting.closes_precision,
        posting.type, posting.description, posting.supplier, posting.value, posting.rationale, [(f.title, f.url, f.sha256) for f in posting.files],
        *((p.kind, p.name, p.note, p.url) for p in posting.parts),
    )  # fmt: skip
    return hashlib.blake2b(repr(said).encode("utf-8", "replace"), digest_size=12).hexdigest()


def rows(postings: Iterable[Posting]) -> list[Row]:
    """The rows of a listing, each under an id of its own, whatever their order.

    Rows alike are one row. Under one id, rows of different numbers are different tenders: the id gets the number added. Rows of
    one id and one number are versions of one another: the one with the most amendments counts, then the latest published, the
    latest closing, and at last the one whose text sorts last, so that the order of the file decides nothing.
    """
    groups: dict[str, list[Posting]] = defaultdict(list)
    for posting in postings:
        groups[posting.id].append(posting)
    found = []
    for native_id, group in groups.items():
        if len(group) == 1:
            found.append(Row(native_id, group[0], digest(group[0])))
            continue
        subjects: dict[str, list[Posting]] = defaultdict(list)
        for posting in group:
            subjects[number_key(posting.number) or text_key(posting.title)].append(posting)
        for subject, versions in subjects.items():
            latest = max(versions, key=_version)
            found.append(Row(native_id if len(subjects) == 1 else f"{native_id}#{subject}"[:250], latest, digest(latest)))
    return found


def renamed(unknown: Sequence[Row], gone: Mapping[str, Posting], size: int) -> dict[str, str]:
    """New id → old id of rows that are the same tender under a new id; `gone` are postings that were there until now, by id.

    When most ids of a listing (`size` rows) are unknown their form has changed, and number and title tell who is who. A
    single row needs the same dates besides. One side or the other matching twice is no match.
    """
    whole = len(unknown) >= max(2, NEW_FORM * size)
    new_by, old_by = _by_subject([(r.native_id, r.posting) for r in unknown], whole), _by_subject(gone.items(), whole)
    return {ids[0]: old_by[key][0] for key, ids in new_by.items() if len(ids) == 1 and len(old_by.get(key, ())) == 1}


def same_tender(posting: Posting, other: Posting, *, zones: tuple[str | None, str | None]) -> tuple[str, ...]:
    """Why two postings of different sources are one tender; empty unless number, buyer, title and closing all agree."""
    key = number_key(posting.number)
    if not key or len(key) < 4 or key != number_key(other.number):
        return ()
    title = fuzz.token_sort_ratio(_folded(posting.title), _folded(other.title))
    buyer = fuzz.token_set_ratio(_folded(posting.buyer), _folded(other.buyer)) if posting.buyer and other.buyer else 0
    closing = _closings_agree(posting, other, zones)
    if title < TITLES_AGREE or buyer < BUYERS_AGREE or not closing:
        return ()
    return (
        f"number {posting.number} is {other.number}",
        f"buyer {posting.buyer} is {other.buyer}",
        f"titles agree to {title:.0f} %",
        closing,
    )


def _closings_agree(one: Posting, other: Posting, zones: tuple[str | None, str | None]) -> str:
    if not one.closes or not other.closes:
        return ""
    if one.closes == other.closes:
        return f"both close at {one.closes.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if "date" not in {one.closes_precision, other.closes_precision}:
        return ""
    days = {_day(posting.closes, zone) for posting, zone in zip((one, other), zones, strict=True) if posting.closes}
    return f"both close on {days.pop()}" if len(days) == 1 else ""


def _day(moment: datetime, zone: str | None) -> str:
    return moment.astimezone(ZoneInfo(zone) if zone else moment.tzinfo).date().isoformat()


def _by_subject(postings: Iterable[tuple[str, Posting]], whole: bool) -> dict[Any, list[str]]:
    found: dict[Any, list[str]] = defaultdict(list)
    for native_id, posting in postings:
        key = number_key(posting.number)
        dates = (posting.published, posting.closes)
        subject = (key or dates, text_key(posting.title).casefold())
        if (key or any(dates)) and posting.title:
            found[subject if whole else (subject, dates)].append(native_id)
    return found


def _version(posting: Posting) -> tuple[Any, ...]:
    return (posting.amendments or 0, posting.addenda or 0, _moment(posting.published), _moment(posting.closes), repr(posting))


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat() if moment else ""


def _folded(words: str | None) -> str:
    return text_key(words or "").casefold()
