"""A line to a mail relay: commands written ahead where the server lets us (RFC 2920), replies read one by one.

aiosmtplib connects, encrypts and signs in. Then `Session` takes the transport over, since aiosmtplib keeps no reply that comes
while it waits for none, and so can't write ahead.
"""

import asyncio
import re
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, cast

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException, SMTPResponseException, SMTPServerDisconnected, SMTPTimeoutError

from notifier.channels import Outcome, Result
from notifier.reports import GONE

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
_ABOUT_US = {530, 534, 535, 538}  # RFC 4954: authentication wanted or refused
_MOST_REPLY = 64_000  # bytes of a reply that has no end
_QUIT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Relay:
    """A server that takes our mail. `timeout` is in seconds and holds for everything but the wait after the text."""

    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30.0
    tls: ssl.SSLContext | None = field(default=None, repr=False, compare=False)

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said: the code, and its lines in one."""

    code: int
    text: str


class Refused(Exception):
    """Raised by `Session.transmit` when the server said no; the line can be used further unless the code is 421."""

    def __init__(self, reply: Reply, *, handed_over: bool) -> None:
        super().__init__(f"{reply.code} {reply.text}")
        self.reply = reply
        self.handed_over = handed_over


class Broken(Exception):
    """Raised by `Session.transmit` when the connection is no more; `handed_over` once the text may have gone."""

    def __init__(self, words: str, *, handed_over: bool) -> None:
        super().__init__(words)
        self.handed_over = handed_over


class Unreachable(Exception):
    """Raised by `connected` for a relay that gives no line; `code` is its reply's, where it gave one."""

    def __init__(self, words: str, code: int | None) -> None:
        super().__init__(words)
        self.code = code


async def connected(relay: Relay) -> "Session":
    """A line to this relay, encrypted and signed in as it says; raises Unreachable."""
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
        return Session(client, relay)
    except (SMTPException, OSError, ValueError) as error:
        client.close()
        code = error.code if isinstance(error, SMTPResponseException) else None
        raise Unreachable(f"{relay.name} {_words(error)}", code) from None
    except BaseException:
        client.close()
        raise


