"""How fast one recipient domain may be written to: so many messages at once, so many a minute. Others never wait for it."""

import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

_WORD = re.compile(r"(?P<domain>\*|[A-Za-z0-9.-]+)=(?:(?P<at_once>[1-9]\d{0,4}))?(?:,?(?P<a_minute>[1-9]\d{0,6})/min)?")
ANY = "*"
_MOST_ASIDE = 20  # messages of a domain that wait beside the lines; more would take the room of other domains
_SOON = 1.0  # seconds at least until a message that found no room comes again

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Limit:
    """`at_once` messages in flight, `a_minute` messages begun a minute; None is no limit."""

    at_once: int | None = None
    a_minute: int | None = None


FREE = Limit()


def read_limits(text: str) -> dict[str, Limit]:
    """Limits from words such as `gmail.com=3,100/min` or `*=10`; raises ValueError in a sentence."""
    limits = {}
    for word in text.split():
        found = _WORD.fullmatch(word)
        if found is None or not (found["at_once"] or found["a_minute"]):
            raise ValueError(f"{word} is no limit: write gmail.com=3,100/min (at once, a minute), gmail.com=3 or *=100/min")
        numbers = {name: int(found[name]) if found[name] else None for name in ("at_once", "a_minute")}
        limits[found["domain"].lower()] = Limit(**numbers)
    return limits


class Pace(Generic[Item]):
    """Who may go now. A message that may not is put aside while few wait, so that its domain is kept busy, or told its turn."""

    def __init__(self, limits: Mapping[str, Limit], monotonic: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._monotonic = monotonic
        self._began: dict[str, deque[float]] = {}  # of what is in flight
        self._aside: dict[str, deque[Item]] = {}
        self._next: dict[str, float] = {}  # when the domain's next message has its turn
        self._seconds: dict[str, float] = {}  # that a message to the domain takes, the latest counting most

    def enter(self, domain: str, item: Item) -> float | None:
        """None when a message to this domain may go now; 0.0 when it was put aside, for `leave` to give out; else seconds to wait.

        The turn at the end of those seconds is its own.
        """
        limit = self._limit(domain)
        if limit.a_minute is not None and (wait := self._turn(domain, 60 / limit.a_minute)) > 0:
            return wait
        flying = self._began.setdefault(domain, deque())
        if limit.at_once is not None and len(flying) >= limit.at_once:
            aside = self._aside.setdefault(domain, deque())
            if len(aside) >= _MOST_ASIDE:
                return max(self._turn(domain, self._seconds.get(domain, 1.0) / limit.at_once), _SOON)
            aside.append(item)
            return 0.0
        flying.append(self._monotonic())
        return None

    def leave(self, domain: str) -> Item | None:
        """A message to this domain is through: the next that was put aside, which goes in its place."""
        flying = self._began[domain]
        took = self._monotonic() - flying.popleft()
        self._seconds[domain] = (self._seconds.get(domain, took) + took) / 2
        if aside := self._aside.get(domain):
            flying.append(self._monotonic())
            return aside.popleft()
        return None

    def restart(self) -> None:
        """Forget what is in flight and what was put aside: it belonged to lines that are no more."""
        self._began.clear()
        self._aside.clear()

    def _limit(self, domain: str) -> Limit:
        return self.limits.get(domain) or self.limits.get(ANY, FREE)

    def _turn(self, domain: str, gap: float) -> float:
        """Take the domain's next turn; the seconds until then."""
        now = self._monotonic()
        at = max(self._next.get(domain, now), now)
        self._next[domain] = at + gap
        return at - now


def domain_of(address: str) -> str:
    """The domain that a mail address is at, in lower case."""
    return address.rpartition("@")[2].lower()
