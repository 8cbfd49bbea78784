"""The clock: each source looked at in its rhythm, the first time at once, never two looks at one source together.

APScheduler says when; what is due at the same moment goes to one crawl process. A slow portal does not hold up the others:
while one process is still busy after `PATIENCE`, the next one starts beside it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from crawler.sources import SourceConfig

log = structlog.get_logger(__name__)

JITTER_SHARE = 0.1  # of a rhythm, so that sources of one rhythm drift apart
GATHERING = 0.3  # seconds: what becomes due within this moment shares a crawl process
PATIENCE = 20.0  # seconds a crawl process may take before what became due since starts in another
PROCESSES = 4  # crawl processes at most

Look = Callable[[Sequence[SourceConfig]], Awaitable[None]]


class Clock:
    """Fires each source by its rhythm; fires that were missed, or came while it was being looked at, count as one."""

    def __init__(self, look: Look, *, now: Callable[[], datetime]) -> None:
        self._look = look
        self._now = now
        self._scheduler = AsyncIOScheduler(job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
        self._due: dict[str, SourceConfig] = {}
        self._running: dict[asyncio.Task[None], frozenset[str]] = {}
        self._wake = asyncio.Event()
        self._stopping = False
        self._lanes: asyncio.Task[None] | None = None

    def watch(self, sources: Iterable[SourceConfig]) -> None:
        """Add every source that is switched on; the first look is at once."""
        for source in sources:
            if source.enabled:
                rhythm = source.every.total_seconds()
                trigger = IntervalTrigger(seconds=rhythm, jitter=rhythm * JITTER_SHARE)
                self._scheduler.add_job(self._fire, trigger, args=[source], id=f"crawl:{source.name}", next_run_time=self._now())

    def every(self, rhythm: timedelta, work: Callable[[], Awaitable[None]], *, name: str) -> None:
        """Add a housekeeping job."""
        self._scheduler.add_job(work, IntervalTrigger(seconds=rhythm.total_seconds()), id=name)

    def start(self) -> None:
        """Begin to fire; call inside the running event loop."""
        self._scheduler.start()
        self._lanes = asyncio.create_task(self._run(), name="crawl lanes")

    async def stop(self) -> None:
        """Fire no more, and wait for the looks in flight."""
        self._scheduler.shutdown(wait=False)
        self._stopping = True
        self._wake.set()
        if self._lanes is not None:
            await self._lanes

    async def _fire(self, source: SourceConfig) -> None:
        self._due[source.name] = source
        self._wake.set()

    async def _run(self) -> None:
        busy_since = 0.0
        loop = asyncio.get_running_loop()
        while not self._stopping:
            free = not self._running or (loop.time() - busy_since >= PATIENCE and len(self._running) < PROCESSES)
            if free and self._ready():
                await asyncio.sleep(GATHERING)
                batch = tuple(self._due.pop(name) for name in self._ready())
                task = asyncio.create_task(self._guarded(batch))
                self._running[task] = frozenset(source.name for source in batch)
                busy_since = loop.time()
                task.add_done_callback(self._ended)
                continue
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), PATIENCE if self._ready() else None)
            except TimeoutError:
                continue
        await asyncio.gather(*self._running, return_exceptions=True)

    def _ready(self) -> list[str]:
        """What is due and not being looked at."""
        busy = frozenset().union(*self._running.values())
        return [name for name in self._due if name not in busy]

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._wake.set()

    async def _guarded(self, batch: Sequence[SourceConfig]) -> None:
        try:
            await self._look(batch)
        except Exception:
            log.exception("look_failed", sources=[source.name for source in batch])
