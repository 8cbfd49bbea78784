"""How often something may be tried: counted by name in this process, forgotten after a window."""

import time
from dataclasses import dataclass, field

from limits import RateLimitItem, RateLimitItemPerMinute, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from api.problems import Problem

SIGN_IN = parse("10 per 5 minutes")
SECOND_FACTOR = parse("5 per 5 minutes")
SIGN_UP = parse("20 per hour")  # for each caller: a household or a clinic behind one address may be several people
SAME_ADDRESS = parse("5 per hour")


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of a minute's requests, in the words of draft-ietf-httpapi-ratelimit-headers."""

    limit: int
    left: int
    seconds: int  # until the minute is over
    spent: bool  # this request was one too many

    @property
    def headers(self) -> dict[str, str]:
        """For the answer, whatever it is."""
        return {
            "RateLimit-Policy": f'"api";q={self.limit};w=60',
            "RateLimit": f'"api";r={self.left};t={self.seconds}',
        }


@dataclass(frozen=True)
class Limiter:
    """Windows kept in memory: a service of several processes allows as many tries in each."""

    strategy: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))
    minutes: FixedWindowRateLimiter = field(default_factory=lambda: FixedWindowRateLimiter(MemoryStorage()))

    def spend(self, item: RateLimitItem, *names: str) -> None:
        """Take one try for each of the names; raises Problem 429 with Retry-After when one has none left."""
        # every name is counted, also after one was refused, so that the answer does not tell which it was
        refused = [name for name in names if not self.strategy.hit(item, name)]
        if not refused:
            return
        free_at = max(self.strategy.get_window_stats(item, name).reset_time for name in refused)
        seconds = max(1, min(item.get_expiry(), round(free_at - time.time())))  # the library counts in wall seconds
        raise Problem(429, f"Too many tries; wait {seconds} seconds.", headers={"Retry-After": str(seconds)})

    def budget(self, per_minute: int, name: str) -> Budget:
        """Take one of the requests that `name` has in this minute, and say what is left."""
        item = RateLimitItemPerMinute(per_minute)
        spent = not self.minutes.hit(item, name)
        window = self.minutes.get_window_stats(item, name)
        return Budget(per_minute, max(0, window.remaining), max(1, round(window.reset_time - time.time())), spent)
