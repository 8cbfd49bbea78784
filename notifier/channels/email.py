"""Mail over SMTP: a few lines kept open to the first relay that answers, one message at a time on each.

A reply of 4xx or a broken connection is temporary, 5xx is final, with two exceptions where the reply is about us and not the
recipient: what goes wrong before a recipient was named (connecting, TLS, AUTH), and replies that ask for authentication.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import structlog

from notifier.bounces import envelope
from notifier.calendar import attachment
from notifier.channels import Feed, Outcome, Parcel, Report, Result
from notifier.channels.pacing import Limit, Pace, domain_of
from notifier.channels.relays import NoRelay, Relays
from notifier.channels.smtp import Broken, Refused, Relay, Session, clean, enhanced, judged
from notifier.messages import Attachment, Letter, Recipient, Sender, compose
from notifier.news import News
from notifier.signing import Signer

_DATA_SECONDS = 600.0  # RFC 5321 §4.5.3.2.6: giving up sooner would send what the server has accepted a second time

log = structlog.get_logger(__name__)


class EmailChannel:
    """Sends parcels over at most `lines` connections; every letter is rendered once for all its recipients."""

    def __init__(
        self,
        sender: Sender,
        relays: Sequence[Relay],
        *,
        lines: int = 20,
        idle: float = 20.0,
        data_seconds: float = _DATA_SECONDS,
        limits: Mapping[str, Limit] | None = None,
        signer: Signer | None = None,
        bounce_mailbox: str = "",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`limits` are per recipient domain; with a `bounce_mailbox`, what comes back is addressed to it by delivery."""
        self.sender = sender
        self.relays = Relays(relays, monotonic=monotonic)
        self.lines = lines
        self.idle = idle
        self.data_seconds = data_seconds
        self.pace: Pace[Parcel] = Pace(limits or {}, monotonic)
        self.signer = signer
        self.bounce_mailbox = bounce_mailbox
        self._letters: OrderedDict[tuple[int, str, date], Letter] = OrderedDict()

    async def send(self, feed: Feed, report: Report) -> None:
        """See `Channel.send`."""
        self.pace.restart()
        async with asyncio.TaskGroup() as group:
            for _ in range(self.lines):
                group.create_task(_Line(self, report).work(feed))

    def envelope(self, parcel: Parcel) -> str:
        """The address that a bounce of this parcel comes back to."""
        if not self.bounce_mailbox:
            return self.sender.address
        return envelope(self.bounce_mailbox, parcel.delivery_id, secret=self.sender.secret)

    def bytes_of(self, parcel: Parcel) -> bytes:
        """The message without a signature; raises whatever a broken template or content raises."""
        key = (parcel.notification_id, parcel.language, parcel.at.date())
        letter = self._letters.get(key) if parcel.shared else None
        if letter is None:
            letter = compose(
                parcel.kind,
                parcel.content,
                sender=self.sender,
                now=parcel.at,
                language=parcel.language,
                attachments=self._attachments(parcel),
            )
            if parcel.shared:
                self._letters[key] = letter
            if len(self._letters) > 64:
                self._letters.popitem(last=False)
        recipient = Recipient(parcel.address, parcel.message_id, parcel.subscription_id, parcel.query)
        return letter.to(recipient, now=parcel.at)

    async def finished(self, parcel: Parcel) -> bytes:
        """The message as it leaves, signed if we sign: that takes milliseconds, so it is done beside the loop."""
        raw = self.bytes_of(parcel)
        return raw if self.signer is None else await asyncio.to_thread(self.signer.signed, raw)

    def _attachments(self, parcel: Parcel) -> tuple[Attachment, ...]:
        """The closing times as a calendar file, with news of tenders that have not closed yet."""
        told = [News.from_json(dict(content)) for kind, content in parcel.items if kind in {"news", "reminder"}]
        file = attachment(told, public_url=self.sender.public_url, now=parcel.at, language=parcel.language)
        return (file,) if file else ()


