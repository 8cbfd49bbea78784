"""A look that was held back: what it would change, row by row, and the decision; accepting it tells whoever wanted to know."""

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import journeys
from api.dependencies import Here, Me, Principal, Services
from api.forms import done
from api.problems import Problem
from api.rendering import render
from crawler import store
from crawler.comparing import compare
from crawler.items import Posting
from crawler.models import Quarantine
from crawler.store import NotHeld

router = APIRouter(include_in_schema=False)

NOT_HELD = "No such look of this source is held for review."


SHOWN = 100  # rows of each kind


@router.get("/sources/{name}/held/{held_id}")
async def review(request: Request, here: Here, name: str, held_id: int) -> Response:
    """What the look shows against what the source showed last."""
    with here.database.read() as session:
        held = session.get(Quarantine, held_id) if 0 < held_id < 2**31 else None
        if held is None or held.source != name or held.state != "held":
            raise Problem(404, "No such look of this source is held for review.")
        before = _by_id(store.showing(session, name))
    watched = here.sources().get(name)
    return render(
        request,
        "held.html",
        held=held,
        name=name,
        title=(watched.title if watched else "") or name,
        configured=watched is not None,
        address=watched.address if watched else None,
        compared=compare(before, _by_id(held.postings)),
        shown=SHOWN,
    )


@router.post("/sources/{name}/held/{held_id}/{verdict}")
async def decide(here: Here, me: Me, name: str, held_id: int, verdict: str) -> Response:
    """Accept a held look, reject it, or take its rejection back."""
    if verdict == "reconsider":
        return _reconsidered(here, name, held_id)
    if verdict not in {"accept", "reject"}:
        raise Problem(404, NOT_HELD)
    decide_held(here, me, held_id, accept=verdict == "accept", of=name)
    return done(f"/sources/{name}", "accepted" if verdict == "accept" else "rejected", of=held_id)


def _reconsidered(here: Services, name: str, held_id: int) -> Response:
    with here.database.write() as session:
        held = session.get(Quarantine, held_id) if 0 < held_id < 2**31 else None
        if held is None or held.source != name:
            raise Problem(404, NOT_HELD)
        try:
            store.reconsider(session, held_id)
        except NotHeld as error:
            raise Problem(409, f"Nothing was changed: {error}.") from None
    return done(f"/sources/{name}/held/{held_id}", "taken_back")


def decide_held(here: Services, me: Principal, held_id: int, *, accept: bool, of: str | None = None) -> Quarantine:
    """Accept a held look (`of` a source, or of any), with its news and deliveries in one transaction, or reject it; raises Problem."""
    now = here.clock()
    with here.database.write() as session:
        held = session.get(Quarantine, held_id) if 0 < held_id < 2**31 else None
        source = here.sources().get(held.source) if held is not None else None
        if held is None or source is None or of not in {None, held.source}:
            raise Problem(404, NOT_HELD)
        try:
            if accept:
                saved = store.accept(session, held_id, source, by=me.name, now=now)
                journeys.tell(session, source, saved, now=now, operator=here.settings.operator_email)
            else:
                store.reject(session, held_id, by=me.name, now=now)
        except NotHeld as error:
            raise Problem(409, f"Nothing was changed: {str(error).rstrip('.')}.") from None
    return held


def _by_id(dumped: Iterable[dict[str, Any]]) -> dict[str, Posting]:
    """The postings under their ids; a row that lacks what every posting has is shown by what it has."""
    whole = ({"id": "", "number": None, "title": ""} | row for row in dumped)
    return {posting.id: posting for posting in map(Posting.load, whole)}
