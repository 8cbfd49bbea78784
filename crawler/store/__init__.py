"""What the watching room keeps.

`save` writes what a look showed; `accept` and `reject` decide over what was held back; the rest reads, and `crawler.reading` lists the tenders. Nothing here commits:
the edge does, once per look.
"""

from crawler.store.captures import archives, forget, forgotten, only_in
from crawler.store.decisions import accept, reconsider, reject
from crawler.store.documents import document, documents, take, text_before, version_before, wanted
from crawler.store.joins import NotJoined, join, part
from crawler.store.looks import Saved, save
from crawler.store.quarantine import NotHeld, quarantines
from crawler.store.reads import (
    HistoryEntry,
    SourceHealth,
    capture,
    captures,
    closings,
    due,
    earlier,
    events,
    health,
    histories,
    history,
    late,
    releases,
    showing,
    sightings,
    sources,
    tender,
    validators,
)
from crawler.store.states import check_late

__all__ = [
    "HistoryEntry",
    "NotHeld",
    "NotJoined",
    "Saved",
    "SourceHealth",
    "accept",
    "archives",
    "capture",
    "captures",
    "check_late",
    "closings",
    "document",
    "documents",
    "due",
    "earlier",
    "events",
    "forget",
    "forgotten",
    "health",
    "histories",
    "history",
    "join",
    "late",
    "only_in",
    "part",
    "quarantines",
    "reconsider",
    "reject",
    "releases",
    "save",
    "showing",
    "sightings",
    "sources",
    "take",
    "tender",
    "text_before",
    "validators",
    "version_before",
    "wanted",
]
