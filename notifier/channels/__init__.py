"""Ways to reach a person. A channel takes parcels from a feed and reports what became of each; it knows no database.

A new channel is one file with a class that has `send` and a `KIND`, and one line in `table.CHANNELS`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Parcel:
    """What was claimed: what to tell (`kind`, `content`), whom, and under which name (`key`, `message_id`).

    One delivery, or a digest of several to the same recipient: then `others` are the ids of the rest, and `content` holds
    `items`, each with a kind and content of its own.
    """

    delivery_id: int
    key: str
    notification_id: int
    kind: str
    content: Mapping[str, Any]
    address: str
    message_id: str
    at: datetime  # when it was claimed
    attempt: int = 1
    subscription_id: int | None = None
    query: str = ""
    language: str = "en"
    options: Mapping[str, Any] | None = None  # the channel's own settings for this recipient
    others: tuple[int, ...] = ()

    @property
    def items(self) -> list[tuple[str, Mapping[str, Any]]]:
        """The kind and content of each thing it tells."""
        if self.kind == "digest":
            return [(item["kind"], item["content"]) for item in self.content["items"]]
        if self.kind == "open":
            return [("news", content) for content in self.content["items"]]
        return [(self.kind, self.content)]

    @property
    def shared(self) -> bool:
        """Whether others are told the very same: a digest is its reader's own."""
        return self.kind != "digest"

    @property
    def deliveries(self) -> tuple[int, ...]:
        """The ids of all that this parcel carries."""
        return (self.delivery_id, *self.others)


class Result(StrEnum):
    """What became of one attempt."""

    SENT = "sent"
    DELAYED = "delayed"  # temporary: worth another try
    FAILED = "failed"  # permanent: it would only be refused again
    RETURNED = "returned"  # not tried at all


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one attempt: SMTP reply or HTTP status, enhanced status (RFC 3463) and the words that came with it.

    `gone` says that the address itself is no more, so that nothing else should be sent to it; `later` is how long what was
    returned has to wait for its turn.
    """

    result: Result
    code: int | None = None
    enhanced: str | None = None
    text: str = ""
    gone: bool = False
    later: timedelta = timedelta()


Report: TypeAlias = Callable[[Parcel, Outcome], Awaitable[None]]  # comes back once the outcome is committed


class Feed:
    """Parcels for a channel, handed out one by one to however many lines it keeps open."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Parcel | None] = asyncio.Queue()
        self.closed = False

    def put(self, parcel: Parcel) -> None:
        self._queue.put_nowait(parcel)

    def close(self) -> list[Parcel]:
        """Hand out nothing more; gives back the parcels that nobody had taken."""
        self.closed = True
        left: list[Parcel] = []
        while not self._queue.empty():
            parcel = self._queue.get_nowait()
            if parcel is not None:
                left.append(parcel)
        self._queue.put_nowait(None)
        return left

    async def take(self, idle: float | None = None) -> Parcel | None:
        """The next parcel, or None when there will be no more; raises TimeoutError when none came for `idle` seconds."""
        if not self._queue.empty():
            parcel = self._queue.get_nowait()
        else:
            async with asyncio.timeout(idle):
                parcel = await self._queue.get()
        if parcel is None:
            self._queue.put_nowait(None)  # for the other lines
        return parcel


class Channel(Protocol):
    """A way to reach people."""

    async def send(self, feed: Feed, report: Report) -> None:
        """Take every parcel of the feed and report what became of it, until the feed is closed.

        `report` must be awaited before the same line begins another transmission, so that a crash can repeat at most the one
        message per line that was accepted and not yet recorded.
        """
