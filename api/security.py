"""What stands before every route: known hosts, same-origin writes, capped bodies; and the headers of every answer."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.languages import N_
from api.problems import Problem, answer

log = logging.getLogger(__name__)

MIB = 1024 * 1024
ELSEWHERE = N_("This request came from another site's page, so nothing was done; open our own page and try again there.")
UNFORESEEN = N_("Something went wrong on our side; it was logged, and nothing was half stored.")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # not `no-referrer`: browsers then send `Origin: null` with our own forms
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What the middleware checks: bare host names that may be asked for, body sizes in bytes by path prefix."""

    hosts: frozenset[str]
    https: bool = False
    body_limit: int = MIB
    uploads: dict[str, int] = field(default_factory=dict)
    # no cookie, login or origin: a mail provider posts the one-click unsubscribe of RFC 8058; probes come by address
    from_anywhere: tuple[str, ...] = ("/u/",)
    any_host: tuple[str, ...] = ("/liveness", "/readiness")

    @classmethod
    def of(cls, public_url: str, host: str) -> "Rules":
        """The rules for a service reached at `public_url` and listening on `host`; loopback names always work."""
        parts = urlsplit(public_url)
        return cls(
            hosts=LOOPBACK_HOSTS | {name.lower() for name in (parts.hostname, host) if name},
            https=parts.scheme == "https",
            uploads={"/contracts": 33 * MIB, "/pipeline": 33 * MIB, "/api/v1/contracts": 33 * MIB},
        )

    def limit(self, path: str) -> int:
        """The largest body, in bytes, that `path` takes."""
        return next((limit for prefix, limit in self.uploads.items() if path.startswith(prefix)), self.body_limit)


class Frontier:
    """ASGI middleware that refuses what no route should see and puts the security headers on every answer."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self.app = app
        self.rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})  # what routes note on `request.state` is read on the way out
        outgoing = Outgoing(send, https=self.rules.https, state=scope["state"])
        problem = refusal(self.rules, scope["method"], scope["path"], Headers(scope=scope))
        if problem:
            await answer(Request(scope, receive), problem)(scope, receive, outgoing)
            return
        try:
            await self.app(scope, _capped(receive, self.rules.limit(scope["path"])), outgoing)
        except Problem as late:  # the cap, met while a body was being read outside any route
            await answer(Request(scope, receive), late)(scope, receive, outgoing)
        except Exception:
            log.exception("%s %s failed", scope["method"], scope["path"])
            if outgoing.started:
                raise
            await answer(Request(scope, receive), Problem(500, UNFORESEEN))(scope, receive, outgoing)


def refusal(rules: Rules, method: str, path: str, headers: Headers) -> Problem | None:
    """Why a request is turned away before any route, or None; a foreign Host is how DNS rebinding reaches loopback."""
    host = bare_host(headers.get("host", ""))
    if host not in rules.hosts and path not in rules.any_host:
        return Problem(
            421, "This service is not known by that name; set BIDKEEPER_PUBLIC_URL to the address that people use for it."
        )
    if method not in SAFE_METHODS and not path.startswith(rules.from_anywhere) and not same_origin(headers):
        return Problem(403, ELSEWHERE)
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > rules.limit(path):
        return too_large(rules.limit(path))
    return None


def same_origin(headers: Headers) -> bool:
    """Whether a writing request comes from our own page or from no page at all.

    Browsers say so with Sec-Fetch-Site (Fetch Metadata); older ones send Origin with every POST; programs send neither.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def bare_host(value: str) -> str:
    """The host of a Host header without port, brackets or case; empty for one that can't be read."""
    try:
        return (urlsplit(f"//{value}").hostname or "") if "@" not in value and "/" not in value else ""
    except ValueError:
        return ""


def too_large(limit: int) -> Problem:
    return Problem(413, f"What was sent is larger than the {limit // MIB} MiB taken here; nothing was stored.")


def _capped(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def capped() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise too_large(limit)
        return message

    return capped


class Outgoing:
    """The way out: puts the headers on, and knows whether an answer has begun."""

    def __init__(self, send: Send, *, https: bool, state: Mapping[str, Any]) -> None:
        self.send = send
        self.https = https
        self.state = state
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)  # a route may say otherwise of its own page
            if self.https:
                headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
            if budget := self.state.get("budget"):
                headers.update(budget.headers)
            # a page that says nothing else is private and is not kept
            headers.setdefault("Cache-Control", "no-store")
        await self.send(message)
