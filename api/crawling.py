"""Looking at what is due: taken under a lease that is renewed while the look lasts, and stored only while it holds."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from api import journeys
from api.house import House
from crawler import turns
from crawler.process import Pulse
from crawler.sources import SourceConfig
from crawler.store import Saved
from crawler.turns import Taken

BATCH = 50  # sources that share a crawl process at most
LEASE = timedelta(seconds=20)  # how long a host stays with a node that is not heard of
RENEWED = 4.0  # seconds between two renewals
PATIENCE = 12.0  # seconds without a renewal after which the crawl process ends: less than the lease, by all it may come late
PROMPT = 1.0  # seconds within which a renewal is passed on; one that took longer may have been overtaken


def due(house: House) -> bool:
    """Whether there is a source to look at."""
    with house.database.read() as session:
        return turns.waiting(session, now=house.now())


def look(house: House) -> Iterator[Saved]:
    """Look at the sources that are due, in one crawl process; nothing when another node was quicker."""
    with house.database.write() as session:
        taken = turns.take(session, holder=_name(), now=house.now(), lease=LEASE, limit=BATCH)
    if taken:
        yield from _look(house, taken)


def look_at(house: House, sources: Sequence[SourceConfig], *, patience: float) -> Iterator[Saved]:
    """Look at these sources now; those whose host is taken are waited for, `patience` seconds. Raises TimeoutError naming them."""
    with house.database.write() as session:
        turns.know(session, sources)
    left, ends = {source.name for source in sources}, time.monotonic() + patience
    while left:
        with house.database.write() as session:
            taken = turns.take_these(session, sorted(left), holder=_name(), now=house.now(), lease=LEASE)
        if taken:
            yield from _look(house, taken)
            left -= set(taken.sources)
        elif time.monotonic() > ends:
            raise TimeoutError(f"another process is looking at the host of {', '.join(sorted(left))}: try again in a minute")
        else:
            time.sleep(0.2)


def _look(house: House, taken: Taken) -> Iterator[Saved]:
    known = [house.sources[name] for name in taken.sources if name in house.sources]
    with _held(house, taken) as pulse:
        yield from journeys.watch(house.database, known, taken, settings=house.settings, clock=house.now, pulse=pulse)


@contextmanager
def _held(house: House, taken: Taken) -> Iterator[Pulse]:
    """Keep the lease while the block lasts, and let the crawl process feel that it is kept."""
    reading, writing = os.pipe()
    over = threading.Event()
    heart = threading.Thread(target=_beat, args=(house, taken, writing, over), name="lease", daemon=True)
    heart.start()
    try:
        yield Pulse(reading, PATIENCE)
    finally:
        over.set()
        heart.join()
        os.close(reading)
        os.close(writing)
        with suppress(SQLAlchemyError), house.database.write() as session:  # the lease runs out by itself
            turns.give_back(session, taken)


def _beat(house: House, taken: Taken, writing: int, over: threading.Event) -> None:
    while not over.wait(RENEWED):
        began, kept = time.monotonic(), False
        with suppress(SQLAlchemyError), house.database.write() as session:  # no database, no renewal: the crawl will end
            kept = turns.keep(session, taken, until=house.now() + LEASE)
        if kept and time.monotonic() - began < PROMPT:
            os.write(writing, b".")


def _name() -> str:
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"
