"""The audit log can't be changed without it showing, whoever writes and however many at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from api.database import Database
from contracts import audit
from contracts.models import AuditEntry
from tests.contracts.factories import NOW


def wrote(session: Session, count: int, organisation_id: int = 1) -> None:
    for number in range(count):
        audit.record(
            session,
            organisation_id=organisation_id,
            at=NOW,
            actor="Ada",
            action="looked",
            subject=f"contract:{number}",
            page=number,
        )


def tampered(database: Database, statement: str) -> audit.Verdict:
    """The verdict after someone with the database's keys took the guard off and ran the statement."""
    guards = ["DROP TRIGGER auditentry_no_update", "DROP TRIGGER auditentry_no_delete"]
    if database.engine.dialect.name == "postgresql":
        guards = ["DROP TRIGGER auditentry_append_only ON auditentry"]
    with database.write() as session:
        for one in [*guards, statement]:
            session.execute(text(one))
        audit.protect(session.connection())  # the schema outlives this test
    with database.read() as session:
        return audit.verify(session, organisation_id=1)


def test_a_chain_is_whole_for_each_organisation(session: Session) -> None:
    wrote(session, 5)
    wrote(session, 2, organisation_id=2)
    assert audit.verify(session, organisation_id=1) == audit.Verdict(5)
    assert audit.verify(session, organisation_id=2) == audit.Verdict(2)
    assert audit.verify(session, organisation_id=3) == audit.Verdict(0)
    assert [row.subject for row in audit.entries(session, organisation_id=2)] == ["contract:1", "contract:0"]


@pytest.mark.parametrize(
    ("statement", "broken", "reason"),
    [
        ("UPDATE auditentry SET actor = 'Eve' WHERE sequence = 3", 3, "entry 3 was changed after it was written"),
        ("UPDATE auditentry SET detail = '{}' WHERE sequence = 2", 2, "entry 2 was changed"),
        ("DELETE FROM auditentry WHERE sequence = 4", 4, "entry 4 is missing"),
        ("DELETE FROM auditentry WHERE sequence = 5", 5, "ends at entry 4 and should end at 5"),
        ("UPDATE auditentry SET previous = digest, digest = previous WHERE sequence = 2", 2, "does not follow"),
        ("DELETE FROM audithead", 5, "head is missing"),
    ],
)
def test_the_first_broken_link_is_named(database: Database, statement: str, broken: int, reason: str) -> None:
    with database.write() as session:
        wrote(session, 5)
    verdict = tampered(database, statement)
    assert verdict.broken == broken
    assert reason in (verdict.reason or "")


@pytest.mark.parametrize("statement", ["UPDATE auditentry SET actor = 'Eve'", "DELETE FROM auditentry"])
def test_the_database_itself_refuses_to_change_entries(database: Database, statement: str) -> None:
    with database.write() as session:
        wrote(session, 1)
    with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
        session.execute(text(statement))


def test_writers_at_the_same_time_make_one_chain(database: Database) -> None:
    def write(_: int) -> None:
        with database.write() as session:
            wrote(session, 2)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(8)))
    with database.read() as session:
        assert audit.verify(session, organisation_id=1) == audit.Verdict(16)
        assert len(session.exec(select(AuditEntry)).all()) == 16
