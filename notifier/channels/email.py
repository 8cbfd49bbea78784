"""Mail over SMTP: a few lines kept open to the first relay that answers, one message at a time on each.

A reply of 4xx or a broken connection is temporary, 5xx is final, with two exceptions where the reply is about us and not the
recipient: what goes wrong before a recipient was named (connecting, TLS, AUTH), and replies that ask for authentication.
"""

import asyncio
import re
import ssl
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import structlog
from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException, SMTPResponseException, SMTPServerDisconnected, SMTPTimeoutError

from notifier.calendar import attachment
from notifier.channels import Feed, Outcome, Parcel, Report, Result
from notifier.messages import Attachment, Letter, Recipient, Sender, compose
from notifier.news import News

_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_ABOUT_US = {530, 534, 535, 538}  # RFC 4954: authentication wanted or refused
_GONE = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}  # RFC 3463: no such mailbox, bad address, moved, disabled
_DATA_SECONDS = 600.0  # RFC 5321 §4.5.3.2.6: giving up sooner would send what the server has accepted a second time
_DOWN_SECONDS = 30.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Relay:
    """A server that takes our mail. `timeout` is in seconds and holds for everything but the wait after DATA."""

    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30.0
    tls: ssl.SSLContext | None = field(default=None, repr=False)


class NoRelay(Exception):
    """Raised by `_Line.open` when no relay can be reached; says what each one answered."""

    def __init__(self, reasons: Sequence[str], code: int | None) -> None:
        super().__init__("; ".join(reasons) or "no mail relay is set up")
        self.code = code


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
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sender = sender
        self.relays = tuple(relays)
        self.lines = lines
        self.idle = idle
        self.data_seconds = data_seconds
        self.monotonic = monotonic
        self._letters: OrderedDict[tuple[int, str, date], Letter] = OrderedDict()
        self._down: tuple[float, NoRelay] | None = None

    async def send(self, feed: Feed, report: Report) -> None:
        """See `Channel.send`."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self.lines):
                group.create_task(_Line(self, report).work(feed))

    def bytes_of(self, parcel: Parcel) -> bytes:
        """The finished message; raises whatever a broken template or content raises."""
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

    def _attachments(self, parcel: Parcel) -> tuple[Attachment, ...]:
        """The closing times as a calendar file, with news of tenders that have not closed yet."""
        told = [News.from_json(dict(content)) for kind, content in parcel.items if kind in {"news", "reminder"}]
        file = attachment(told, public_url=self.sender.public_url, now=parcel.at, language=parcel.language)
        return (file,) if file else ()

    async def connect(self) -> SMTP:
        """A line to the first relay that answers; raises NoRelay.

        Relays that let a connection hang are left alone for a while, or every waiting message would wait as long.
        """
        if self._down is not None and self.monotonic() < self._down[0]:
            raise self._down[1]
        began, reasons, code = self.monotonic(), [], None
        for relay in self.relays:
            try:
                return await _connected(relay)
            except (SMTPException, OSError, ValueError) as error:
                code = error.code if isinstance(error, SMTPResponseException) else code
                reasons.append(f"{relay.host}:{relay.port} {_words(error)}")
        refusal = NoRelay(reasons, code)
        if self.monotonic() - began > 1.0:
            self._down = (self.monotonic() + _DOWN_SECONDS, refusal)
        raise refusal


class _Line:
    """One connection and the work done over it."""

    def __init__(self, channel: EmailChannel, report: Report) -> None:
        self.channel = channel
        self.report = report
        self.client: SMTP | None = None
        self.recording: asyncio.Task[None] | None = None

    async def work(self, feed: Feed) -> None:
        try:
            while (parcel := await self._next(feed)) is not None:
                outcome = await self._attempt(parcel)
                await self._recorded()
                self.recording = asyncio.ensure_future(self._record(parcel, outcome))
            await self._recorded()
        finally:
            await self._hang_up()

    async def _next(self, feed: Feed) -> Parcel | None:
        try:
            return await feed.take(self.channel.idle)
        except TimeoutError:
            await self._recorded()
            await self._hang_up()
            return await feed.take()

    async def _record(self, parcel: Parcel, outcome: Outcome) -> None:
        await self.report(parcel, outcome)

    async def _recorded(self) -> None:
        """Wait until the last outcome is committed: only then may another message be handed over."""
        if self.recording is not None:
            recording, self.recording = self.recording, None
            await recording

    async def _attempt(self, parcel: Parcel) -> Outcome:
        try:
            raw = self.channel.bytes_of(parcel)
        except Exception as error:  # whatever is wrong with one message must not stop the others
            log.warning("message can't be made", key=parcel.key, error=repr(error))
            return Outcome(Result.FAILED, text=f"the message can't be made: {error or type(error).__name__}")
        for line_is_new in (self.client is None, True):
            try:
                return await self._transmit(parcel, raw)
            except NoRelay as error:
                return Outcome(Result.DELAYED, error.code, text=str(error))
            except _LineBroke as error:
                await self._hang_up()
                # a relay may close a kept line between two messages; nothing was handed over, so a new line may try at once
                if line_is_new or error.handed_over:
                    return error.outcome
        raise AssertionError("unreachable: the second line is new")

    async def _transmit(self, parcel: Parcel, raw: bytes) -> Outcome:
        client = self.client = self.client or await self.channel.connect()
        handed_over = False
        try:
            await _say(client, f"MAIL FROM:<{self.channel.sender.address}>{_size(client, raw)}")
            await _say(client, f"RCPT TO:<{parcel.address}>")
            await self._recorded()
            handed_over = True
            answer = await client.data(raw, timeout=self.channel.data_seconds)
        except SMTPResponseException as error:
            outcome = judged(error.code, error.message)
            if error.code == 421:  # RFC 5321 §3.8: the server is closing the channel
                raise _LineBroke(outcome, handed_over=handed_over) from None
            await self._reset(client)
            return outcome
        except (SMTPException, OSError) as error:
            text = f"the connection broke: {_words(error)}"
            raise _LineBroke(Outcome(Result.DELAYED, text=text), handed_over=handed_over) from None
        return Outcome(Result.SENT, answer.code, _enhanced(answer.message), _clean(answer.message))

    async def _reset(self, client: SMTP) -> None:
        try:
            await client.rset()
        except (SMTPException, OSError):
            await self._hang_up()

    async def _hang_up(self) -> None:
        client, self.client = self.client, None
        if client is None:
            return
        try:
            async with asyncio.timeout(2):
                await client.quit()
        except (SMTPException, OSError):
            client.close()


class _LineBroke(Exception):
    """Raised by `_Line._transmit` when its connection can't be used any more; `handed_over` once the text may have gone."""

    def __init__(self, outcome: Outcome, *, handed_over: bool) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome
        self.handed_over = handed_over


