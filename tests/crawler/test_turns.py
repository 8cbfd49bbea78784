"""Sources are taken once each and host by host, a lease that ran out is anyone's, and a look under an old one is refused."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from api.database import Database
from crawler import turns
from crawler.models import Source
from crawler.sources import SourceConfig
from crawler.turns import PortalHost, Turn, TurnLost

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
LEASE = timedelta(seconds=20)
HOUR = timedelta(hours=1)


def source(name: str, host: str = "", **values: object) -> SourceConfig:
    known = {"platform": "feed", "address": f"https://{host or name}.example/", "permission": "a test", "every": HOUR}
    return SourceConfig.model_validate({"name": name} | known | values)


CITY, NORTH, SHARED, SHARED_TOO = source("city"), source("north"), source("first", "shared"), source("second", "shared")


def enrolled(session: Session, *configs: SourceConfig, now: datetime = NOW, alone: bool = False) -> None:
    turns.enrol(session, configs, now=now, alone=alone)
    session.commit()


def take(session: Session, holder: str = "one", *, now: datetime = NOW, limit: int = 10) -> turns.Taken | None:
    return turns.take(session, holder=holder, now=now, lease=LEASE, limit=limit)


def due(session: Session) -> dict[str, datetime | None]:
    return dict(session.exec(select(Turn.source, Turn.due_at).order_by(col(Turn.source))).all())


def test_a_new_source_is_due_at_once_and_one_that_is_switched_off_never(session: Session) -> None:
    enrolled(session, CITY, source("off", enabled=False))
    assert due(session) == {"city": NOW}
    enrolled(session, CITY.model_copy(update={"enabled": False}))
    assert due(session) == {"city": None}
    assert not turns.waiting(session, now=NOW)
    assert take(session) is None


def test_a_known_source_waits_for_its_time_and_a_shorter_rhythm_counts_at_once(session: Session) -> None:
    session.add(Source(name="city", next_look_at=NOW + 12 * HOUR))
    enrolled(session, CITY.model_copy(update={"every": 24 * HOUR}))
    assert due(session) == {"city": NOW + 12 * HOUR}
    enrolled(session, CITY)
    assert due(session) == {"city": NOW + HOUR}


def test_two_nodes_take_different_sources(session: Session) -> None:
    enrolled(session, CITY, SHARED, SHARED_TOO)
    one, other = take(session, "one", limit=1), take(session, "other")
    assert one is not None
    assert other is not None
    assert (one.sources, other.sources) == (("city",), ("first", "second"))
    assert other.fences == {"shared.example": 1}


def test_a_host_is_one_nodes_though_more_of_its_sources_are_due(session: Session) -> None:
    enrolled(session, SHARED, SHARED_TOO)
    taken = take(session, limit=1)
    assert taken is not None
    assert len(taken.sources) == 1
    session.commit()
    assert not turns.waiting(session, now=NOW)
    assert take(session, "other") is None
    turns.give_back(session, taken)
    assert turns.waiting(session, now=NOW)


def test_a_row_that_another_is_just_taking_is_passed_over(database: Database) -> None:
    if not database.shared:
        pytest.skip("SQLite has one writer at a time")
    with Session(database.engine) as first, Session(database.engine) as second:
        enrolled(first, CITY)
        assert take(first, "one") is not None
        assert take(second, "other") is None  # and does not wait for the first one's commit


def test_a_lease_that_ran_out_is_anyones_and_the_late_look_is_refused(session: Session) -> None:
    enrolled(session, CITY)
    slow = take(session, "slow")
    session.commit()
    assert slow is not None
    turns.hold(session, slow, CITY)
    later = NOW + LEASE + timedelta(seconds=1)
    quick = take(session, "quick", now=later)
    session.commit()
    assert quick is not None
    with pytest.raises(TurnLost, match=r"city: another process took over city\.example"):
        turns.hold(session, slow, CITY)
    turns.hold(session, quick, CITY)
    assert not turns.keep(session, slow, until=later + LEASE)
    turns.give_back(session, slow)  # gives back nothing that is another's
    assert take(session, "third", now=later) is None


def test_a_lease_that_is_kept_is_nobody_elses(session: Session) -> None:
    enrolled(session, CITY)
    taken = take(session)
    assert taken is not None
    assert turns.keep(session, taken, until=NOW + 3 * LEASE)
    session.commit()
    assert take(session, "other", now=NOW + 2 * LEASE) is None


def test_what_was_stored_sets_the_next_turn(session: Session) -> None:
    enrolled(session, CITY)
    session.add(Source(name="city", next_look_at=NOW + HOUR))
    turns.looked(session, CITY)
    assert due(session) == {"city": NOW + HOUR}


def test_a_source_is_taken_by_name_though_it_is_not_watched(session: Session) -> None:
    turns.know(session, [CITY])
    turns.know(session, [CITY, NORTH])
    taken = turns.take_these(session, ["city", "north"], holder="person", now=NOW, lease=LEASE)
    assert taken is not None
    assert taken.sources == ("city", "north")
    session.add(Source(name="city", next_look_at=NOW + HOUR))
    turns.looked(session, CITY)
    assert due(session) == {"city": None, "north": None}


def test_a_process_that_is_alone_frees_what_was_left_over(session: Session) -> None:
    enrolled(session, CITY)
    take(session)
    session.commit()
    enrolled(session, CITY, alone=True)
    assert holders(session) == [None]


def holders(session: Session) -> Sequence[str | None]:
    return session.exec(select(PortalHost.holder)).all()
