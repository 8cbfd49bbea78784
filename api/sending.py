"""What sends on this node: one outbox for mail and one for all other channels, so that a slow receiver holds up no mail."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from api.database import Database
from api.outgoing import LEASE, outbox, sender
from api.settings import Settings
from notifier.channels import Channel
from notifier.channels.apprise import AppriseChannel
from notifier.channels.webhook import WebhookChannel
from notifier.outbox import Outbox, OutboxSettings


class Sending:
    """Outboxes that run and are woken together."""

    def __init__(self, *outboxes: Outbox) -> None:
        self.outboxes = outboxes

    def nudge(self) -> None:
        """Say that there is something new to send; from any thread."""
        for one in self.outboxes:
            one.nudge()

    async def run(self, stop: asyncio.Event) -> None:
        """Send what becomes due until `stop` is set."""
        async with asyncio.TaskGroup() as group:
            for one in self.outboxes:
                group.create_task(one.run(stop))


def sending(database: Database, settings: Settings, clock: Callable[[], datetime], *, alone: bool = False) -> Sending:
    """Everything that sends over this database. `alone` says that no other process sends from it."""
    me = sender(settings)
    others = Outbox(database.write, connections(settings, clock), OutboxSettings(me, batch=50, alone=alone, lease=LEASE), clock)
    return Sending(outbox(database, settings, clock, alone=alone), others)


def connections(settings: Settings, clock: Callable[[], datetime]) -> dict[str, Channel]:
    """The channels other than mail; they need no setting of the installation."""
    me, inward = sender(settings), settings.allow_loopback_connections
    return {
        "webhook": WebhookChannel(me, clock=clock, allow_loopback=inward),
        "apprise": AppriseChannel(me, allow_loopback=inward),
    }