def judged(code: int, text: str) -> Outcome:
    """What an SMTP reply means for the message: 5xx is final unless it is about us or its enhanced status says temporary."""
    enhanced = _enhanced(text)
    temporary = code < 500 or code in _ABOUT_US or (enhanced or "").startswith("4.")
    return Outcome(
        Result.DELAYED if temporary else Result.FAILED, code, enhanced, _clean(text), gone=not temporary and enhanced in _GONE
    )


async def _connected(relay: Relay) -> SMTP:
    client = SMTP(
        hostname=relay.host,
        port=relay.port,
        use_tls=relay.security == "tls",
        start_tls=relay.security == "starttls",
        username=relay.username or None,
        password=relay.password or None,
        timeout=relay.timeout,
        tls_context=relay.tls,
    )
    try:
        await client.connect()
        await client.ehlo()
    except BaseException:
        client.close()
        raise
    return client


async def _say(client: SMTP, command: str) -> None:
    """Give a command whose address was checked when the message was made; raises SMTPResponseException unless it is taken."""
    answer = await client.execute_command(command.encode("ascii"))
    if answer.code not in {250, 251}:
        raise SMTPResponseException(answer.code, answer.message)


def _size(client: SMTP, raw: bytes) -> str:
    return f" SIZE={len(raw)}" if client.supports_extension("size") else ""


def _enhanced(text: str) -> str | None:
    found = _ENHANCED.match(text.strip())
    return found[1] if found else None


def _clean(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:500]


def _words(error: Exception) -> str:
    if isinstance(error, SMTPServerDisconnected):
        return "closed the connection"
    if isinstance(error, SMTPTimeoutError | TimeoutError):
        return "did not answer in time"
    return _clean(str(error)) or type(error).__name__
