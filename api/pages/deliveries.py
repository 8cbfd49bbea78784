"""Deliveries: what became of every message, found by state, address or tender, and tried again where that helps."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from api.dependencies import Here, Me
from api.forms import done
from api.languages import N_
from api.pages.alerts import STATES
from api.problems import Problem
from api.rendering import render
from contracts.vocabulary import DeliveryState
from notifier import store
from notifier.audit import neglected
from notifier.claims import RETRIABLE, retry

router = APIRouter(include_in_schema=False)

SHOWN = 50
OUTCOMES = {
    "sent": N_("Accepted by the mail server"),
    "delayed": N_("Not yet"),
    "failed": N_("Refused"),
    "bounced": N_("Came back"),
    "complained": N_("Complaint"),
    "delivered": N_("Delivered"),
}


@router.get("/deliveries")
async def deliveries(request: Request, here: Here, me: Me) -> Response:
    """The organisation's messages, newest first, and those that nobody takes care of."""
    state, address, ocid, before = _asked(request.query_params)
    with here.database.read() as session:
        rows = store.deliveries(
            session, organisation_id=me.organisation_id, state=state, address=address or None, ocid=ocid or None,
            limit=SHOWN + 1, before=before,
        )  # fmt: skip
        told = store.notifications(session, {one.notification_id for one in rows})
        stuck = [one for one in neglected(session, now=here.clock()) if one.organisation_id == me.organisation_id]
        counts = store.counts(session, organisation_id=me.organisation_id)
    return render(
        request,
        "deliveries.html",
        deliveries=rows[:SHOWN],
        told=told,
        stuck=stuck,
        counts=counts,
        states=STATES,
        asked={"state": state.value if state else "", "address": address, "tender": ocid},
        retriable=RETRIABLE,
        more=rows[SHOWN - 1].id if len(rows) > SHOWN else None,
    )


@router.get("/deliveries/{delivery_id}")
async def delivery(request: Request, here: Here, me: Me, delivery_id: int) -> Response:
    """One message with every attempt."""
    with here.database.read() as session:
        row = store.delivery(session, delivery_id, organisation_id=me.organisation_id)
        if row is None:
            raise Problem(404, "There is no such message.")
        tries = store.attempts(session, delivery_id)
        told = store.notifications(session, {row.notification_id})[row.notification_id]
    return render(
        request, "delivery.html", one=row, attempts=tries, news=told, outcomes=OUTCOMES, may_retry=row.state in RETRIABLE
    )


@router.post("/deliveries/retry")
async def again_many(here: Here, me: Me, delivery: Annotated[list[int] | None, Form()] = None) -> Response:
    """Have every message that was checked tried again; one that was sent meanwhile stays as it is."""
    with here.database.write() as session:
        for number in delivery or []:
            if store.delivery(session, number, organisation_id=me.organisation_id) is None:
                raise Problem(404, "There is no such message.")
            retry(session, now=here.clock(), delivery_id=number)
    return done("/deliveries", "retried")


@router.post("/deliveries/{delivery_id}/retry")
async def again(here: Here, me: Me, delivery_id: int) -> Response:
    """Have one message tried again at once, with the whole schedule before it."""
    with here.database.write() as session:
        row = store.delivery(session, delivery_id, organisation_id=me.organisation_id)
        if row is None:
            raise Problem(404, "There is no such message.")
        if not retry(session, now=here.clock(), delivery_id=delivery_id):
            raise Problem(409, "This message neither waits nor failed: there is nothing to try again.")
    return done(f"/deliveries/{delivery_id}", "retried")


def _asked(query: Mapping[str, Any]) -> tuple[DeliveryState | None, str, str, int | None]:
    """State, address, tender and the id to go on before, from the page's address; what makes no sense is left out."""
    state = next((known for known in DeliveryState if known == query.get("state")), None)
    before = query.get("before", "")
    return (
        state,
        query.get("address", "").strip()[:400],
        query.get("tender", "").strip()[:200],
        int(before) if before.isascii() and before.isdecimal() and len(before) < 16 else None,
    )
