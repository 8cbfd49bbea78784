"""The outbox of this installation: who writes, and the channels its settings open."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from api.configuration import PREFIX, ConfigurationUnreadable
from api.database import Database
from api.keys import link_secret
from api.sentences import sentence_in
from api.settings import Settings
from notifier import standstill
from notifier.channels import Channel
from notifier.channels.email import EmailChannel
from notifier.channels.pacing import read_limits
from notifier.channels.relays import read_relays
from notifier.channels.smtp import Relay
from notifier.enquiries import Posting
from notifier.messages import Sender
from notifier.outbox import Outbox, OutboxSettings
from notifier.signing import Signer
from notifier.warming import WarmUp

Read = TypeVar("Read")

LEASE = timedelta(seconds=30)  # after which another node sends what a dead one had claimed
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
    me = Sender(settings.public_url, settings.mail_from, settings.mail_postal_address, link_secret(settings), say=sentence_in)
    read = settings.mailbox_maildir is not None or bool(settings.mailbox_host)
    return replace(me, mailbox=me.address) if read else me


def posting(settings: Settings) -> Posting:
    """How a person's own mail leaves here: under which domain, and where answers come in."""
    return Posting(sender(settings).domain, settings.reply_mailbox.strip())


def outbox(database: Database, settings: Settings, clock: Callable[[], datetime], *, alone: bool = False) -> Outbox:
    """The outbox over this database. `alone` says that no other process sends from it."""
    me = sender(settings)
    writing = OutboxSettings(me, alone=alone, lease=LEASE, warm_up=_warm_up(settings))
    return Outbox(database.write, channels(settings, me), writing, clock)


def channels(settings: Settings, me: Sender) -> dict[str, Channel]:
    """The channels that can be used: without a relay, mail is not one, and deliveries by mail wait for it.

    Raises ConfigurationUnreadable for a setting of the mail that can't be used.
    """
    if not settings.smtp_host:
        return {}
    mail = EmailChannel(
        me,
        relays(settings),
        lines=settings.smtp_connections,
        limits=_read("MAIL_LIMITS", lambda: read_limits(settings.mail_limits)),
        signer=signer(settings, me),
        bounce_mailbox=settings.bounce_mailbox.strip(),
    )
    return {"email": mail}


def relays(settings: Settings) -> list[Relay]:
    """The relay and those to fall back on, in the order they are tried; raises ConfigurationUnreadable."""
    first = Relay(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_username,
        settings.smtp_password.get_secret_value(),
        settings.smtp_timeout,
    )
    others = settings.smtp_fallbacks.get_secret_value()
    return [first, *_read("SMTP_FALLBACKS", lambda: read_relays(others, timeout=settings.smtp_timeout))]


def signer(settings: Settings, me: Sender) -> Signer | None:
    """Who signs the mails, if anyone; raises ConfigurationUnreadable."""
    key = settings.dkim_key.get_secret_value()
    if not key:
        return None
    return _read("DKIM_KEY", lambda: Signer.of(settings.dkim_domain or me.domain, settings.dkim_selector, key.encode()))


def _warm_up(settings: Settings) -> WarmUp | None:
    if not settings.mail_warm_up:
        return None
    if settings.mail_warm_up_since is None:
        raise ConfigurationUnreadable("BIDKEEPER_MAIL_WARM_UP needs a first day: set BIDKEEPER_MAIL_WARM_UP_SINCE to it")
    return WarmUp(settings.mail_warm_up, settings.mail_warm_up_since)


def _read(name: str, reading: Callable[[], Read]) -> Read:
    try:
        return reading()
    except ValueError as error:
        raise ConfigurationUnreadable(f"{PREFIX}{name} can't be used: {error}") from None
