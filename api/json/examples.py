"""What answers look like, for the OpenAPI document: one example a shape, by its name there; shapes of requests bring their own.

A test holds every example to its schema.
"""

from typing import Any

TERM: dict[str, Any] = {
    "id": 9,
    "contract_id": 7,
    "kind": "notice_period_to_terminate_renewal",
    "value": "60 days",
    "unit": None,
    "valid_from": "2026-04-01",
    "valid_to": None,
    "document_id": 12,
    "page": 14,
    "start": 30211,
    "end": 30290,
    "quote": "Either party may end this agreement by giving 60 days written notice to the other party.",
    "confidence": 0.91,
    "status": "proposed",
    "decided_by": None,
}
DOCUMENT: dict[str, Any] = {
    "id": 12,
    "contract_id": 7,
    "kind": "agreement",
    "title": "Services agreement",
    "file_name": "agreement.pdf",
    "media_type": "application/pdf",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "size": 48213,
    "pages": 22,
    "version_date": "2026-04-01",
    "replaces_id": None,
    "signatures": [],
    "notes": [],
    "added_at": "2026-07-08T17:00:00Z",
}
BID_DOCUMENT: dict[str, Any] = {
    "id": 31,
    "title": "Addendum 2",
    "url": "https://portal.example/files/addendum-2.pdf",
    "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
    "size": 18021,
    "media_type": "application/pdf",
    "fetched": "2026-07-08T17:00:00Z",
    "checked": "2026-07-08T17:00:00Z",
    "superseded": None,
    "replaces": 30,
    "scan": "clean",
    "scan_note": "",
    "text_note": "",
    "trouble": None,
}
FEE: dict[str, Any] = {
    "id": 3,
    "code": "A100",
    "description": "Initial assessment",
    "amount": "145.00",
    "currency": "CAD",
    "unit": None,
    "valid_from": "2026-04-01",
    "valid_to": None,
    "page": 12,
    "status": "confirmed",
    "contract_id": 7,
    "document_id": 12,
}
ENQUIRY: dict[str, Any] = {
    "id": 4,
    "state": "asked",
    "desk": "payment",
    "routed_to": "payment",
    "address": "payments@board.example",
    "subject": "Rejected invoice 2041",
    "question": "Our invoice was rejected",
    "body": "Which field of invoice 2041 is wrong?",
    "asker": "office@clinic.example",
    "asker_name": "The front desk",
    "via": "mail",
    "outcome": None,
    "created_at": "2026-07-08T17:00:00+00:00",
    "asked_at": "2026-07-08T17:05:00+00:00",
    "answered_at": None,
    "follow_up_at": "2026-07-13T17:05:00+00:00",
    "escalated_at": None,
    "closed_at": None,
    "overdue": False,
    "right_desk": None,
    "correction": None,
    "removed": {"claim number": 1},
    "flags": [],
    "messages": None,
}
CONTACT: dict[str, Any] = {
    "desk": "payment",
    "name": "Payment Services",
    "phone": "604 555 0100",
    "toll_free": None,
    "toll_free_within": None,
    "email": None,
    "hours": "Mon-Fri 08:30-16:30",
    "open_now": True,
    "source": "https://board.example/contacts",
    "verified": "2026-06",
    "confidence": "high",
    "at_hand": ["the invoice number"],
    "others": [],
}
OPTION: dict[str, Any] = {"id": 2, "position": 1, "months": 12, "notice_months": 3, "exercised_on": None}
CHANGE: dict[str, Any] = {"field": "closes", "old": "2026-07-14T21:00:00Z", "new": "2026-07-21T21:00:00Z"}

