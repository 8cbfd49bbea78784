"""Doing a POST once, however often it is sent: the Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header).

The answer to a request that succeeded is kept for a day under the sender, their organisation and the key, as ciphertext, since some
answers are shown only once. The same request again gets the same answer; another request under the same key is refused (422), and
one that comes while the first is at work is told to wait (409). What was refused changed nothing and is not kept.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from fastapi import Request, Response
from sqlmodel import Session, col, delete, select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.accounts.gate import identify
from api.accounts.models import Replay
from api.accounts.roles import Principal
from api.problems import Elsewhere, Problem, answer
from contracts import vault
from notifier.store import insert_once

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
AT_WORK = timedelta(minutes=10)  # longest that one may take; an older one was killed
LONGEST_KEY = 200
MALFORMED = "Idempotency-Key is 1 to 200 visible characters, as a UUID; nothing was done."
OTHER = "This Idempotency-Key was used for another request; take a new key. Nothing was done."
BUSY = "The request with this Idempotency-Key is at work; ask again in a moment."


class Once:
    """ASGI middleware for the API's POST requests that carry a key and a principal; every other request passes untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith("/api/"):
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        sent, me = request.headers.get(HEADER), _principal(request)
        if sent is None or me is None:
            await self.app(scope, receive, send)
            return
        key = sent.strip().removeprefix('"').removesuffix('"')
        if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
            await answer(request, Problem(400, MALFORMED))(scope, receive, send)
            return
        body = await request.body()
        await self._once(request, me, key, body, send)

    async def _once(self, request: Request, me: Principal, key: str, body: bytes, send: Send) -> None:
        state: Any = request.app.state
        secret, now = state.link_secret(), state.clock()
        fingerprint = _fingerprint(request, body)
        with state.database.write() as session:
            known = _begun(session, me, key, fingerprint, now=now)
            before = _before(known, fingerprint, secret=secret) if known is not None else None
        if before is not None:
            response = answer(request, before) if isinstance(before, Problem) else before
            await response(request.scope, _again(body), send)
            return
        catcher = _Catcher(send)
        try:
            await self.app(request.scope, _again(body), catcher)
        finally:
            with state.database.write() as session:
                _finish(session, me, key, catcher, secret=secret)


def _principal(request: Request) -> Principal | None:
    try:
        return identify(request)
    except (Problem, Elsewhere):
        return None  # the route says so in its own words


def _fingerprint(request: Request, body: bytes) -> str:
    words = f"{request.method}\n{request.url.path}\n{request.url.query}\n{request.headers.get('content-type', '')}\n"
    return hashlib.sha256(words.encode() + body).hexdigest()


def _begun(session: Session, me: Principal, key: str, fingerprint: str, *, now: datetime) -> Replay | None:
    """The row of a request that came before under this key; None when this one is the first, and its row is written."""
    session.exec(delete(Replay).where(col(Replay.created_at) <= now - KEPT))
    session.exec(delete(Replay).where(col(Replay.status) == 0, col(Replay.created_at) <= now - AT_WORK))
    values = {
        "organisation_id": me.organisation_id,
        "actor": actor(me),
        "key": key,
        "request_sha256": fingerprint,
        "status": 0,
        "media_type": "",
        "created_at": now,
    }
    return None if insert_once(session, Replay, [values]) else _row(session, me, key)


def _before(known: Replay, fingerprint: str, *, secret: str) -> Problem | Response:
    if known.request_sha256 != fingerprint:
        return Problem(422, OTHER)
    if known.status == 0:
        return Problem(409, BUSY, headers={"Retry-After": "1"})
    body = vault.unseal(_key(secret), known.body or b"", _place(known))
    return Response(body, known.status, {"Idempotency-Replayed": "true"}, known.media_type or None)


def _finish(session: Session, me: Principal, key: str, caught: "_Catcher", *, secret: str) -> None:
    row = _row(session, me, key)
    if not 200 <= caught.status < 300:
        session.delete(row)
        return
    row.status, row.media_type = caught.status, caught.media_type
    row.body = vault.seal(_key(secret), caught.body.decode(), _place(row))
    session.add(row)


def actor(me: Principal) -> str:
    """Whose keys these are: a program's, a person's, or those of whoever sits at this machine."""
    return f"key {me.key_id}" if me.key_id else f"person {me.person_id}" if me.person_id else "local"


def _row(session: Session, me: Principal, key: str) -> Replay:
    query = select(Replay).where(Replay.organisation_id == me.organisation_id, Replay.actor == actor(me), Replay.key == key)
    return session.exec(query).one()


def _key(secret: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=vault.KEY, salt=None, info=b"bidkeeper.replay.1").derive(secret.encode())


def _place(row: Replay) -> vault.Place:
    return vault.Place(row.organisation_id, "replay", row.id or 0, "body", 1)


def _again(body: bytes) -> Receive:
    """The body, given once more to whoever reads it."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


class _Catcher:
    """Sends an answer on and keeps what it was."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.status = 0
        self.media_type = ""
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.media_type = dict(message["headers"]).get(b"content-type", b"").decode()
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
        await self.send(message)
