"""Mail servers on loopback that misbehave on script."""

import asyncio
import ssl
from collections import defaultdict
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as policy

OK = "ok"


class ScriptedRelay:
    """An SMTP server that answers each recipient as `script` says, attempt by attempt, and with "ok" when it says no more.

    A step is `ok`; `rcpt CODE text` or `data CODE text` or `dot CODE text` (refused at RCPT, at DATA, after the text);
    `drop rcpt`, `drop data`, `drop dot` (the connection ends there, nothing kept); `drop accepted` (kept, then the connection
    ends without an answer); `wait` (the answer after the text comes only when `release` is set); `late` (likewise, but the text is
    kept at once); `hang rcpt`, `hang data`,
    `hang dot` (no answer ever, nothing kept); `die` (kept and answered, then nobody listens any more and every line breaks).
    `greeting` is what a new connection hears; with `silent` it hears nothing at all. `asks_anyway` wants a text even for a
    message whose recipient was refused. `tls` is for STARTTLS, or from the first byte with `tls_at_once`.
    """

    def __init__(
        self,
        script: dict[str, list[str]] | None = None,
        *,
        greeting: str = "220 relay",
        greetings: list[str] | None = None,
        extensions: tuple[str, ...] = (),
        messages_per_connection: int | None = None,
        tls: ssl.SSLContext | None = None,
        tls_at_once: bool = False,
        silent: bool = False,
        asks_anyway: bool = False,
    ) -> None:
        self.script = {address: list(steps) for address, steps in (script or {}).items()}
        self.greeting = greeting
        self.greetings = list(greetings or [])
        self.extensions = extensions
        self.messages_per_connection = messages_per_connection
        self.tls = tls
        self.tls_at_once = tls_at_once
        self.silent = silent
        self.asks_anyway = asks_anyway
        self.encrypted = 0  # messages kept that came over TLS
        self.most_at_once = 0  # messages of which the recipient was named and the answer not yet given
        self._busy: set[asyncio.StreamWriter] = set()
        self.accepted: dict[str, list[EmailMessage]] = defaultdict(list)
        self.attempts: list[str] = []
        self.connections = 0
        self.commands = 0
        self.release = asyncio.Event()
        self.reached = asyncio.Event()  # a `wait` step was reached
        self._kept = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def ids(self) -> dict[str, list[str]]:
        """Recipient → the Message-IDs it was sent, in order."""
        return {address: [message["Message-ID"] for message in messages] for address, messages in self.accepted.items()}

    async def until(self, recipients: int) -> None:
        """Wait until that many recipients have mail."""
        async with self._kept:
            await self._kept.wait_for(lambda: len(self.accepted) >= recipients)

    async def until_mails(self, count: int) -> None:
        """Wait until that many recipients were named, whether accepted or not."""
        async with self._kept:
            await self._kept.wait_for(lambda: len(self.attempts) >= count)

    async def after_commands(self, count: int, *, patience: float | None = None) -> None:
        """Wait until that many more commands have come, at most `patience` seconds where it is given."""
        goal = self.commands + count
        try:
            async with asyncio.timeout(patience), self._kept:
                await self._kept.wait_for(lambda: self.commands >= goal)
        except TimeoutError:
            return

    async def _count(self) -> None:
        self.commands += 1
        async with self._kept:
            self._kept.notify_all()

    async def __aenter__(self) -> "ScriptedRelay":
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls if self.tls_at_once else None)
        self.port: int = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.server.wait_closed()

    def die(self) -> None:
        """Listen no more, and break every line where it is."""
        self.server.close()
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.connections += 1
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            self._busy.discard(writer)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:  # noqa: PLR0911, PLR0912 - a protocol, verb by verb
        async def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")
            await writer.drain()

        if self.silent:
            await reader.read()
            return
        greeting = self.greetings.pop(0) if self.greetings else self.greeting
        await say(greeting)
        if not greeting.startswith("220"):
            return
        address, step, taken, named = "", OK, 0, False
        while line := (await reader.readline()).decode().strip():
            await self._count()
            verb = line.split(":")[0].upper()
            if verb.startswith("EHLO"):
                *first, last = ("relay", *self.extensions)  # the line after the code is the greeting, not an extension
                for word in first:
                    await say(f"250-{word}")
                await say(f"250 {last}")
            elif verb.startswith("MAIL"):
                if taken == self.messages_per_connection:
                    await say("421 4.7.0 too many messages on this connection")
                    return
                await say("250 ok")
            elif verb.startswith("RCPT"):
                address = line.split("<")[1].split(">")[0]
                self.attempts.append(address)
                steps = self.script.get(address) or [OK]
                step = steps.pop(0)
                if step == "drop rcpt":
                    return
                if step == "hang rcpt":
                    await reader.read()
                    return
                named = not step.startswith("rcpt ")
                self._busy.add(writer)
                self.most_at_once = max(self.most_at_once, len(self._busy))
                await say("250 ok" if named else step[5:])
                if step.startswith("rcpt 421"):
                    return
            elif verb == "DATA":
                if step == "drop data":
                    return
                if step == "hang data":
                    await reader.read()
                    return
                if not named:
                    await say("354 go on" if self.asks_anyway else "503 5.5.1 no valid recipients")
                    if self.asks_anyway:
                        assert await reader.readline() == b".\r\n"
                        await say("554 5.5.1 no valid recipients")
                    continue
                if step.startswith("data "):
                    await say(step[5:])
                    continue
                await say("354 go on")
                raw = await reader.readuntil(b"\r\n.\r\n")
                await self._count()
                if step == "drop dot":
                    return
                if step == "hang dot":
                    await reader.read()
                    return
                if step.startswith("dot "):
                    await say(step[4:])
                    continue
                if step == "wait":
                    self.reached.set()
                    await self.release.wait()
                taken += 1
                self.encrypted += writer.get_extra_info("ssl_object") is not None
                self.accepted[address].append(message_from_bytes(raw[:-3].replace(b"\r\n..", b"\r\n."), policy=policy))
                async with self._kept:
                    self._kept.notify_all()
                if step == "drop accepted":
                    return
                if step == "late":
                    await self.release.wait()
                self._busy.discard(writer)
                await say("250 2.0.0 kept")
                if step == "die":
                    self.die()
                    return
            elif verb == "STARTTLS":
                await say("220 go on")
                if self.tls is None:
                    return
                await writer.start_tls(self.tls)
            elif verb == "QUIT":
                await say("221 bye")
                return
            else:
                await say("250 ok")


async def refused_port() -> int:
    """A port of this machine where nobody listens."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port
