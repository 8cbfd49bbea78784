"""The outbox of this installation: who writes, and the channels its settings open."""

from collections.abc import Callable
from datetime import datetime

from api.database import Database
from api.keys import link_secret
from api.settings import Settings
from notifier import standstill
from notifier.channels import Channel
from notifier.channels.email import EmailChannel
from notifier.channels.smtp import Relay
from notifier.enquiries import Posting
from notifier.messages import Sender
from notifier.outbox import Outbox, OutboxSettings

HELD = (
    "Sending is on hold since the restore: `bidkeeper outbox --go-on` sends what waits, "
    "`bidkeeper outbox --go-on --forget` only what comes from now on"
)


def sending_is_held(database: Database) -> bool:
    """Whether nothing is sent until a person says so."""
    with database.engine.connect() as connection:
        return standstill.stands(connection)


def sender(settings: Settings) -> Sender:
    """Who writes, where the links lead, and what signs them."""
    return Sender(settings.public_url, settings.mail_from, settings.mail_postal_address, link_secret(settings))


def posting(settings: Settings) -> Posting:
    """How a person's own mail leaves here: under which domain, and where answers come in."""
    return Posting(sender(settings).domain, settings.reply_mailbox.strip())


def outbox(database: Database, settings: Settings, clock: Callable[[], datetime], *, alone: bool = False) -> Outbox:
    """The outbox over this database. `alone` says that no other process sends from it."""
    me = sender(settings)
    return Outbox(database.write, channels(settings, me), OutboxSettings(me, alone=alone), clock)


def channels(settings: Settings, me: Sender) -> dict[str, Channel]:
    """The channels that can be used: without a relay, mail is not one, and deliveries by mail wait for it."""
    if not settings.smtp_host:
        return {}
    relay = Relay(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_username,
        settings.smtp_password.get_secret_value(),
        settings.smtp_timeout,
    )
    return {"email": EmailChannel(me, [relay])}
