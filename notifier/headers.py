"""Header lines that nobody can forge, and who signs for them.

Scraped text loses its control characters and anything that could read as an encoded word, and the finished message is
serialised, parsed, serialised and parsed again: unless exactly our own headers come out, it is refused (CPython's parser has
turned an encoded CR LF in a subject into a real header).
"""

import email.policy
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from email.header import Header
from email.parser import BytesParser
from email.utils import formataddr, parseaddr
from functools import lru_cache

LONGEST_ID = 400  # of a Message-ID or address: it stands on a line of its own, and a line has at most 998 characters
FIELD_NAME = re.compile(rb"(?m)^([!-9;-~]+):")
_UNSAFE = re.compile(r"[^\x20-\x7e]")


class Forged(ValueError):
    """Raised for a message whose headers would not be exactly the ones we wrote."""


def _as_it_is(text: str, _language: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes, and where the links lead. `secret` signs the unsubscribe links; CASL wants the postal address.

    `mailbox` is one of ours that is read, where who answers a mail by "unsubscribe" is let out; empty without one.
    `say` puts a sentence that another room wrote (why a source can't be seen, what is due) into a language.
    """

    public_url: str
    mail_from: str
    postal_address: str
    secret: str
    mailbox: str = ""
    say: Callable[[str, str], str] = _as_it_is

    @property
    def address(self) -> str:
        """The bare address, for the envelope."""
        return parseaddr(self.mail_from)[1]

    @property
    def name(self) -> str:
        return parseaddr(self.mail_from)[0] or self.address

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2] or "localhost"


def one_line(text: str) -> str:
    """Text fit for a header or a single line: no control, format or separator characters, no encoded word, single spaces."""
    kept = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in text)
    return " ".join(kept.replace("=?", "= ?").split())


@lru_cache(maxsize=1024)
def encoded(name: str, text: str) -> str:
    """An unstructured header value, as it stands or in encoded words (RFC 2047), folded."""
    safe = one_line(text)
    return Header(safe, None if safe.isascii() else "utf-8", maxlinelen=76, header_name=name).encode(linesep="\r\n")


def check(raw: bytes) -> None:
    """Serialise what a parser makes of the message and parse that again; raises Forged unless its headers are still the same."""
    written = [match.decode() for match in FIELD_NAME.findall(raw.partition(b"\r\n\r\n")[0] + b"\r\n")]
    parsed = BytesParser(policy=email.policy.SMTP).parsebytes(raw)
    try:
        again = BytesParser(policy=email.policy.SMTP).parsebytes(parsed.as_bytes())
    except ValueError as error:  # newer Pythons refuse by themselves
        raise Forged(f"the message can't be written safely: {error}") from None
    for message in (parsed, again):
        if message.keys() != written:
            raise Forged(f"the message carries {message.keys()}, we wrote {written}")
        if any(_has_control(str(value)) for value in message.values()):
            raise Forged("a header decodes to control characters")


def plain(value: str) -> bool:
    """Whether a value can stand in a header as it is: printable ASCII and nothing else."""
    return _UNSAFE.search(value) is None


@lru_cache(maxsize=64)
def mailbox(text: str) -> str:
    """A mailbox with its name made safe."""
    name, address = parseaddr(text)
    return formataddr((one_line(name), address))


def _has_control(text: str) -> bool:
    return any(unicodedata.category(letter) == "Cc" for letter in text)
