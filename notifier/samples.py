"""One example of every message in every state, for looking at them and for trying them with hostile words."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.vocabulary import Change, Health, ReleaseTag, TenderStatus
from notifier.news import News

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
_CLOSES = datetime(2026, 12, 3, 22, 0, tzinfo=UTC)

_CALL = News(
    release_id="sample-1",
    ocid="ocds-sample-1",
    tag=ReleaseTag.TENDER,
    date=NOW,
    number="048-2026",
    title="Occupational Rehabilitation Services",
    buyer="A compensation board",
    status=TenderStatus.OPEN,
    type="Request for Proposals",
    closes_at=_CLOSES,
    closes_text="Thu Dec 3, 2026 2:00 PM (PST)",
    zone="America/Vancouver",
    programs=("or2",),
    program_names=("Occupational Rehabilitation 2", "OR2"),
    source="board",
    source_title="The board's own page",
    addenda=1,
)
_LONG = replace(
    _CALL,
    release_id="sample-2",
    ocid="ocds-sample-2",
    number="RFP-2026-0117-HEALTH-SERVICES-NORTH",
    title="Physiotherapy, kinesiology and work-conditioning services for injured workers in the northern and interior regions",
    closes_at=_CLOSES + timedelta(days=9),
    program_names=(),
    programs=(),
)


def _changed(tag: ReleaseTag, *changes: Change, **values: Any) -> dict[str, Any]:
    return replace(_CALL, tag=tag, changes=changes, **values).to_json()


_NEWS: dict[str, dict[str, Any]] = {
    "new": _CALL.to_json(),
    "new, long words, no closing": replace(_LONG, closes_at=None, closes_text=None, buyer=None).to_json(),
    "amended": _changed(
        ReleaseTag.TENDER_AMENDMENT,
        Change("title", "Rehabilitation Services", "Occupational Rehabilitation Services"),
        Change("documents", 3, 4),
    ),
    "addendum": _changed(ReleaseTag.TENDER_AMENDMENT, Change("addenda", 1, 2), addenda=2),
    "deadline later": _changed(
        ReleaseTag.TENDER_AMENDMENT, Change("closes", "2026-12-01T14:00:00-08:00", "2026-12-03T14:00:00-08:00")
    ),
    "deadline earlier": _changed(
        ReleaseTag.TENDER_AMENDMENT, Change("closes", "2026-12-10T14:00:00-08:00", "2026-12-03T14:00:00-08:00")
    ),
    "cancelled": _changed(ReleaseTag.TENDER_CANCELLATION, Change("status", "open", "cancelled"), status=TenderStatus.CANCELLED),
    "awarded": _changed(ReleaseTag.AWARD, Change("status", "closed", "awarded"), status=TenderStatus.AWARDED),
    "program page": _changed(
        ReleaseTag.PROGRAM_UPDATE, Change("resource: Report template", "Version of May", "Version of November"), closes_at=None
    ),
}
_HEALTH = {
    "source": "board",
    "title": "The board's own page",
    "old": Health.HEALTHY.value,
    "new": Health.LAYOUT_CHANGED.value,
    "reason": "the table of bids has other columns than before",
    "at": NOW.isoformat(),
    "recovered": False,
}
_DUTY = {
    "title": "Decide on option 1 of C-2024-17 (12 more months)",
    "kind": "option_to_renew",
    "due": "2026-12-11",
    "basis": "90 days before 2027-03-11",
    "contract": "C-2024-17",
}
_ENQUIRY = {
    "subject": "Which form goes with a progress report?",
    "text": "Hello,\n\nwhich form goes with a progress report under contract C-2024-17?\n\nThank you",
    "asker": "office@clinic.example",
    "asker_name": "The clinic's office",
    "reply_to": ["office@clinic.example"],
    "references": [],
}

_CARD: dict[str, Any] = {
    "subject": "Re: bank form",
    "in_reply_to": "<q1@clinic.example>",
    "urgent": False,
    "unsure": True,
    "desk": "Procurement Services",
    "why": ["mentions “bank” and “form”"],
    "answer": {"value": "30 days", "quote": "thirty (30) days’ notice", "document": "agreement.pdf", "page": 4},
    "cards": [
        {
            "title": "Procurement Services",
            "answers": "Your existing contract as a document, payee and bank records, bids and notices.",
            "phone": "604.555.0101",
            "toll_free": "1.844.555.0101",
            "toll_free_within": "within B.C.",
            "email": None,
            "hours": None,
            "open_now": None,
            "source": "a program page",
            "verified": "2026-07",
        }
    ],
    "at_hand": ["contract number", "payee number"],
    "enquiry": 12,
    "draft": {
        "subject": "Which form? (contract HC-2041)",
        "body": "To Procurement Services,\n\nWhich form changes our bank account?",
    },
    "removed": {},
}
SAMPLES: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "news": _NEWS,
    "reminder": {
        "a week before": replace(_CALL, closes_at=NOW + timedelta(days=7)).to_json() | {"lead": 7},
        "the day before": replace(_CALL, closes_at=NOW + timedelta(days=1)).to_json() | {"lead": 1},
        "three hours before": replace(_CALL, closes_at=NOW + timedelta(hours=3)).to_json() | {"lead": "3h"},
    },
    "digest": {
        "several programs": {
            "items": [
                {"kind": "news", "content": _NEWS["new"]},
                {"kind": "news", "content": _NEWS["deadline later"] | {"date": (NOW + timedelta(hours=1)).isoformat()}},
                {"kind": "news", "content": _LONG.to_json()},
                {"kind": "reminder", "content": replace(_LONG, ocid="ocds-sample-3").to_json() | {"lead": 14}},
            ]
        },
        "one call": {"items": [{"kind": "news", "content": _NEWS["cancelled"]}]},
    },
    "open": {
        "two calls": {"items": [_CALL.to_json(), _LONG.to_json()], "count": 2},
        "more than fit": {"items": [_CALL.to_json()], "count": 130},
    },
    "obligation": {
        "renewal": _DUTY,
        "overdue": _DUTY | {"kind": "insurance_evidence", "title": "Certificate of insurance for C-2024-17", "due": "2026-11-18"},
    },
    "channel_off": {
        "webhook": {
            "target": "https://hooks.clinic.example/bids",
            "query": "program:OR2",
            "days": 5,
            "since": (NOW - timedelta(days=5)).isoformat(),
            "reason": "503 Service Unavailable",
        }
    },
    "health": {
        "can't be read": _HEALTH,
        "seen again": _HEALTH | {"old": "layout_changed", "new": "healthy", "reason": None, "recovered": True},
    },
    "outbox_audit": {"something is amiss": {"neglected": 3, "forgotten": 1}},
    "confirm": {"the question": {"query": "program:OR2"}},
    "sign_in": {"the link": {"nonce": "sample"}},
    "invitation": {"from an owner": {"nonce": "sample", "by": "An Owner"}},
    "enquiry": {"to a desk": _ENQUIRY},
    "payee_change": {
        step: {
            "step": step,
            "payee": "P-17",
            "fields": ["bank_account", "known_phone"],
            "effective_at": (NOW + timedelta(days=2)).isoformat(),
        }
        for step in ("requested", "approved", "refused", "applied")
    },
    "desk_card": {
        "with a draft": _CARD,
        "no desk": _CARD | {"desk": None, "urgent": True, "enquiry": None, "draft": None, "answer": None, "at_hand": []},
    },
    "follow_up": {
        step: {
            "step": step,
            "enquiry": 12,
            "subject": "Which form changes our bank account? (contract HC-2041)",
            "desk": "Procurement Services",
            "asked_at": (NOW - timedelta(days=5)).isoformat(),
            "days": 3,
            "to": "office@clinic.example",
        }
        for step in ("remind", "escalate")
    },
}
