"""An enquiry as JSON, the same on the command line and over the API."""

from datetime import datetime
from typing import Any

from notifier import enquiries, lifecycle
from notifier.models import Enquiry, EnquiryMessage

_TIMES = ("created_at", "asked_at", "answered_at", "follow_up_at", "escalated_at", "closed_at")
_WORDS = ("id", "state", "desk", "routed_to", "address", "subject", "question", "body", "asker", "asker_name", "via", "outcome")


def document(row: Enquiry, *, now: datetime) -> dict[str, Any]:
    """Every key always there; `flags` is personal data that still stands in the message, `removed` counts what was taken out."""
    due = lifecycle.due(row.state, row.asked_at, row.follow_up_at, now=now)
    return {
        **{name: getattr(row, name) for name in _WORDS},
        **{name: at.isoformat() if (at := getattr(row, name)) else None for name in _TIMES},
        "overdue": bool(due and due.overdue),
        "right_desk": row.right_desk,
        "correction": row.correction,
        "removed": row.removed,
        "flags": [{"kind": one.kind, "text": one.text} for one in enquiries.flags(row)] if row.state == "draft" else [],
    }


def message_document(row: EnquiryMessage) -> dict[str, Any]:
    """One thing said in an enquiry; `kind` is out, in, call, automatic, bounce or note."""
    return {
        "id": row.id,
        "kind": row.kind,
        "at": row.at.isoformat(),
        "by": row.by,
        "subject": row.subject,
        "text": row.text,
        "message_id": row.message_id,
    }
