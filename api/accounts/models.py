"""Tables of the accounts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, Text, UniqueConstraint
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
    passkey_since: datetime | None = Field(default=None, sa_type=UTCDateTime)  # none: has no passkey
    subject: str | None = Field(default=None, sa_type=Text)  # who the identity provider says this is, once they came in by it
    created_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    @property
    def has_second_factor(self) -> bool:
        """Whether a session of theirs must show more than a password or a link."""
        return self.totp_since is not None or self.passkey_since is not None


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


class Passkey(SQLModel, table=True):
    """A key pair that a person's device holds (WebAuthn); only its public half is here."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int
    person_id: int = Field(foreign_key="person.id", index=True)
    credential: str = Field(unique=True, sa_type=Text)  # the credential's id, base64url
    public_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # COSE
    uses: int = 0  # the device's own counter; some never count
    name: str
    created_at: datetime = Field(sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Ceremony(SQLModel, table=True):
    """A question put to a device or an identity provider, and what its answer must match; taken up once, then gone."""

    id: int | None = Field(default=None, primary_key=True)
    token_sha256: str = Field(unique=True)
    kind: str
    person_id: int | None = Field(default=None, foreign_key="person.id")
    content: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON_COLUMN, nullable=False))
    expires_at: datetime = Field(sa_type=UTCDateTime, index=True)


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


class Replay(SQLModel, table=True):
    """An answer kept under its Idempotency-Key, so that a request sent twice is done once; status 0 while it is being done."""

    __table_args__ = (UniqueConstraint("organisation_id", "actor", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int
    actor: str  # whose key it is: the same word from two programs is two keys
    key: str
    request_sha256: str
    status: int = 0
    media_type: str = ""
    body: bytes | None = Field(default=None, sa_column=Column(LargeBinary))  # ciphertext: an answer may hold what is shown once
    created_at: datetime = Field(sa_type=UTCDateTime, index=True)


class Breach(SQLModel, table=True):
    """A breach of security safeguards, recorded whether or not it had to be reported; kept for 24 months and longer."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(index=True)
    happened: str  # when, in words: often only a span is known
    found_at: datetime = Field(sa_type=UTCDateTime)
    circumstances: str = Field(sa_type=Text)
    information: str = Field(sa_type=Text)
    people: int | None = None  # how many are affected; none: not known
    serious: bool  # a real risk of significant harm: then it is reported and the people are told
    assessment: str = Field(sa_type=Text)
    reported_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    told_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    recorded_by: str
    recorded_at: datetime = Field(sa_type=UTCDateTime)
