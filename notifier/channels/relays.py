"""Several relays: the first that answers takes the mail, and one that lets us wait is left alone for a while."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from typing import Literal
from urllib.parse import unquote, urlsplit

from notifier.channels.smtp import Relay, Session, Unreachable, connected

_REST_SECONDS = 30.0
_SLOW_SECONDS = 1.0
_SECURITY: dict[str, tuple[Literal["starttls", "tls", "none"], int]] = {
    "smtp": ("starttls", 587),
    "smtps": ("tls", 465),
    "smtp+plain": ("none", 25),
}


class NoRelay(Exception):
    """Raised by `Relays.connect` when no relay can be reached; says what each one answered."""

    def __init__(self, reasons: Sequence[str], code: int | None) -> None:
        super().__init__("; ".join(reasons) or "no mail relay is set up")
        self.code = code


class Relays:
    """Our relays in the order of our wishes. One that lets connections hang is left alone, or every message would wait as long."""

    def __init__(self, relays: Sequence[Relay], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.relays = tuple(relays)
        self._monotonic = monotonic
        self._resting: dict[Relay, tuple[float, Unreachable]] = {}

    async def connect(self) -> Session:
        """A line to the first relay that answers; raises NoRelay."""
        reasons, code = [], None
        for relay in self.relays:
            try:
                return await self._line(relay)
            except Unreachable as error:
                reasons.append(str(error))
                code = error.code or code
        raise NoRelay(reasons, code)

    async def _line(self, relay: Relay) -> Session:
        until, refusal = self._resting.get(relay, (0.0, None))
        began = self._monotonic()
        if refusal is not None and began < until:
            raise refusal
        try:
            async with asyncio.timeout(2 * relay.timeout):  # connecting, encrypting and signing in each have their own
                session = await connected(relay)
        except (Unreachable, TimeoutError) as error:
            refusal = error if isinstance(error, Unreachable) else Unreachable(f"{relay.name} did not answer in time", None)
            if self._monotonic() - began > _SLOW_SECONDS:
                self._resting[relay] = (self._monotonic() + _REST_SECONDS, refusal)
            raise refusal from None
        self._resting.pop(relay, None)
        return session


def read_relays(text: str, *, timeout: float) -> list[Relay]:
    """Relays from addresses such as `smtp://name:password@host:587`, one after the other; raises ValueError in a sentence.

    `smtp` begins with STARTTLS, `smtps` is TLS from the first byte, `smtp+plain` has none.
    """
    return [_relay(word, timeout) for word in text.split()]


def _relay(address: str, timeout: float) -> Relay:
    shown = re.sub(r"//.*@", "//…@", address)
    try:
        parts = urlsplit(address)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise ValueError(f"{shown} is no address of a relay: {error}") from None
    if parts.scheme not in _SECURITY or not host:
        raise ValueError(
            f"{shown} is no address of a relay: write it as smtp://name:password@host:587, with smtp, smtps or smtp+plain"
        )
    security, usual = _SECURITY[parts.scheme]
    return Relay(host, port or usual, security, unquote(parts.username or ""), unquote(parts.password or ""), timeout)
