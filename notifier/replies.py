"""A mail as it arrived → which enquiry it answers, and what it says; pure.

A thread is recognised by the Message-IDs that we gave (References, In-Reply-To; RFC 5322 §3.6.4) or by the plus-address that the
mail was sent to. What comes from a machine is told apart (RFC 3834, RFC 3464), since an absence note is no answer.
"""

import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.utils import getaddresses, parseaddr

from notifier.headers import one_line
from notifier.plaintext import own_words, plain

MOST_BYTES = 25_000_000
_HEX = r"[0-9a-f]{20}"
_OUR_ID = re.compile(rf"<enquiry\.({_HEX})\.\d+@[^<>@\s]+>")
_PLUS = re.compile(rf"^[^@+]+\+enquiry-({_HEX})@", re.IGNORECASE)
_TO = ("To", "Cc", "Delivered-To", "X-Original-To")


class UnreadableMail(ValueError):
    """Raised by `read` for bytes that hold no mail; the message says what was found."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail. `tokens` are the threads it names, surest first; `kind` is in, automatic or bounce."""

    tokens: tuple[str, ...]
    kind: str
    sender: str
    sender_name: str
    subject: str
    text: str
    message_id: str | None


def read(raw: bytes) -> Reply:
    """Read a mail; raises UnreadableMail. Text is what its writer said, without quotes and signature."""
    if len(raw) > MOST_BYTES:
        raise UnreadableMail(f"the mail has {len(raw):,} bytes; at most {MOST_BYTES:,} are read")
    try:
        # modern policies parse headers when they are read, and stumble over some that are broken
        message = BytesParser(policy=email.policy.default).parsebytes(raw)
        said = {name: header(message, name) for name in ("From", "Subject", "Message-ID", "In-Reply-To", "References")}
        to = [address for _, address in getaddresses([header(message, name) for name in _TO])]
        text = own_words(plain(body(message)), fewest=1)
    except (ValueError, LookupError, IndexError, AttributeError, TypeError) as error:
        raise UnreadableMail(f"this is no mail that can be read ({type(error).__name__})") from None
    if not said["From"] and not text.strip():
        raise UnreadableMail("this is no mail: it has neither a sender nor a text")
    name, address = parseaddr(said["From"])
    return Reply(
        tokens=_tokens(said["References"], said["In-Reply-To"], to),
        kind=_kind(message),
        sender=one_line(address),
        sender_name=one_line(name),
        subject=one_line(said["Subject"])[:500],
        text=text.strip(),
        message_id=one_line(said["Message-ID"])[:500] or None,
    )


def message_id(token: str, number: int, *, domain: str) -> str:
    """The Message-ID of an enquiry's mail; `read` finds its token again."""
    return f"<enquiry.{token}.{number}@{domain}>"


def plus_address(token: str, mailbox: str) -> str:
    """The address of a mailbox that names the thread (RFC 5233 subaddress)."""
    local, _, domain = mailbox.rpartition("@")
    return f"{local}+enquiry-{token}@{domain}"


def body(message: MIMEPart) -> str:
    """The text of a mail as a person would see it: plain before HTML, attachments left out."""
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:  # a charset that nobody has heard of
        return payload.decode("utf-8", "replace")


def header(message: MIMEPart, name: str) -> str:
    """A header's values in one text; raises like the parser does on some that are broken."""
    return " ".join(str(value) for value in message.get_all(name, []))


def _tokens(references: str, in_reply_to: str, to: list[str]) -> tuple[str, ...]:
    found = [*_OUR_ID.findall(in_reply_to), *reversed(_OUR_ID.findall(references))]
    found += [match[1].lower() for address in to if (match := _PLUS.match(address))]
    return tuple(dict.fromkeys(found))


def _kind(message: EmailMessage) -> str:
    if message.get_content_type() == "multipart/report":
        return "bounce"
    automatic = header(message, "Auto-Submitted").strip().lower()
    precedence = header(message, "Precedence").strip().lower()
    if (automatic and automatic != "no") or precedence in {"auto_reply", "bulk", "junk"} or header(message, "X-Autoreply"):
        return "automatic"
    return "in"
