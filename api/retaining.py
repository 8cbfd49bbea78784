"""Disposal of contracts that were kept long enough: rows first, then the files that nothing names any more."""

from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from api.database import Database
from api.settings import Settings
from contracts import holds, originals, retention, store
from contracts.days import home_day

BY_THE_CLOCK = "kept as long as its rule says"


def dispose(
    database: Database, folder: Path, contract_id: int, *, organisation_id: int, by: str, reason: str, now: datetime
) -> bool:
    """Remove one contract of the organisation and its files; False when there is none. Raises holds.Held.

    Killed between the two, files stay that no row names: they can be found by nobody, and a second look removes nothing else.
    """
    with database.write() as session:
        row = store.contract(session, contract_id, organisation_id=organisation_id)
        if row is None:
            return False
        gone = retention.dispose(session, row, by=by, reason=reason, now=now)
    for digest in gone:
        originals.remove(folder, digest)
    return True


def dispose_due(database: Database, settings: Settings, *, now: datetime) -> int:
    """The clock's part: what is due in organisations that leave it to the clock; how many went. What is held stays."""
    done = 0
    with database.read() as session:
        waiting = [(one, _due(session, one, now)) for one in retention.organisations(session)]
    for organisation_id, contract_ids in waiting:
        for contract_id in contract_ids:
            try:
                done += dispose(
                    database,
                    settings.originals,
                    contract_id,
                    organisation_id=organisation_id,
                    by="clock",
                    reason=BY_THE_CLOCK,
                    now=now,
                )
            except holds.Held:
                continue  # a hold was placed since we looked
    return done


def _due(session: Session, organisation_id: int, now: datetime) -> list[int]:
    found = retention.due(session, organisation_id=organisation_id, today=home_day(now))
    return [one.contract.id for one in found if one.hold is None and one.contract.id is not None]
