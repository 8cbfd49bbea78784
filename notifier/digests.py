"""A digest: many pieces of news in one message, by program and then by tender, what closes first at the top; pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.vocabulary import ReleaseTag
from notifier.news import News
from notifier.phrases import Step

MOST_BIDS = 100  # in one message; a longer one is cut off by some readers
_NEVER = datetime.max.replace(tzinfo=UTC)
_SORTS = {
    ReleaseTag.TENDER.value: "{count} new",
    ReleaseTag.TENDER_CANCELLATION.value: "{count} cancelled",
    ReleaseTag.AWARD.value: "{count} awarded",
    "reminder": "{count} closing soon",
}
_CHANGED = "{count} changed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of news as it is told: `sort` is its release tag, or `reminder`."""

    news: News
    sort: str
    headline: str
    steps: tuple[Step, ...]
    closing: str
    left: str
    link: str


@dataclass(frozen=True, slots=True)
class Bid:
    """A tender and all that happened to it, oldest first; how it stands now is in `latest`."""

    name: str
    entries: tuple[Entry, ...]

    @property
    def latest(self) -> Entry:
        return self.entries[-1]


@dataclass(frozen=True, slots=True)
class Group:
    """A program and its tenders."""

    name: str
    bids: tuple[Bid, ...]


def grouped(entries: Iterable[Entry], *, other: str, most: int = MOST_BIDS) -> list[Group]:
    """The entries by program, `other` last for tenders of none; at most `most` tenders, those that close first."""
    by_tender: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.news.date):
        by_tender.setdefault(entry.news.ocid, []).append(entry)
    bids = sorted((_bid(told) for told in by_tender.values()), key=lambda bid: (bid.latest.news.closes_at or _NEVER, bid.name))
    by_program: dict[str, list[Bid]] = {}
    for bid in bids[:most]:
        by_program.setdefault(next(iter(bid.latest.news.program_names), ""), []).append(bid)
    return [Group(name or other, tuple(by_program[name])) for name in sorted(by_program, key=lambda name: (not name, name))]


def summary(entries: Sequence[Entry], say: Callable[..., str]) -> list[str]:
    """`2 new`, `1 changed`, `1 closing soon`: how much of what, for a subject."""
    counts: dict[str, int] = {}
    for phrase in (*_SORTS.values(), _CHANGED):
        counts[phrase] = sum(_SORTS.get(entry.sort, _CHANGED) == phrase for entry in entries)
    return [say(phrase, count=count) for phrase, count in counts.items() if count]


def _bid(told: list[Entry]) -> Bid:
    news = told[-1].news
    return Bid(" ".join(filter(None, (news.number, news.title))), tuple(told))
