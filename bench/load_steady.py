"""Steady state on a full database: looks come at the pace of its sources, and what they find new is mailed while it is stored.

Forty sources of two hundred bids stand for all: each look repeats them, and one look in ten shows a bid more. Fetching is left out
(portals are not measured here); what is measured begins with a look that has come in and ends with the relay's acceptance on record.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

from sqlalchemy import text

from api import journeys
from api.database import Database
from api.outgoing import outbox
from api.settings import Settings
from bench import sink
from bench.synthetic import WIDE, WORDS, Scale
from contracts.vocabulary import TenderStatus
from crawler.items import Look, Posting
from crawler.sources import SourceConfig

LIVE, EACH = 40, 200  # sources that are looked at, and bids that each shows at first
RHYTHM = 1_800  # seconds between two looks at a source
NEWS = 10  # of so many looks one has news
PATIENCE = 300.0  # seconds for everything to be sent
LAGS = """SELECT extract(epoch FROM sent_at - created_at) * 1000 FROM delivery
    WHERE created_at >= CAST(:since AS timestamptz) AND state <> 'suppressed'"""


@dataclass(frozen=True, slots=True)
class Steady:
    """Milliseconds that each look took to store, and that each mail was under way; `late` looks began a second too late or more."""

    pace: float  # looks a second
    looks: list[float]
    lags: list[float]
    late: int
    wide: int  # mails of one posting that very many want
    wide_seconds: float

    def said(self) -> str:
        """The measurement in sentences."""
        return (
            f"{len(self.looks)} looks of about {EACH} bids at {self.pace:.1f} a second: {_spread(self.looks)} ms to store one"
            f" ({self.late} could not begin in time); {len(self.lags)} mails of {len(self.looks) // NEWS} new bids: {_spread(self.lags)} ms"
            " from the look that showed the bid to the relay's acceptance on record. One posting that very many want, all at once:"
            f" {self.wide:,} mails in {self.wide_seconds:.1f} s."
        )


def steady(database: Database, folder: Path, scale: Scale, *, seconds: float = 60.0) -> Steady:
    """So many seconds of the looks that `scale` makes come (one a second at least), and the mails that follow from them; then one
    posting that very many want.
    """
    sources = [_source(number) for number in range(LIVE)]
    shown = {source.name: [_posting(source, n, "Baseline") for n in range(EACH)] for source in sources}
    for source in sources:
        _record(database, source, shown[source.name])
    with sink.running() as port:
        settings = Settings(
            data=folder, database_url=database.url, smtp_host="127.0.0.1", smtp_port=port, smtp_security="none",
            mail_from="Bidkeeper <alerts@bids.clinic.example>", mail_postal_address="1 Main Street",
        )  # fmt: skip
        return asyncio.run(_steady(database, settings, sources, shown, pace=max(1.0, scale.sources / RHYTHM), seconds=seconds))


async def _steady(
    database: Database,
    settings: Settings,
    sources: list[SourceConfig],
    shown: dict[str, list[Posting]],
    *,
    pace: float,
    seconds: float,
) -> Steady:
    sending, stop = outbox(database, settings, lambda: datetime.now(UTC), alone=True), asyncio.Event()
    database.told = sending.nudge
    running = asyncio.create_task(sending.run(stop))
    since = datetime.now(UTC)
    looks, late = await asyncio.to_thread(_look, database, sources, shown, pace, seconds)
    lags = await _sent(database, since)
    since, began = datetime.now(UTC), time.monotonic()
    shown[sources[0].name].append(_posting(sources[0], 10_000, WIDE))
    await asyncio.to_thread(_record, database, sources[0], shown[sources[0].name])
    wide = await _sent(database, since)
    wide_seconds = time.monotonic() - began
    stop.set()
    sending.nudge()
    await running
    return Steady(pace, looks, lags, late, len(wide), wide_seconds)


def _look(
    database: Database, sources: list[SourceConfig], shown: dict[str, list[Posting]], pace: float, seconds: float
) -> tuple[list[float], int]:
    took, late, began = [], 0, time.monotonic()
    for number in range(int(seconds * pace)):
        ahead = began + number / pace - time.monotonic()
        late += ahead < -1.0
        time.sleep(max(0.0, ahead))
        source = sources[number % LIVE]
        if number % NEWS == NEWS - 1:
            words = [WORDS[(number * 7 + step * 11) % len(WORDS)] for step in range(14)]
            shown[source.name].append(_posting(source, EACH + number, " ".join(words)))
        took.append(_record(database, source, shown[source.name]))
    return took, late


def _record(database: Database, source: SourceConfig, postings: list[Posting]) -> float:
    """Milliseconds that it took to store a look and what it tells."""
    began, now = time.perf_counter(), datetime.now(UTC)
    look = Look(source.name, now, postings=tuple(postings), rows=len(postings))
    with database.write() as session:
        journeys.record(session, source, look, now=now, operator="")
    return (time.perf_counter() - began) * 1_000


async def _sent(database: Database, since: datetime) -> list[float]:
    """How long each mail written since then was under way, once all are sent. Raises TimeoutError."""
    ends = time.monotonic() + PATIENCE
    while True:
        if time.monotonic() > ends:
            raise TimeoutError("mails are still waiting: nobody sends them")
        with database.engine.connect() as connection:
            found = list(connection.execute(text(LAGS), {"since": since}).scalars())
        if None not in found:
            return [float(lag) for lag in found]
        await asyncio.sleep(0.2)


def _source(number: int) -> SourceConfig:
    return SourceConfig(
        name=f"live-{number}", platform="html-list", address=f"https://live-{number}.example/", permission="a measurement"
    )


def _posting(source: SourceConfig, number: int, title: str) -> Posting:
    closes = datetime.now(UTC).replace(microsecond=0, second=0) + timedelta(days=30)
    return Posting(
        id=str(number),
        number=f"{source.name}-{number}",
        title=f"Lot {source.name}-{number} {title}",
        status=TenderStatus.OPEN,
        closes=closes,
    )


def _spread(values: list[float]) -> str:
    """The median, and the largest of ninety-nine in a hundred: "12 (p99 40)"."""
    if len(values) < 2:
        return ", ".join(f"{value:.0f}" for value in values) or "none"
    cuts = quantiles(values, n=100)
    return f"{cuts[49]:.0f} (p99 {cuts[98]:.0f})"
