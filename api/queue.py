"""The engine of several nodes: Procrastinate's queue in the PostgreSQL that everybody shares.

A fire that a node wins becomes a queued job in the same statement; whichever node is free takes it (SKIP LOCKED), woken by
LISTEN/NOTIFY or, behind a pooler that can't carry that, by asking every second. What a dead node was doing is queued again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Status
from sqlalchemy import make_url

from api.database import CHANNEL
from api.house import House
from api.jobs import EngineAway, Job
from api.scheduler import Embedded
from api.settings import NO_DIRECT_WAY, Settings

log = structlog.get_logger(__name__)

HEARTBEAT = 3.0  # seconds between two signs of life of a node
SILENT = 12.0  # seconds after which a node without any counts as dead, and what it did is queued again
POLL = 1.0  # seconds between two questions to the queue when no notification comes
AGAIN = 1.0  # seconds before a worker that lost its database begins anew
CONNECTIONS = 6  # of the queue's own pool
PATIENCE = 5.0  # seconds to wait for one of them

FIRE = """
    INSERT INTO jobfire (job, at) VALUES (%(job)s, %(at)s)
    ON CONFLICT (job) DO UPDATE SET at = excluded.at WHERE jobfire.at < excluded.at RETURNING job"""
ASK = """
    WITH fired AS ({fired})
    SELECT procrastinate_defer_jobs_v1(ARRAY[
        ROW(%(job)s, %(job)s, 0, %(lock)s, %(job)s, '{{}}', NULL)::procrastinate_job_to_defer_v1]) FROM fired
    WHERE NOT EXISTS (SELECT FROM procrastinate_jobs WHERE queueing_lock = %(job)s AND status = 'todo')"""
ASK_WHO_WINS, ASK_ANYWAY = ASK.format(fired=FIRE), ASK.format(fired="SELECT %(job)s::text AS job")


class Queue:
    """Runs each job on whichever node takes it first; of one job at most one run waits, and unless it has lanes, one runs."""

    def __init__(self, house: House, jobs: Sequence[Job]) -> None:
        self._house, self._jobs = house, [job for job in jobs if not job.everywhere]
        self._here = Embedded(house)
        self._app = App(connector=_connector(house.settings))
        for job in self._jobs:
            self._app.task(name=job.name, queue=job.name)(self._work(job))
        self._listens = house.settings.database_direct_url != NO_DIRECT_WAY
        self._workers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        await self._app.open_async()
        lanes = {job.name: job.lanes for job in self._jobs if job.lanes > 1}
        others = [job.name for job in self._jobs if job.lanes == 1]
        workers = [([name], count) for name, count in lanes.items()] + ([(others, len(others))] if others else [])
        self._workers = [asyncio.create_task(self._stay(names, count), name=f"queue {names[0]}") for names, count in workers]
        if self._listens:
            self._workers.append(asyncio.create_task(self._listen(), name="deliveries"))
        else:
            await self._here.start()  # what other nodes wrote is found when the outbox looks by itself

    async def stop(self) -> None:
        for worker in self._workers:
            worker.cancel()  # each finishes what it has begun
        await asyncio.gather(*self._workers, self._here.stop(), return_exceptions=True)
        await self._app.close_async()

    async def fire(self, job: Job, at: datetime) -> None:
        if job.everywhere:
            await self._here.fire(job, at)
        elif job.waiting is None or await asyncio.to_thread(job.waiting, self._house):
            try:
                await self._ask(job, at)
            except ConnectorException as error:
                raise EngineAway(str(error.__cause__ or error)) from error

    async def _ask(self, job: Job, at: datetime) -> None:
        """Queue the job unless this fire was another node's, or a run of it waits already."""
        query, run = self._app.connector.execute_query_async, {"job": job.name, "lock": job.name if job.lanes == 1 else None}
        try:
            await (query(ASK_ANYWAY, **run) if job.waiting else query(ASK_WHO_WINS, at=at, **run))
        except UniqueViolation:  # another node has just queued a run of it
            if not job.waiting:
                await query(FIRE, job=job.name, at=at)

    async def revive(self) -> None:
        with suppress(ConnectorException):  # without a database there is nothing to be found in it
            manager = self._app.job_manager
            for left in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT):
                log.warning("job_taken_up", job=left.task_name, id=left.id)
                try:
                    await manager.retry_job(left)
                except UniqueViolation:  # the next run of it waits already, and does the same
                    await manager.finish_job(left, status=Status.FAILED, delete_job=True)

    def _work(self, job: Job) -> Callable[[], Awaitable[None]]:
        async def work() -> None:
            try:
                await asyncio.to_thread(job.run, self._house)
            except Exception:
                log.exception("job_failed", job=job.name)

        return work

    async def _stay(self, names: list[str], lanes: int) -> None:
        """Work on these queues until cancelled, whatever becomes of the database meanwhile."""
        while True:
            try:
                await self._app.run_worker_async(
                    queues=names,
                    concurrency=lanes,
                    listen_notify=self._listens,
                    fetch_job_polling_interval=POLL,
                    update_heartbeat_interval=HEARTBEAT,
                    stalled_worker_timeout=SILENT,
                    delete_jobs="always",
                    install_signal_handlers=False,
                )
            except Exception as error:  # the queue's own words for a lost database are many
                log.warning("queue_waits", queues=names, reason=str(error) or type(error).__name__)
            await asyncio.sleep(AGAIN)

    async def _listen(self) -> None:
        """Tell the house of deliveries that any node wrote, until cancelled; what is missed the outbox finds by itself."""

        async def heard(**_notification: object) -> None:
            self._house.told()

        while True:
            try:
                await self._app.connector.listen_notify(heard, [CHANNEL])
            except ConnectorException as error:
                log.warning("deliveries_not_heard_of", reason=str(error))
            await asyncio.sleep(AGAIN)


def _connector(settings: Settings) -> PsycopgConnector:
    """The queue's few connections: past a pooler where there is a way, since a notification is sent to a session."""
    direct = settings.database_direct_url if settings.database_direct_url != NO_DIRECT_WAY else ""
    address = make_url(direct or settings.url).set(drivername="postgresql").render_as_string(hide_password=False)
    return PsycopgConnector(
        conninfo=address,
        min_size=1,
        max_size=CONNECTIONS,
        timeout=PATIENCE,
        reconnect_timeout=PATIENCE,  # else its pauses between two tries grow to minutes
        kwargs={"prepare_threshold": None},
    )