class Session(asyncio.Protocol):
    """One connection, one message at a time."""

    def __init__(self, client: SMTP, relay: Relay) -> None:
        """Takes over a client that has just said EHLO; raises SMTPServerDisconnected when its connection has ended since."""
        if client.transport is None:
            raise SMTPServerDisconnected("closed the connection")
        self.relay = relay
        self._writes_ahead = client.supports_extension("pipelining")
        self._takes_size = client.supports_extension("size")
        self._client = client  # holds what aiosmtplib knows of the connection until it is closed
        self._transport = cast("asyncio.Transport", client.transport)  # uvloop's own are no subclass of it
        self._replies: deque[Reply] = deque()
        self._rest = b""
        self._lines: list[str] = []
        self._news = asyncio.Event()  # a reply came, or the end
        self._flows = asyncio.Event()
        self._flows.set()
        self._end = ""  # why nothing more will come
        self._transport.set_protocol(self)

    async def transmit(
        self, sender: str, recipient: str, raw: bytes, *, ready: Callable[[], Awaitable[None]], patience: float
    ) -> Reply:
        """Hand one message over; the reply that took it. Raises Refused or Broken.

        `ready` is awaited before the text goes; `patience` in seconds is for the answer to the text.
        """
        size = f" SIZE={len(raw)}" if self._takes_size else ""
        handed_over = False
        try:
            await self._envelope([f"MAIL FROM:<{sender}>{size}", f"RCPT TO:<{recipient}>", "DATA"])
            await ready()
            handed_over = True
            return await self._text(raw, patience)
        except TimeoutError:
            self._ended("did not answer in time")
            raise Broken(self._end, handed_over=handed_over) from None
        except ConnectionError as error:
            raise Broken(str(error), handed_over=handed_over) from None
        except Refused as refusal:
            if refusal.reply.code != 421:  # RFC 5321 §3.8: the server is closing the channel
                await self._reset()
            raise Refused(refusal.reply, handed_over=handed_over) from None

    async def quit(self) -> None:
        """End the session, politely where the server still listens."""
        try:
            if not self._end:
                self._write(["QUIT"])
                await self._reply(_QUIT_SECONDS)
        except (ConnectionError, TimeoutError):
            pass
        finally:
            self._client.close()
            self._transport.close()

    @property
    def is_open(self) -> bool:
        """Whether another message may be tried over it."""
        return not self._end and not self._transport.is_closing()

    async def _envelope(self, commands: list[str]) -> None:
        """Say MAIL, RCPT and DATA; returns when the server waits for the text."""
        if self._writes_ahead:
            self._write(commands)
        refusal: Reply | None = None
        for command in commands:
            if not self._writes_ahead:
                self._write([command])
            reply = await self._reply(self.relay.timeout)
            wanted = {354} if command == "DATA" else {250, 251, 252}
            if refusal is None and reply.code not in wanted:
                refusal = reply
                if reply.code == 421 or not self._writes_ahead:
                    break
            elif refusal is not None and command == "DATA" and reply.code == 354:
                self._transport.write(b".\r\n")  # RFC 2920 §3.1: a server may ask for the text of a message without recipients
                await self._reply(self.relay.timeout)
        if refusal is not None:
            raise Refused(refusal, handed_over=False)

    async def _text(self, raw: bytes, patience: float) -> Reply:
        text = raw if raw.endswith(b"\r\n") else raw + b"\r\n"
        self._transport.write(text.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        async with asyncio.timeout(patience):
            await self._flows.wait()
        reply = await self._reply(patience)
        if not 200 <= reply.code < 300:
            raise Refused(reply, handed_over=True)
        return reply

    async def _reset(self) -> None:
        try:
            self._write(["RSET"])
            await self._reply(self.relay.timeout)
        except (ConnectionError, TimeoutError) as error:
            self._ended(str(error) or "did not answer in time")

    def _write(self, commands: list[str]) -> None:
        if self._end:
            raise ConnectionError(self._end)
        self._transport.write("".join(f"{command}\r\n" for command in commands).encode("ascii"))

    async def _reply(self, patience: float) -> Reply:
        """The next reply; raises ConnectionError when there will be none, TimeoutError."""
        if not self._replies:
            async with asyncio.timeout(patience):
                while not self._replies and not self._end:
                    self._news.clear()
                    await self._news.wait()
        if not self._replies:
            raise ConnectionError(self._end)
        return self._replies.popleft()

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line.rstrip(b"\r"))
        if len(self._rest) > _MOST_REPLY or len(self._lines) > _MOST_REPLY // 100:
            self._ended("sent a reply without an end")

    def _take(self, line: bytes) -> None:
        if not line[:3].isdigit() or line[3:4] not in {b" ", b"-", b""}:
            self._ended(f"said what is no reply: {clean(line[:80].decode('utf-8', 'replace'))}")
            return
        self._lines.append(line[4:].decode("utf-8", "replace").strip())
        if line[3:4] != b"-":
            self._replies.append(Reply(int(line[:3]), "\n".join(self._lines)))
            self._lines = []
            self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended("closed the connection")

    def pause_writing(self) -> None:
        self._flows.clear()

    def resume_writing(self) -> None:
        self._flows.set()

    def _ended(self, why: str) -> None:
        self._end = self._end or why
        self._news.set()
        self._flows.set()
        self._transport.close()


def judged(code: int, text: str) -> Outcome:
    """What an SMTP reply means for the message: 5xx is final unless it is about us or its enhanced status says temporary."""
    found = enhanced(text)
    temporary = code < 500 or code in _ABOUT_US or (found or "").startswith("4.")
    return Outcome(Result.DELAYED if temporary else Result.FAILED, code, found, clean(text), gone=not temporary and found in GONE)


def enhanced(text: str) -> str | None:
    """The enhanced status (RFC 3463) that a reply's text begins with."""
    found = _ENHANCED.match(text.strip())
    return found[0] if found else None


def clean(text: str) -> str:
    """A server's words on one line, printable, not too long."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:500]


def _words(error: Exception) -> str:
    if isinstance(error, SMTPServerDisconnected):
        return "closed the connection"
    if isinstance(error, SMTPTimeoutError | TimeoutError):
        return "did not answer in time"
    return clean(str(error)) or type(error).__name__
