"""Everything Apprise speaks (Slack, Teams, SMS, ntfy and a hundred more): the address is an Apprise URL.

Such a URL is itself a secret, so it is kept sealed, shown as the service's name and a few digits, and never logged. Services
that reach into this machine, or send mail past the outbox's relay, are refused; all others may connect to public addresses
only (`outward`), redirects included.
"""

import asyncio
import logging
import warnings
from functools import cache
from typing import Any

from notifier.addresses import InvalidAddress
from notifier.channels import Feed, Outcome, Parcel, Report, Result
from notifier.channels.kinds import Kind, Target
from notifier.channels.outward import only_outward
from notifier.messages import Recipient, Sender, compose
from notifier.sealing import Unsealable, derived, seal, unseal

LINES = 4
PURPOSE = "apprise"
# this machine's own desktop, files and logs, and mail, which has a channel of its own
REFUSED = frozenset(
    {"syslog", "rsyslog", "dbus", "kde", "qt", "glib", "gnome", "macosx", "windows", "file", "mailto", "mailtos", "pyfile"}
)
_HOW = "write it as https://github.com/caronc/apprise/wiki says for the service, as in slack://TokenA/TokenB/TokenC/#channel"


def read(typed: str, secret: str) -> Target:
    """The target of an Apprise URL; raises InvalidAddress for one that Apprise can't read or that is not used here."""
    url = typed.strip()
    schema = url.partition("://")[0].casefold()
    if schema in REFUSED:
        raise InvalidAddress(f"{schema[:20]!r} is not used here: mail has its own channel, and alerts leave this machine")
    service = _service(url)
    if service is None:
        raise InvalidAddress(f"this is no address of a service that Apprise knows; {_HOW}")
    digits = derived(f"{PURPOSE}:{url}", secret=secret).hex()[:8]
    return Target(f"{service.service_name} {digits}", {"url": seal(url, secret=secret, purpose=PURPOSE)})


KIND = Kind("apprise", read)


class AppriseChannel:
    """Hands parcels to Apprise, in threads, since it waits for each answer."""

    def __init__(self, sender: Sender, *, allow_loopback: bool = False) -> None:
        self.sender = sender
        self.allow_loopback = allow_loopback
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it would log addresses

    async def send(self, feed: Feed, report: Report) -> None:
        """See `Channel.send`."""
        async with asyncio.TaskGroup() as group:
            for _ in range(LINES):
                group.create_task(self._line(feed, report))

    async def _line(self, feed: Feed, report: Report) -> None:
        while (parcel := await feed.take()) is not None:
            await report(parcel, await asyncio.to_thread(self._attempt, parcel))

    def _attempt(self, parcel: Parcel) -> Outcome:
        try:
            url = unseal(str((parcel.options or {}).get("url", "")), secret=self.sender.secret, purpose=PURPOSE)
            subject, text = self._words(parcel)
        except Unsealable as error:
            return Outcome(Result.FAILED, text=str(error))
        except Exception as error:  # whatever is wrong with one message must not stop the others
            return Outcome(Result.FAILED, text=f"the message can't be made: {error or type(error).__name__}")
        service = _service(url)
        if service is None:
            return Outcome(Result.FAILED, text="this version of Apprise does not know the address any more")
        try:
            with only_outward(allow_loopback=self.allow_loopback):
                taken = service.notify(body=text, title=subject, body_format="text")
        except Exception as error:  # a service's own oddity
            return Outcome(Result.DELAYED, text=f"{service.service_name} could not be reached: {type(error).__name__}")
        if taken:
            return Outcome(Result.SENT)
        return Outcome(Result.DELAYED, text=f"{service.service_name} did not take it, or could not be reached")

    def _words(self, parcel: Parcel) -> tuple[str, str]:
        letter = compose(parcel.kind, parcel.content, sender=self.sender, now=parcel.at, language=parcel.language)
        recipient = Recipient(parcel.address, parcel.message_id, parcel.subscription_id, parcel.query)
        return letter.subject, letter.readable(recipient, now=parcel.at)


def _service(url: str) -> Any:
    return _library().instantiate(url, suppress_exceptions=True)


@cache
def _library() -> Any:
    with warnings.catch_warnings():  # what a service's own library finds old in Python is not our business
        warnings.simplefilter("ignore")
        from apprise import Apprise  # noqa: PLC0415 - loads a hundred services, which only this channel needs

        Apprise.instantiate("json://localhost")  # the first look at an address loads every service
    return Apprise
