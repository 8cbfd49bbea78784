"""One clock for all: where several machines share a database, its time is everybody's, whatever their own clocks say.

A lease, a due time, the order of two releases: each is a comparison of moments that different nodes wrote. So a node asks the server
for the time now and then and counts on from there by its monotonic clock, which no correction of the wall clock can move.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from api.database import Database

Now = Callable[[], datetime]


class ServerTime:
    """The database server's time, as of the last `measure` and the seconds since; calling it asks nobody."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.measure()

    def __call__(self) -> datetime:
        at, then = self._known
        return at + timedelta(seconds=time.monotonic() - then)

    def measure(self) -> None:
        """Ask the server. Raises SQLAlchemyError when it does not answer, and then counts on as before."""
        with self._database.engine.connect() as connection:
            before = time.monotonic()
            at: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
            self._known = (at.astimezone(UTC), (before + time.monotonic()) / 2)


def house_clock(database: Database, now: Now) -> Now:
    """The clock that every part of a node goes by: the server's where there is one, else the machine's own `now`."""
    return ServerTime(database) if database.shared else now
