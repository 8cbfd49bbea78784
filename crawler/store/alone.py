"""One writer at a time for what several portals may show: two nodes that see one tender at once must find each other's row."""

import zlib
from collections.abc import Iterable, Iterator

from sqlalchemy import text
from sqlmodel import Session

from crawler.normalise import number_key
from crawler.store.plan import Plan

SPACE = 0x7E4D  # the first half of our advisory locks
BUCKETS = 64  # few enough that a look of thousands of rows does not fill the server's lock table

# the array is sorted: two looks that need several buckets take them in the same order, so neither waits for the other
_LOCK = text("SELECT pg_advisory_xact_lock(:space, bucket) FROM unnest(CAST(:buckets AS integer[])) AS bucket")


def alone(session: Session, plan: Plan) -> None:
    """Wait until nobody else writes a tender that this plan may touch, and keep others waiting until the transaction ends.

    On SQLite, which has one writer, there is nothing to wait for.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    buckets = sorted({zlib.crc32(key.encode()) % BUCKETS for key in _keys(plan)})
    if buckets:
        session.connection().execute(_LOCK, {"space": SPACE, "buckets": buckets})


def _keys(plan: Plan) -> Iterator[str]:
    """By number, as portals find each other's tender, and by the tender itself, which people may have joined across numbers."""
    numbers: Iterable[str | None] = (number_key(row.posting.number) for row in [*plan.new, *(row for _, row, *_ in plan.changed)])
    yield from filter(None, numbers)
    yield from (f"tender {known.tender_id}" for known, *_ in plan.changed)
