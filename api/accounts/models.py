"""Tables of the accounts."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from contracts.vocabulary import UTCDateTime

FIRST_ORGANISATION = 1


class Organisation(SQLModel, table=True):
    """A clinic or a network of clinics: the tenant that every private row belongs to."""

    id: int | None = Field(default=None, primary_key=True)
    name: str
    created_at: datetime = Field(sa_type=UTCDateTime)
