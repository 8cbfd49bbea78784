"""What a person decides over a look that was held back; accepting it tells whoever wanted to know."""

from fastapi import APIRouter
from fastapi.responses import Response

from api import journeys
from api.dependencies import Here, Me
from api.forms import done
from api.problems import Problem
from crawler import store
from crawler.models import Quarantine
from crawler.store import NotHeld

router = APIRouter(include_in_schema=False)


@router.post("/sources/{name}/held/{held_id}/{verdict}")
async def decide(here: Here, me: Me, name: str, held_id: int, verdict: str) -> Response:
    """Accept a held look, with its news and deliveries in one transaction, or reject it."""
    source, now = here.sources().get(name), here.clock()
    with here.database.write() as session:
        held = session.get(Quarantine, held_id) if 0 < held_id < 2**31 else None
        if source is None or held is None or held.source != name or verdict not in {"accept", "reject"}:
            raise Problem(404, "No such look of this source is held for review.")
        try:
            if verdict == "reject":
                store.reject(session, held_id, by=me.name, now=now)
            else:
                saved = store.accept(session, held_id, source, by=me.name, now=now)
                journeys.tell(session, source, saved, now=now, operator=here.settings.operator_email)
        except NotHeld as error:
            raise Problem(409, f"Nothing was changed: {str(error).rstrip('.')}.") from None
    return done(f"/sources/{name}", "accepted" if verdict == "accept" else "rejected")
