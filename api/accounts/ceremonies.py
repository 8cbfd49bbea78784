"""Questions that wait for one answer: a passkey's challenge, a visit to an identity provider. Each is taken up once, soon, or never."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete, select

from api.accounts import tokens
from api.accounts.models import Ceremony

LASTS = timedelta(minutes=10)


def begin(session: Session, kind: str, *, now: datetime, person_id: int | None = None, **content: Any) -> str:
    """The token under which the answer comes back; what ran out unanswered is forgotten on the way."""
    session.exec(delete(Ceremony).where(col(Ceremony.expires_at) <= now))
    token = tokens.new()
    session.add(
        Ceremony(token_sha256=tokens.digest(token), kind=kind, person_id=person_id, content=content, expires_at=now + LASTS)
    )
    session.flush()
    return token


def take(session: Session, kind: str, token: str, *, now: datetime, person_id: int | None = None) -> dict[str, Any] | None:
    """What the ceremony holds, gone by this; None for one of another kind or person, taken up before, or too old."""
    query = select(Ceremony).where(Ceremony.token_sha256 == tokens.digest(token), Ceremony.kind == kind)
    row = session.exec(query.with_for_update()).first()
    if row is None or row.person_id != person_id:
        return None
    session.delete(row)
    session.flush()
    return row.content if now < row.expires_at else None
