"""A message as it arrived, read so that nothing malformed in it can raise where it is looked at."""

import email.policy
import hashlib
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses
from functools import cached_property

from notifier.headers import one_line

_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
_BROKEN_HEADERS = (ValueError, LookupError, AttributeError, TypeError)  # what the parser raises over headers it can't follow


@dataclass(frozen=True)
class Mail:
    """The bytes of a message and what they say; `message` is parsed leniently, `header` gives text without control characters."""

    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        """The whole tree; raises one of `ValueError`, `LookupError`, `AttributeError`, `TypeError` where it can't be read."""
        return BytesParser(policy=email.policy.default).parsebytes(self.raw)

    @property
    def digest(self) -> str:
        """The SHA-256 of the bytes: two copies of one message are one."""
        return hashlib.sha256(self.raw).hexdigest()

    def header(self, name: str) -> str:
        """A header's text on one line, several of one name joined by a comma; empty where it is absent or can't be read."""
        try:
            return one_line(", ".join(str(value) for value in self.message.get_all(name, [])))
        except _BROKEN_HEADERS:
            return ""

    @property
    def recipients(self) -> list[str]:
        """The addresses it was delivered to, as far as its headers tell, surest first."""
        return [address for _, address in getaddresses([self.header(name) for name in _TO]) if address]
