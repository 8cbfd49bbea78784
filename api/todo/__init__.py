"""What may need somebody now, gathered room by room for the first page: each with a reason, a place to act, and a day if it has one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

Tone = Literal["bad", "warn", "info"]
ORDER: tuple[Tone, ...] = ("bad", "warn", "info")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing: what it is, where it is dealt with, why, how pressing, and by which day."""

    title: str
    address: str
    why: str
    tone: Tone = "info"
    day: date | None = None


def sorted_items(items: Iterable[Item]) -> list[Item]:
    """The most pressing first, and of these the one with the earliest day."""
    return sorted(items, key=lambda item: (ORDER.index(item.tone), item.day or date.max, item.title))
