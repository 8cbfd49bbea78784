"""Mail from machines about our mail: delivery reports (RFC 3464) and complaints (ARF, RFC 5965); pure.

What is read is what other people's servers wrote: parts may be missing, misnamed or malformed, and then there is no report.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from enum import StrEnum

from notifier.headers import one_line
from notifier.mailbox.mail import Mail

_ID = re.compile(r"<[^<>\s]{3,400}>")
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_REPLY = re.compile(r"\b[245]\d\d\b")
_LONGEST = 300

GONE = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.0", "5.2.1"})
"""Enhanced statuses (RFC 3463) that say: no such mailbox or domain, moved, disabled. Others are about the message or the moment."""
_GONE_REPLIES = {"550", "551", "553"}  # with no more than 5.0.0 beside them, RFC 5321 says the mailbox is not available
COMPLAINTS = {"abuse", "fraud", "virus", "opt-out", "opt-out-list"}


class Told(StrEnum):
    """What a report tells of a message that a server had accepted."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    DELAYED = "delayed"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one message. `gone` says that nothing more should be sent to its address."""

    told: Told
    message_id: str = ""
    recipient: str = ""
    status: str | None = None  # RFC 3463
    text: str = ""
    gone: bool = False


_ACTIONS = {"failed": Told.BOUNCED, "delayed": Told.DELAYED, "delivered": Told.DELIVERED, "relayed": Told.DELIVERED}


def read(mail: Mail) -> Report | None:
    """The report a mail is, or None. Of several recipients the first that failed counts: each of our mails has only one."""
    try:
        parts = list(mail.message.walk())
        if mail.message.get_content_type() != "multipart/report":
            return None
        reports = [*_bounces(parts), *_complaints(parts)]
    except (ValueError, LookupError, AttributeError, TypeError):
        return None
    return min(reports, key=lambda report: list(Told).index(report.told), default=None)


def is_gone(status: str | None, text: str) -> bool:
    """Whether a final refusal means that the address itself is no more."""
    reply = _REPLY.search(text)
    return status in GONE or (status in {None, "5.0.0"} and reply is not None and reply[0] in _GONE_REPLIES)


def _bounces(parts: Sequence[Message]) -> Iterator[Report]:
    identity = _original_id(parts)
    for part in parts:
        if part.get_content_type() != "message/delivery-status" or not part.is_multipart():
            continue
        for block in part.get_payload():
            if not isinstance(block, Message) or (told := _ACTIONS.get(_field(block, "Action").lower())) is None:
                continue  # the first block is about the message as a whole
            status = _STATUS.search(_field(block, "Status"))
            words = _field(block, "Diagnostic-Code").partition(";")[2].strip() or _field(block, "Status")
            yield Report(
                told,
                identity,
                (_field(block, "Original-Recipient") or _field(block, "Final-Recipient")).partition(";")[2].strip(),
                status[0] if status else None,
                words[:_LONGEST],
                gone=told is Told.BOUNCED and is_gone(status[0] if status else None, words),
            )


def _complaints(parts: Sequence[Message]) -> Iterator[Report]:
    for part in parts:
        if part.get_content_type() != "message/feedback-report":
            continue
        block = part.get_payload(0) if part.is_multipart() else HeaderParser().parsestr(str(part.get_payload()))
        if not isinstance(block, Message) or _field(block, "Feedback-Type").lower() not in COMPLAINTS:
            continue
        by = _field(block, "Source-IP") or _field(block, "User-Agent")
        words = " ".join(filter(None, (_field(block, "Feedback-Type").lower(), f"reported by {by}" if by else "")))
        recipient = _field(block, "Original-Rcpt-To").strip("<> ")
        yield Report(Told.COMPLAINED, _original_id(parts), recipient, None, words[:_LONGEST], gone=True)


def _original_id(parts: Sequence[Message]) -> str:
    """The Message-ID of the mail that is returned, whole or by its headers; the report's own stands on the outermost part."""
    for part in parts[1:]:
        if part.get_content_type() == "text/rfc822-headers":
            payload = part.get_payload(decode=True)
            headers: Message = HeaderParser().parsestr(payload.decode("utf-8", "replace") if isinstance(payload, bytes) else "")
        else:
            headers = part
        if found := _ID.search(_field(headers, "Message-ID")):
            return found[0]
    return ""


def _field(block: Message, name: str) -> str:
    return one_line(str(block.get(name) or ""))
