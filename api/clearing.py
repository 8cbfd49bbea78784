"""What is kept no longer goes from every place it stands: this node's disk and the store that nodes share.

The rows go once, wherever that was done. Each node then clears its own disk by what the rows say; the store is cleared by whoever
comes first, and again by the others, which changes nothing. The shared file goes before the rows that lead to it, so that a
node killed in between does it again.
"""

from datetime import datetime, timedelta
from pathlib import Path

import crawler.store
from api import storage
from api.database import Database
from api.settings import Settings
from contracts import audit, originals, retention
from crawler import evidence

CLEARED = "cleared"  # the last entry of the audit log that this data folder was cleared by
OVERLAP = 10_000  # entries that are looked at again: one may be committed after others that were begun later


def old_evidence(database: Database, settings: Settings, *, now: datetime) -> list[str]:
    """Take away the evidence of months that were kept long enough; what the answers led to stays. Gives this node's files.

    Raises OSError when the shared store can't be reached: nothing is forgotten of the month that it was at.
    """
    if not settings.evidence_days:
        return []
    with database.read() as session:
        named = crawler.store.archives(session)
    before = (now - timedelta(days=settings.evidence_days)).date()
    here = evidence.kept(settings.archive)
    for file in evidence.outdated(named | here, before=before):
        _forget(database, settings, file)
    _forget_fetched(database, settings)
    return evidence.outdated(here, before=before)


def _forget(database: Database, settings: Settings, file: str) -> None:
    with database.read() as session:
        digests = crawler.store.only_in(session, file)
    storage.remove_answers(settings, digests)
    with database.write() as session:
        crawler.store.forget(session, [file])
    evidence.remove(settings.archive, file)


def _forget_fetched(database: Database, settings: Settings) -> None:
    """Answers that this node once fetched from the store, for a backup."""
    found = {path.name.split(".")[0]: path for path in (settings.data / storage.ANSWERS).glob("??/*.warc.gz")}
    with database.read() as session:
        for digest in crawler.store.forgotten(session, sorted(found)):
            found[digest].unlink(missing_ok=True)


def disposed(database: Database, settings: Settings) -> int:
    """Take away the files of contracts that were disposed of since this node looked last, on whichever node; how many there are.

    Raises OSError when the shared store can't be reached; then it is done again.
    """
    ledger = settings.data / CLEARED
    seen = int(ledger.read_text("utf-8")) if ledger.exists() else 0
    with database.read() as session:
        last = audit.last(session)
        gone = retention.disposed(session, after=min(seen, last) - OVERLAP)
    for digest in gone:
        originals.remove(settings.originals, digest)
        storage.remove_original(settings, digest)
    if last != seen:
        _write(ledger, str(last))
    return len(gone)


def _write(place: Path, words: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_suffix(".new")
    beside.write_text(words, "utf-8")
    beside.replace(place)