class _Line:
    """One connection and the work done over it."""

    def __init__(self, channel: EmailChannel, report: Report) -> None:
        self.channel = channel
        self.report = report
        self.session: Session | None = None
        self.recording: asyncio.Task[None] | None = None

    async def work(self, feed: Feed) -> None:
        try:
            while (parcel := await self._next(feed)) is not None:
                await self._in_turn(parcel, feed)
            await self._recorded()
        finally:
            await self._hang_up()

    async def _in_turn(self, parcel: Parcel, feed: Feed) -> None:
        """Send a parcel, and what waits behind it for the same domain, unless its domain has to wait."""
        pace, domain = self.channel.pace, domain_of(parcel.address)
        wait = pace.enter(domain, parcel)
        if wait:
            text = f"{domain} gets no more messages at once"
            self._note(parcel, Outcome(Result.RETURNED, text=text, later=timedelta(seconds=wait)))
        following: Parcel | None = parcel if wait is None else None
        while following is not None:
            outcome = Outcome(Result.RETURNED) if feed.closed and following is not parcel else await self._attempt(following)
            await self._recorded()
            self._note(following, outcome)
            following = pace.leave(domain)

    async def _next(self, feed: Feed) -> Parcel | None:
        try:
            return await feed.take(self.channel.idle)
        except TimeoutError:
            await self._recorded()
            await self._hang_up()
            return await feed.take()

    def _note(self, parcel: Parcel, outcome: Outcome) -> None:
        self.recording = asyncio.ensure_future(self._record(parcel, outcome, self.recording))

    async def _record(self, parcel: Parcel, outcome: Outcome, before: asyncio.Task[None] | None) -> None:
        await self.report(parcel, outcome)
        if before is not None:
            await before

    async def _recorded(self) -> None:
        """Wait until the last outcome is committed: only then may another message be handed over."""
        if self.recording is not None:
            recording, self.recording = self.recording, None
            await recording

    async def _attempt(self, parcel: Parcel) -> Outcome:
        try:
            raw = await self.channel.finished(parcel)
        except Exception as error:  # whatever is wrong with one message must not stop the others
            log.warning("message can't be made", key=parcel.key, error=repr(error))
            return Outcome(Result.FAILED, text=f"the message can't be made: {error or type(error).__name__}")
        while True:
            line_is_new = self.session is None
            try:
                return await self._transmit(parcel, raw)
            except NoRelay as error:
                return Outcome(Result.DELAYED, error.code, text=str(error))
            except _LineBroke as error:
                await self._hang_up()
                # a relay may close a kept line between two messages; nothing was handed over, so a new line may try at once
                if line_is_new or error.handed_over:
                    return error.outcome

    async def _transmit(self, parcel: Parcel, raw: bytes) -> Outcome:
        if self.session is not None and not self.session.is_open:
            await self._hang_up()
        session = self.session = self.session or await self.channel.relays.connect()
        try:
            reply = await session.transmit(
                self.channel.envelope(parcel), parcel.address, raw, ready=self._recorded, patience=self.channel.data_seconds
            )
        except Refused as refusal:
            outcome = judged(refusal.reply.code, refusal.reply.text)
            if refusal.reply.code == 421:
                raise _LineBroke(outcome, handed_over=refusal.handed_over) from None
            return outcome
        except Broken as error:
            text = f"the connection broke: {error}"
            raise _LineBroke(Outcome(Result.DELAYED, text=text), handed_over=error.handed_over) from None
        return Outcome(Result.SENT, reply.code, enhanced(reply.text), clean(reply.text))

    async def _hang_up(self) -> None:
        session, self.session = self.session, None
        if session is not None:
            await session.quit()


class _LineBroke(Exception):
    """Raised by `_Line._transmit` when its connection can't be used any more; `handed_over` once the text may have gone."""

    def __init__(self, outcome: Outcome, *, handed_over: bool) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome
        self.handed_over = handed_over
