"""What a mail relay tells of bounces and complaints: signed with our shared secret, or sent with it as a password.

Signed as Standard Webhooks has it, or, for relays that can't sign with a secret of ours, HTTP Basic with any user name.
"""

import base64
import binascii
import hmac
import json

from fastapi import APIRouter, Request
from pydantic import BaseModel
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from api.dependencies import Here
from api.problems import Problem, responses
from notifier import bounces
from notifier.relay_events import read_events

router = APIRouter(prefix="/api/v1", tags=["relay"])


class Heard(BaseModel):
    """How many events told of a delivery of ours, and how many of none."""

    taken: int
    unknown: int


@router.post("/relay-events", responses=responses(401, 403, 422))
async def relay_events(request: Request, here: Here) -> Heard:
    """Take what a relay tells: one JSON object or a list. The same event twice counts once."""
    secret = here.settings.relay_webhook_secret.get_secret_value()
    if not secret:
        raise Problem(403, "No relay is expected to call: set BIDKEEPER_RELAY_WEBHOOK_SECRET, and the same secret at the relay.")
    body = await request.body()
    if not (_has_password(request, secret) or _is_signed(request, body, secret)):
        sentence = "The call is neither signed with the shared secret (Standard Webhooks) nor sent with it as a password."
        raise Problem(401, sentence, headers={"WWW-Authenticate": "Basic"})
    try:
        reports = read_events(json.loads(body))
    except (ValueError, RecursionError):
        raise Problem(422, "The body is not JSON: send one event or a list of events.") from None
    with here.database.write() as session:
        done = [bounces.apply(session, report, now=here.clock()) for report in reports]
    taken = sum(one is not None for one in done)
    return Heard(taken=taken, unknown=len(done) - taken)


def _has_password(request: Request, secret: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        password = base64.b64decode(given, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(password, secret.encode())


def _is_signed(request: Request, body: bytes, secret: str) -> bool:
    try:
        Webhook(secret.encode()).verify(body, dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError):
        return False
    return True
