"""kill -9 of a worker at any moment: nothing lost, and at most one repeat per line and kill, under the same Message-ID."""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

import pytest
from sqlmodel import Session, select

from api.database import Database
from contracts.vocabulary import DeliveryState
from notifier.alerts import announce
from notifier.models import Delivery
from tests.faults.outbox_worker import LINES
from tests.notifier.factories import NOW, news, subscribed
from tests.notifier.servers import ScriptedRelay

ROOT = Path(__file__).parents[2]
# a run of hundreds: BIDKEEPER_KILLS=300 python -m pytest tests/faults/test_outbox_killed.py
KILLS = int(os.environ.get("BIDKEEPER_KILLS", "24"))
RECIPIENTS = 40
COMMANDS = 4 * RECIPIENTS  # MAIL, RCPT, DATA and the text; three lives of a quarter each always find work


class Killer:
    """Starts workers and ends each with SIGKILL when the relay has heard a number of commands that chance picked."""

    def __init__(self, relay: ScriptedRelay, url: str) -> None:
        self.relay = relay
        self.url = url

    async def __aenter__(self) -> "Killer":
        script = str(ROOT / "tests" / "faults" / "outbox_worker.py")
        self.nurse = await asyncio.create_subprocess_exec(
            *(sys.executable, script, self.url, str(self.relay.port)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.nurse.stdin
        self.nurse.stdin.close()
        await self.nurse.wait()

    async def one_life(self, commands: int) -> None:
        worker = int(await self._ask("start"))
        try:
            await self.relay.after_commands(commands)
        finally:
            os.kill(worker, signal.SIGKILL)
            await self._ask("reap")

    async def undisturbed(self, database: Database) -> None:
        """One worker that is left alone until the database says that all is sent."""
        worker = int(await self._ask("start"))
        try:
            while True:
                with database.read() as session:
                    if not undone(session):
                        return
                await self.relay.after_commands(1, patience=0.1)
        finally:
            os.kill(worker, signal.SIGKILL)
            await self._ask("reap")

    async def _ask(self, word: str) -> bytes:
        assert self.nurse.stdin
        assert self.nurse.stdout
        self.nurse.stdin.write(f"{word}\n".encode())
        await self.nurse.stdin.drain()
        return await self.nurse.stdout.readline()


def undone(session: Session) -> int:
    return len(session.exec(select(Delivery).where(Delivery.state != DeliveryState.SENT)).all())


@pytest.mark.timeout(60 + 8 * KILLS)
def test_a_worker_killed_at_any_moment_loses_nothing_and_repeats_at_most_one_mail_per_line(database: Database) -> None:
    chance = random.Random(4)
    with database.write() as session:
        for number in range(RECIPIENTS):
            subscribed(session, address=f"{number}@clinic.example")

    async def story() -> None:
        url = database.engine.url.render_as_string(hide_password=False)
        ahead = ("PIPELINING",) if "sqlite" in url else ()
        async with ScriptedRelay(extensions=ahead) as relay, Killer(relay, url) as killer:
            kills = 0
            release = 0
            while kills < KILLS:
                release += 1
                with database.write() as session:
                    announce(session, news(release_id=f"r{release}"), now=NOW)
                for _ in range(min(3, KILLS - kills)):
                    await killer.one_life(chance.randrange(1, COMMANDS // 4))
                    kills += 1
                await killer.undisturbed(database)
            judge(relay, release, kills)

    asyncio.run(story())


def judge(relay: ScriptedRelay, releases: int, kills: int) -> None:
    repeats = 0
    for number in range(RECIPIENTS):
        identities = relay.ids[f"{number}@clinic.example"]
        assert len(set(identities)) == releases, "a mail was lost, or repeated under another Message-ID"
        repeats += len(identities) - releases
    assert repeats <= kills * LINES
