"""The follow-ups of every organisation's enquiries: who is reminded, and whose weight is asked for."""

from datetime import datetime

from sqlmodel import Session

from api.accounts.roles import Role
from api.accounts.store import people
from api.database import Database
from api.desks import own_desks
from api.settings import Settings
from notifier import desks, enquiries


def follow_up(database: Database, settings: Settings, *, now: datetime) -> int:
    """Mail what has become due about silent desks; how many mails. Raises DesksRefused for an operator's file that can't be read."""
    own = own_desks(settings)
    titles = {desk.key: desk.title for desk in desks.load(*((own,) if own else ()))}
    with database.write() as session:
        written = enquiries.follow_up(
            session,
            now=now,
            days=settings.follow_up_days,
            titles=titles,
            owners=lambda organisation_id: _owners(session, organisation_id),
        )
    return len(written)


def _owners(session: Session, organisation_id: int) -> list[str]:
    return [person.address for person in people(session, organisation_id=organisation_id) if Role(person.role).manages]
