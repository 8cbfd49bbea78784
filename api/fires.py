"""Each job's latest fire: the row that makes one run of the many nodes whose clocks all strike.

A job is keyed by (name, fire time); fire times are multiples of its rhythm since 1970, so that every node means the same ones. Whoever
raises the row first has the fire, and nobody has it twice.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col

from contracts.vocabulary.columns import UTCDateTime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class JobFire(SQLModel, table=True):
    """When a job was fired last; one row a job."""

    job: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime)


def slot(now: datetime, every: timedelta) -> datetime:
    """The latest fire time of that rhythm that is not after `now`."""
    return EPOCH + (now - EPOCH) // every * every


def won(session: Session, job: str, at: datetime) -> bool:
    """Whether this fire is ours: no node has fired the job for this time or a later one. It is, once the caller has committed."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    fired = insert(JobFire).values(job=job, at=at)
    later = fired.on_conflict_do_update(index_elements=[JobFire.job], set_={"at": at}, where=col(JobFire.at) < at)
    return session.connection().execute(later.returning(col(JobFire.job))).first() is not None
