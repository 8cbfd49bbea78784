"""The clock's part in payees: what was approved and has cooled off takes effect, for every organisation."""

from datetime import datetime

from sqlmodel import col, select

from api.database import Database
from api.settings import Settings
from contracts import payees, vault
from contracts.models import PayeeChange


def apply_due(database: Database, settings: Settings, *, now: datetime) -> int:
    """Put approved changes whose wait is over into effect; how many. Without a key file there can be none.

    Raises VaultError for a key file that can't be used; a repeat does nothing.
    """
    with database.read() as session:
        query = select(PayeeChange.organisation_id).where(PayeeChange.state == "approved", col(PayeeChange.effective_at) <= now)
        waiting = session.exec(query.distinct()).all()
    if not waiting:
        return 0
    ring = vault.KeyRing.parse(settings.keys.read_text("utf-8"))
    done = 0
    for organisation_id in waiting:
        with database.write() as session:
            done += len(payees.apply_due(session, keys=payees.Vault(ring, organisation_id), now=now))
    return done
