"""What a place of mail can do, whatever its protocol."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

DONE = "Bidkeeper-Done"
KEPT = "Bidkeeper-Kept"
MOST_BYTES = 25_000_000
"""A larger message is kept unread."""


class MailboxTrouble(Exception):
    """Raised by a mailbox that can't be used now: what can't be done, where, and what to look at. Nothing in it was lost."""


@dataclass(frozen=True, slots=True)
class Found:
    """A message that waits. `name` is the mailbox's own for it; `raw` is None, with the `problem`, where it was not read."""

    name: str
    raw: bytes | None
    problem: str = ""


class Mailbox(Protocol):
    """An inbox with two folders beside it. Every method raises MailboxTrouble."""

    def waiting(self) -> Iterator[Found]:
        """The messages in the inbox, oldest first, one read at a time."""

    def settle(self, name: str, *, taken: bool) -> None:
        """Move a message out of the inbox, to `DONE` or to `KEPT`."""

    def kept(self) -> int:
        """How many messages lie in `KEPT`."""

    def close(self) -> None:
        """Let go of the place."""


def too_large(size: int) -> str:
    """Why a message of `size` bytes is not read."""
    return f"the message has {size:,} bytes; at most {MOST_BYTES:,} are read"
