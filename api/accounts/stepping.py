"""Stepping up: what only owners and finance may see, and only shortly after they showed their second factor."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request

from api.accounts.gate import current
from api.accounts.roles import Principal
from api.problems import Elsewhere, Problem, wants_page
from api.security import SAFE_METHODS

PROOF_LASTS = timedelta(minutes=15)
NO_ACCOUNT = "Payees are shown only to a person who signed in with a second factor: invite yourself on /account, open the link, and set one up."
WRONG_ROLE = "Payees are for the roles owner and finance; ask an owner."
NO_FACTOR = "Set up a second factor on /account/second-factor first."
STALE = "It has been a while: give the code of your second factor again on /account/code, then repeat this."


async def proved(request: Request, me: Annotated[Principal, Depends(current)]) -> Principal:
    """The person who asks, if they may handle payees and proved lately who they are; raises Problem, or leads there."""
    state: Any = request.app.state
    if me.sign_in_id is None:
        raise Problem(403, NO_ACCOUNT)
    if not me.pays:
        raise Problem(403, WRONG_ROLE)
    if not me.has_second_factor:
        raise _leads(request, "/account/second-factor", NO_FACTOR)
    if not lately(me, now=state.clock()):
        raise _leads(request, f"/account/code?next={quote(request.url.path, safe='')}", STALE)
    return me


def lately(me: Principal, *, now: datetime) -> bool:
    """Whether the proof is fresh enough."""
    return me.proved_at is not None and timedelta(0) <= now - me.proved_at < PROOF_LASTS


def _leads(request: Request, address: str, sentence: str) -> Exception:
    return Elsewhere(address) if wants_page(request) and request.method in SAFE_METHODS else Problem(403, sentence)


Proved = Annotated[Principal, Depends(proved)]
