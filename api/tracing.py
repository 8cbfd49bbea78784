"""One line and one count for every request, under an id that the asker, the log and the answer share."""

import re
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Metrics

HEADER = "X-Request-ID"
SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")  # what comes from outside goes into logs and headers
QUIET = ("/static/", "/liveness", "/readiness", "/metrics")

log = structlog.get_logger("api.requests")


class Traced:
    """ASGI middleware, outermost: takes a sane id or makes one, logs what became of the request, and measures it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        identity = request_id(Headers(scope=scope).get(HEADER))
        status, begun = 0, time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = identity
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=identity):
            try:
                await self.app(scope, receive, sending)
            finally:
                seconds = time.perf_counter() - begun
                self.metrics.request(scope["method"], _template(scope), status, seconds)
                if not scope["path"].startswith(QUIET):
                    # the path alone: queries hold what people look for, and templates what tokens they hold
                    log.info(
                        "request", method=scope["method"], route=_template(scope), status=status, ms=round(seconds * 1000, 1)
                    )


def request_id(given: str | None) -> str:
    """The asker's id if it is one that may go into a log, else a new one."""
    return given if given and SANE.fullmatch(given) else uuid.uuid4().hex


def _template(scope: Scope) -> str:
    """The route's own path, with names in place of what was asked for: few, and without secrets."""
    path: str = getattr(scope.get("route"), "path", "")
    return path or "none"
