"""What relays tell over HTTP of mail that they took → reports, whatever shape the relay gives its events; pure.

A shape is a function from one JSON object to a report, None where the object is of another shape; a new relay is one function and
one line in `SHAPES`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from notifier.headers import one_line
from notifier.reports import Report, Told, is_gone

MOST = 1_000  # events of one call

_WORDS = {
    "bounce": Told.BOUNCED, "bounced": Told.BOUNCED, "failed": Told.BOUNCED, "hard_bounce": Told.BOUNCED, "soft_bounce": Told.BOUNCED,
    "dropped": Told.BOUNCED, "complaint": Told.COMPLAINED, "complained": Told.COMPLAINED, "spamreport": Told.COMPLAINED,
    "spam": Told.COMPLAINED, "deferred": Told.DELAYED, "delayed": Told.DELAYED, "delivery": Told.DELIVERED, "delivered": Told.DELIVERED,
}  # fmt: skip
_HARD, _SOFT = {"hard_bounce", "permanent", "hard"}, {"soft_bounce", "temporary", "transient", "soft"}

Shape = Callable[[Mapping[str, Any]], Report | None]


def read_events(document: Any) -> list[Report]:
    """The reports of a call's JSON: one object, or a list of them; objects that tell of nothing we know are left out."""
    items = document if isinstance(document, list) else [document]
    objects = [item for item in items[:MOST] if isinstance(item, Mapping)]
    return [report for item in objects if (report := next(_read(item), None)) is not None]


def _read(item: Mapping[str, Any]) -> Iterator[Report]:
    for shape in SHAPES:
        if (report := shape(item)) is not None:
            yield report


def _plain(item: Mapping[str, Any]) -> Report | None:
    """`{"event": "bounce", "message-id": "<…>", "reason": "…", "status": "5.1.1", "type": "hard"}`, as SendGrid nearly has it."""
    return _report(
        _text(item, "event", "type"),
        _text(item, "message-id", "message_id", "smtp-id"),
        words=_text(item, "reason", "response", "description"),
        status=_text(item, "status"),
        severity=_text(item, "severity", "bounce_type", "type"),
        recipient=_text(item, "email", "recipient"),
    )


def _nested(item: Mapping[str, Any]) -> Report | None:
    """Mailgun: the event under `event-data`, the mail's own headers under `message`."""
    data = _part(item, "event-data")
    said = _part(data, "delivery-status")
    return _report(
        _text(data, "event"),
        _text(_part(_part(data, "message"), "headers"), "message-id"),
        words=" ".join(filter(None, (_text(said, "code"), _text(said, "description", "message")))),
        status=_text(said, "enhanced-code"),
        severity=_text(data, "severity"),
        recipient=_text(data, "recipient"),
    )


def _notified(item: Mapping[str, Any]) -> Report | None:
    """Amazon SES: the kind under `notificationType` or `eventType`, the mail's own Message-ID under `commonHeaders`.

    Passed on by SNS, the whole stands as text under `Message`.
    """
    item = _inner(item)
    event = _text(item, "notificationType", "eventType")
    about = _part(item, event.lower())
    recipients = about.get("bouncedRecipients") or about.get("complainedRecipients")
    first = recipients[0] if isinstance(recipients, list) and recipients and isinstance(recipients[0], Mapping) else {}
    return _report(
        event,
        _text(_part(_part(item, "mail"), "commonHeaders"), "messageId"),
        words=_text(first, "diagnosticCode") or _text(about, "complaintFeedbackType"),
        status=_text(first, "status"),
        severity=_text(about, "bounceType"),
        recipient=_text(first, "emailAddress"),
    )


SHAPES: tuple[Shape, ...] = (_nested, _notified, _plain)


def _report(event: str, identity: str, *, words: str, status: str, severity: str, recipient: str) -> Report | None:
    told = _WORDS.get(event.lower())
    if told is None or not identity:
        return None
    kinds = {severity.lower(), event.lower()}
    hard = bool(kinds & _HARD) or is_gone(status or None, words)
    gone = told is Told.COMPLAINED or (told is Told.BOUNCED and hard and not kinds & _SOFT)
    return Report(told, f"<{identity.strip('<> ')}>", recipient, status or None, words[:300], gone=gone)


def _inner(item: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        found = json.loads(item["Message"]) if isinstance(item.get("Message"), str) else item
    except (ValueError, RecursionError):
        return item
    return found if isinstance(found, Mapping) else item


def _part(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = item.get(name)
    return found if isinstance(found, Mapping) else {}


def _text(item: Mapping[str, Any], *names: str) -> str:
    found = next((item[name] for name in names if isinstance(item.get(name), str | int) and item[name] != ""), "")
    return one_line(str(found))[:500]
