"""Every node's clock may strike: each fire time of a job is won once, and none after a later one."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from api.database import Database
from api.fires import slot, won

MINUTE = timedelta(minutes=1)
AT = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def test_every_node_means_the_same_fire_times() -> None:
    assert slot(AT + timedelta(seconds=59), MINUTE) == AT
    assert slot(AT, MINUTE) == AT
    assert slot(AT - timedelta(microseconds=1), MINUTE) == AT - MINUTE
    assert slot(AT + timedelta(hours=3), timedelta(days=1)) == datetime(2026, 11, 26, tzinfo=UTC)


def test_a_fire_is_won_once(session: Session) -> None:
    assert won(session, "remind", AT)
    assert not won(session, "remind", AT)
    assert won(session, "digest", AT)
    assert won(session, "remind", AT + MINUTE)
    assert not won(session, "remind", AT)  # a node whose clock is behind


def test_a_fire_whose_transaction_failed_is_still_to_be_won(database: Database) -> None:
    with Session(database.engine) as session:
        assert won(session, "remind", AT)
        session.rollback()
    with database.write() as session:
        assert won(session, "remind", AT)
