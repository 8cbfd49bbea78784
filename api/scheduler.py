"""The clock that strikes on every node, and the engine that works in the serving process itself.

APScheduler says when to look at the table of jobs; a job is fired once for each of its fire times, whichever node notices first.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import SQLAlchemyError

from api.clock import ServerTime
from api.fires import slot, won
from api.house import House
from api.jobs import Engine, EngineAway, Job

log = structlog.get_logger(__name__)

TICK = 1.0  # seconds between two looks at the table
TENDED = 5  # ticks between two looks after nodes that are gone
MEASURED = 60  # ticks between two comparisons with the server's clock
PATIENCE = 20.0  # seconds a run may take before another run of the same job starts beside it


class Clock:
    """Fires every job of a table by its rhythm into an engine; fires that were missed count as one."""

    def __init__(self, engine: Engine, house: House, jobs: Sequence[Job]) -> None:
        self._engine, self._house, self._jobs = engine, house, jobs
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        self._last: dict[str, datetime] = {}
        self._ticks = 0

    def start(self) -> None:
        """Begin to fire, at once; call inside the running event loop."""
        self._scheduler.add_job(self.tick, IntervalTrigger(seconds=TICK), next_run_time=datetime.now(UTC))
        self._scheduler.start()

    def stop(self) -> None:
        """Fire no more."""
        self._scheduler.shutdown(wait=False)

    async def tick(self) -> None:
        """Fire what has become due since the last tick. Without a database nothing is; it is fired when that is back."""
        try:
            await self._tend()
            for job in self._jobs:
                at = slot(self._house.now(), job.every)
                if at > self._last.get(job.name, at - job.every):
                    await self._engine.fire(job, at)
                    self._last[job.name] = at
        except (SQLAlchemyError, EngineAway) as error:
            log.warning("clock_waits", reason=str(error).splitlines()[0])
        self._ticks += 1

    async def _tend(self) -> None:
        now = self._house.now
        if isinstance(now, ServerTime) and self._ticks % MEASURED == MEASURED - 1:
            await asyncio.to_thread(now.measure)
        if self._ticks % TENDED == 0:
            await self._engine.revive()


class Embedded:
    """Runs each job in a thread of this process. A run that is slow does not hold up the next one for longer than `PATIENCE`."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._running: set[asyncio.Task[None]] = set()
        self._lanes: Counter[str] = Counter()
        self._since: dict[str, float] = {}

    async def start(self) -> None:
        self._house.database.told = self._house.told

    async def stop(self) -> None:
        await asyncio.gather(*self._running, return_exceptions=True)

    async def revive(self) -> None:
        return  # what this process left behind has ended with it

    async def fire(self, job: Job, at: datetime) -> None:
        if self._is_free(job) and await asyncio.to_thread(self._is_ours, job, at):
            self._lanes[job.name] += 1
            self._since[job.name] = asyncio.get_running_loop().time()
            task = asyncio.create_task(self._run(job), name=job.name)
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    def _is_free(self, job: Job) -> bool:
        busy = self._lanes[job.name]
        patient = asyncio.get_running_loop().time() - self._since.get(job.name, 0.0) < PATIENCE
        return busy == 0 or (busy < job.lanes and not patient)

    def _is_ours(self, job: Job, at: datetime) -> bool:
        if job.waiting:
            return job.waiting(self._house)
        if job.everywhere:
            return True
        with self._house.database.write() as session:
            return won(session, job.name, at)

    async def _run(self, job: Job) -> None:
        try:
            await asyncio.to_thread(job.run, self._house)
        except Exception:
            log.exception("job_failed", job=job.name)
        finally:
            self._lanes[job.name] -= 1
