"""The audit log: append-only, one chain of digests for each organisation, so that a change to the past shows.

An entry's digest covers its own words and the digest before it. The head row remembers where the chain ends: it is the lock
that keeps writers in line, and tells when the tail was cut off. The database refuses to change or delete entries besides.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, event, func, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from contracts.models import AuditEntry, AuditHead
from contracts.vocabulary import aware

BEGINNING = "0" * 64  # what stands before the first link
PER_STEP = 1_000  # entries read at a time while verifying


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the chain is whole; else the first broken link (a sequence number) and what is wrong with it."""

    entries: int
    broken: int | None = None
    reason: str | None = None

    @property
    def whole(self) -> bool:
        return self.broken is None


def record(
    session: Session, *, organisation_id: int, at: datetime, actor: str, action: str, subject: str, **detail: Any
) -> AuditEntry:
    """Append one entry. `detail` holds JSON values and never a secret: names of fields, not what stands in them."""
    head = _locked_head(session, organisation_id)
    entry = AuditEntry(
        organisation_id=organisation_id,
        sequence=head.sequence + 1,
        at=aware(at),
        actor=actor,
        action=action,
        subject=subject,
        detail=detail,
        previous=head.digest or BEGINNING,
        digest="",
    )
    entry.digest = digest(entry)
    head.sequence, head.digest = entry.sequence, entry.digest
    session.add_all([head, entry])
    session.flush()
    return entry


def verify(session: Session, *, organisation_id: int) -> Verdict:
    """Walk the whole chain and name its first broken link."""
    expected, count = BEGINNING, 0
    for entry in _walk(session, organisation_id):
        if entry.sequence != count + 1:
            return Verdict(count, count + 1, f"entry {count + 1} is missing")
        if entry.previous != expected:
            return Verdict(count, entry.sequence, f"entry {entry.sequence} does not follow the one before it")
        if digest(entry) != entry.digest:
            return Verdict(count, entry.sequence, f"entry {entry.sequence} was changed after it was written")
        expected, count = entry.digest, entry.sequence
    head = session.get(AuditHead, organisation_id, populate_existing=True)
    if head is None and count:
        return Verdict(count, count, "the chain's head is missing")
    if head is not None and (head.sequence, head.digest or BEGINNING) != (count, expected):
        return Verdict(count, count + 1, f"the chain ends at entry {count} and should end at {head.sequence}")
    return Verdict(count)


def digest(entry: AuditEntry) -> str:
    """The SHA-256 of the entry's words in canonical JSON, the digest before it among them."""
    words = [
        entry.organisation_id,
        entry.sequence,
        aware(entry.at).isoformat(),
        entry.actor,
        entry.action,
        entry.subject,
        entry.detail,
        entry.previous,
    ]
    return hashlib.sha256(json.dumps(words, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def entries(
    session: Session, *, organisation_id: int, subject: str | None = None, limit: int = 200, before: int | None = None
) -> Sequence[AuditEntry]:
    """The organisation's newest entries, of one subject or all; `before` is the sequence number the last page ended with."""
    query = select(AuditEntry).where(AuditEntry.organisation_id == organisation_id)
    if subject is not None:
        query = query.where(AuditEntry.subject == subject)
    if before is not None:
        query = query.where(col(AuditEntry.sequence) < before)
    return session.exec(query.order_by(col(AuditEntry.sequence).desc()).limit(limit)).all()


def _walk(session: Session, organisation_id: int) -> Iterator[AuditEntry]:
    after = 0
    while True:
        query = (
            select(AuditEntry)
            .where(AuditEntry.organisation_id == organisation_id, col(AuditEntry.sequence) > after)
            .order_by(col(AuditEntry.sequence))
            .limit(PER_STEP)
            .execution_options(populate_existing=True)
        )
        rows = session.exec(query).all()
        yield from rows
        if len(rows) < PER_STEP:
            return
        after = rows[-1].sequence


def last(session: Session) -> int:
    """The number of the newest entry of all chains; 0 when there is none."""
    return session.exec(select(func.max(AuditEntry.id))).one() or 0


def _locked_head(session: Session, organisation_id: int) -> AuditHead:
    """The chain's end, held until the transaction ends: a row lock on PostgreSQL, the write lock on SQLite.

    The insert comes first on both: it makes the row if it is missing, and takes SQLite's write lock before anything is read.
    """
    insert: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[session.get_bind().dialect.name]
    values = {"organisation_id": organisation_id, "sequence": 0, "digest": ""}
    session.execute(insert(AuditHead).values(values).on_conflict_do_nothing())
    query = select(AuditHead).where(AuditHead.organisation_id == organisation_id).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).one()


SQLITE = tuple(
    f"""CREATE TRIGGER IF NOT EXISTS auditentry_no_{verb.lower()} BEFORE {verb} ON auditentry BEGIN
        SELECT RAISE(ABORT, 'the audit log is append-only');
    END"""
    for verb in ("UPDATE", "DELETE")
)
POSTGRESQL = (
    """CREATE OR REPLACE FUNCTION auditentry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$""",
    """CREATE OR REPLACE TRIGGER auditentry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION auditentry_refuse()""",
)


def protect(connection: Connection) -> None:
    """Have the database refuse changes to entries; a migration calls this after it made `auditentry`."""
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL:
        connection.execute(text(statement))


def _attach(table: Table) -> None:
    event.listen(table, "after_create", lambda _table, connection, **_: protect(connection))


_attach(AuditEntry.metadata.tables["auditentry"])