# name of a shape → what it looks like
SHAPES: dict[str, dict[str, Any]] = {
    "Accepted": {"detail": "If the address is new here, a mail asks its owner to confirm."},
    "Heard": {"taken": 1, "unknown": 0},
    "Count": {"count": 42},
    "Sent": {"deliveries": 1},
    "OpenCalls": {"count": 1, "ocids": ["ocds-a1b2c3-048-2026"]},
    "TermItem": TERM,
    "FeeAnswer": FEE,
    "SignedDocument": DOCUMENT,
    "FiledItem": {"document": DOCUMENT, "new": True, "terms": 14, "fees": 31},
    "TextChange": {"what": "changed", "old_page": 4, "old": "within 60 days", "new_page": 4, "new": "within 90 days"},
    "DocumentItem": BID_DOCUMENT,
    "DocumentText": {
        "document": BID_DOCUMENT,
        "text": "Question 1: the closing time is extended.",
        "difference": "1 line more: Question 1: the closing time is extended.",
    },
    "SightingItem": {
        "source": "nanaimo",
        "id": "3301",
        "first_seen": "2026-06-01T16:05:00Z",
        "last_seen": "2026-07-08T16:00:00Z",
        "missing_since": None,
        "reasons": [],
    },
    "ReleaseItem": {
        "id": "ocds-a1b2c3-048-2026-2",
        "ocid": "ocds-a1b2c3-048-2026",
        "tag": "tenderAmendment",
        "date": "2026-07-08T17:00:00Z",
        "source": "nanaimo",
        "news": True,
        "changes": [CHANGE],
        "evidence_sha256": None,
        "evidence": None,
    },
    "TaskItem": {
        "id": 8,
        "title": "Ask two referees",
        "owner": "Ana",
        "due": "2026-07-10",
        "done_at": None,
        "done_by": None,
    },
    "ObligationItem": {
        "id": 5,
        "contract_id": 7,
        "kind": "notice",
        "title": "Give notice, or 77-2026 renews",
        "due": "2029-01-31",
        "remind_on": "2028-11-30",
        "basis": "60 days before the end on 2029-04-01",
        "owner": "Ana",
        "state": "open",
        "note": None,
    },
    "RenewalItem": {
        "contract_id": 7,
        "contract": "77-2026",
        "end": "2029-04-01",
        "latest_end": "2031-04-01",
        "notice_by": "2029-01-31",
        "remind_on": "2028-11-30",
        "bid_from": None,
        "bid_to": None,
        "why": "no earlier round of this line is known",
    },
    "EnquiryItem": ENQUIRY,
    "Consent": {
        "address": "owner@clinic.example",
        "query": "rehabilitation",
        "state": "active",
        "time": "2026-07-08T17:00:00+00:00",
        "source": "API",
        "wording": "Agreed by telephone on 8 July to receive postings by mail.",
        "confirmed": None,
        "ended": None,
    },
    "Routed": {
        "answer": None,
        "route": {"route": "payment", "also": [], "confidence": 0.97, "why": ["an invoice was rejected"], "contact": CONTACT},
        "unsure": False,
        "urgent": False,
    },
}
# operation → an answer that has no shape with a name
ANSWERS: dict[str, Any] = {
    "GET /ocds/releases": {
        "uri": "https://bids.clinic.example/ocds/releases",
        "version": "1.1",
        "publishedDate": "2026-07-08T17:00:00Z",
        "publisher": {"name": "Bidkeeper"},
        "releases": [],
    },
    "GET /api/v1/contacts": {
        "items": [CONTACT | {"title": "Payment Services", "answers": "invoices and payments"}],
        "next": None,
    },
    "GET /api/v1/contracts/{contract_id}/particulars": {
        "party": [],
        "site": [],
        "staff": [],
        "option": [OPTION],
        "amendment": [],
    },
    "POST /api/v1/contracts/{contract_id}/particulars/{kind}": OPTION,
    "POST /api/v1/contracts/{contract_id}/options/{row_id}/exercise": OPTION | {"exercised_on": "2028-12-01"},
}


def mend(schemas: dict[str, Any]) -> None:
    """Put null members back into the examples of shapes: FastAPI leaves them out when it writes the document."""
    for schema in schemas.values():
        for example in schema.get("examples", ()):
            _mend(example, schema, schemas)


def _mend(example: Any, schema: dict[str, Any], schemas: dict[str, Any]) -> None:
    if not isinstance(example, dict):
        return
    for name in schema.get("required", ()):
        example.setdefault(name, None)
    for name, part in schema.get("properties", {}).items():
        inner = part.get("items", part).get("$ref", "").rpartition("/")[2]
        for one in (found if isinstance(found := example.get(name), list) else [found]) if inner else ():
            _mend(one, schemas[inner], schemas)


def give(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Give each good answer in JSON an example: the operation's own, or that of its shape."""
    for status, answer in operation["responses"].items():
        content = answer.get("content", {}).get("application/json")
        if not status.startswith("2") or content is None:
            continue
        shape = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        own = ANSWERS.get(f"{method.upper()} {path}")
        content["example"] = own if own is not None else _example(shape, schemas)


def _example(shape: str, schemas: dict[str, Any]) -> Any:
    schema = schemas[shape]
    if shape.startswith("Page_"):
        return {"items": [_example(schema["properties"]["items"]["items"]["$ref"].rpartition("/")[2], schemas)], "next": None}
    if shape == "TenderDetail":
        tender, sighting = (_example(one, schemas) for one in ("TenderItem", "SightingItem"))
        rest = {"description": None, "files": [], "last_seen": sighting["last_seen"]}
        return {"tender": tender, "sightings": [sighting]} | rest
    return (schema.setdefault("examples", [SHAPES[shape]]) if "examples" not in schema else schema["examples"])[0]
