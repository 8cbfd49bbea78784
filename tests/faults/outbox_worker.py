"""Worker processes for the tests to kill: each sends what is due in one database to one port, until it is ended.

Run as: python tests/faults/outbox_worker.py DATABASE_URL PORT. A line "start" on standard input forks a worker and prints
its process id (forking spares each one the imports); "reap" waits until it has ended and prints "gone".
"""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta

from api.database import Database
from notifier.channels.email import EmailChannel
from notifier.channels.smtp import Relay
from notifier.messages import Sender
from notifier.outbox import Outbox, OutboxSettings

LINES = 4
SENDER = Sender("https://bids.clinic.example", "Bidkeeper <alerts@bids.clinic.example>", "1 Main Street", "secret")


async def work(url: str, port: int) -> None:
    database = Database(url)
    channel = EmailChannel(SENDER, [Relay("127.0.0.1", port, security="none", timeout=10)], lines=LINES)
    settings = OutboxSettings(SENDER, batch=20, lease=timedelta(minutes=5), poll=0.05, alone=True)
    await Outbox(database.write, {"email": channel}, settings, lambda: datetime.now(UTC)).run(asyncio.Event())


def nurse(url: str, port: int) -> None:
    child = 0
    for line in sys.stdin:
        if line == "start\n":
            child = os.fork()
            if child == 0:
                asyncio.run(work(url, port))
            print(child, flush=True)
        else:
            os.waitpid(child, 0)
            print("gone", flush=True)


if __name__ == "__main__":
    nurse(sys.argv[1], int(sys.argv[2]))
