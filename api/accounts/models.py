"""Tables of the accounts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, Text
from sqlmodel import Field, SQLModel

from contracts.vocabulary.columns import JSON_COLUMN, UTCDateTime

FIRST_ORGANISATION = 1


class Organisation(SQLModel, table=True):
    """A clinic or a network of clinics: the tenant that every private row belongs to."""

    id: int | None = Field(default=None, primary_key=True)
    name: str
    created_at: datetime = Field(sa_type=UTCDateTime)


class Person(SQLModel, table=True):
    """Someone who signs in: one address, one organisation, one role."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    address: str = Field(unique=True)  # mail address, lower case
    name: str = ""
    role: str
    language: str = ""  # of the pages, a key of api.languages.LANGUAGES; empty: what the browser asks for
    password_hash: str | None = Field(default=None, sa_type=Text)  # Argon2id, PHC string
    totp_secret: bytes | None = Field(default=None, sa_column=Column(LargeBinary))  # ciphertext; the key is no row
    totp_since: datetime | None = Field(default=None, sa_type=UTCDateTime)  # none: not asked for yet
    totp_step: int | None = None  # of the last code that was taken: none works twice
    created_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class SignIn(SQLModel, table=True):
    """A signed-in browser. Its token stands here only as a digest, so that a stolen database signs nobody in."""

    id: int | None = Field(default=None, primary_key=True)
    token_sha256: str = Field(unique=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    organisation_id: int
    browser: str = ""
    proved_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # when the second factor was last shown
    created_at: datetime = Field(sa_type=UTCDateTime)
    seen_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class RecoveryCode(SQLModel, table=True):
    """A code that stands in for a lost second factor, once; kept as a digest."""

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    code_sha256: str
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class SignInLink(SQLModel, table=True):
    """A link that signs one person in once; kept as a digest."""

    id: int | None = Field(default=None, primary_key=True)
    token_sha256: str = Field(unique=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    created_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class ApiKey(SQLModel, table=True):
    """A program's key: `prefix` names it, the secret stands here only as a digest, and it runs out within a year."""

    id: int | None = Field(default=None, primary_key=True)
    prefix: str = Field(unique=True)
    secret_sha256: str
    organisation_id: int = Field(index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    name: str
    scopes: list[Any] = Field(default_factory=list, sa_column=Column(JSON_COLUMN, nullable=False))
    created_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
