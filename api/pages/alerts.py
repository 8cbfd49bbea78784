"""Alerts: who hears of what, what was sent, and signing up."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from api.dependencies import Here, Me, Principal
from api.forms import done
from api.languages import N_, gettext
from api.pages.feeds import feeds_of
from api.presentation import DELIVERY_WORDS
from api.problems import Problem
from api.programs import program_aliases, program_words
from api.rendering import render
from contracts.vocabulary import DeliveryState
from notifier import store
from notifier.addresses import InvalidAddress
from notifier.models import Subscription
from notifier.query import QueryError

router = APIRouter(include_in_schema=False)

SHOWN = 50
CONSENT = N_("I agree to receive alerts about postings by e-mail at this address. I can unsubscribe at any time with one click.")
STATES = (("", N_("Any state")), *((state.value, DELIVERY_WORDS[state][0]) for state in DeliveryState))
STATE_WORDS = {"pending": N_("Pending"), "active": N_("Active"), "paused": N_("Paused"), "ended": N_("Ended")}


@router.get("/alerts")
async def alerts(request: Request, here: Here, me: Me) -> Response:
    """The organisation's subscriptions and the latest of its deliveries."""
    query = request.query_params
    state = next((known for known in DeliveryState if known == query.get("state")), None)
    before = query.get("before", "")
    with here.database.read() as session:
        subscriptions = store.subscriptions(session, organisation_id=me.organisation_id)
        deliveries = store.deliveries(
            session,
            organisation_id=me.organisation_id,
            state=state,
            limit=SHOWN,
            before=int(before) if before.isascii() and before.isdecimal() and len(before) < 16 else None,
        )
        counts = store.counts(session, organisation_id=me.organisation_id)
        told = store.notifications(session, {one.notification_id for one in deliveries})
    return render(
        request,
        "alerts.html",
        subscriptions=subscriptions,
        deliveries=deliveries,
        told=told,
        feeds={row.id: feeds_of(request, row.id) for row in subscriptions if row.id},
        counts=counts,
        state=state.value if state else "",
        states=STATES,
        STATE_WORDS=STATE_WORDS,
        more=deliveries[-1].id if len(deliveries) == SHOWN else None,
    )


@router.get("/subscribe")
async def sign_up(request: Request) -> Response:
    """The form that signs an address up; `query` in the address fills the search in."""
    return _form(request, query=request.query_params.get("query", "")[:500])


@router.post("/subscribe")
async def signed_up(
    request: Request,
    here: Here,
    me: Me,
    address: Annotated[str, Form(max_length=400)] = "",
    query: Annotated[str, Form(max_length=500)] = "",
    program: Annotated[str, Form(max_length=100)] = "",
    consent: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Sign an address up, with the wording that was agreed to kept as evidence."""
    wanted = f"program:{program} {query}".strip() if program else query
    if consent != "yes":
        sentence = N_("The law wants agreement before anything is mailed: tick the box if the address's owner agrees.")
        return _form(request, address, query, program, error=("consent", sentence))
    try:
        with here.database.write() as session:
            store.subscribe(
                session,
                organisation_id=me.organisation_id,
                address=address,
                query=wanted,
                now=here.clock(),
                source="sign-up page",
                wording=gettext(CONSENT),  # as the page showed it
                confirmed=True,
                programs=program_aliases(),
            )
    except InvalidAddress as error:
        return _form(request, address, query, program, error=("address", f"{error}."))
    except QueryError as error:
        return _form(request, address, query, program, error=("query", f"{error}."))
    return done("/alerts", "subscribed")


@router.post("/alerts/{subscription_id}/{act}")
async def change(here: Here, me: Me, subscription_id: int, act: str) -> Response:
    """Pause, resume or end one of the organisation's subscriptions."""
    with here.database.write() as session:
        _own(session, subscription_id, me)
        if act == "pause":
            store.pause(session, subscription_id, until=None)
        elif act == "resume":
            store.resume(session, subscription_id)
        elif act == "end":
            store.unsubscribe(session, subscription_id, now=here.clock())
        else:
            raise Problem(404, "A subscription can be paused, resumed or ended; there is nothing else at this address.")
    return done("/alerts", {"pause": "paused", "resume": "resumed", "end": "ended"}[act])


def _own(session: Session, subscription_id: int, me: Principal) -> Subscription:
    row = session.get(Subscription, subscription_id) if subscription_id < 2**31 else None
    if row is None or row.organisation_id != me.organisation_id:
        raise Problem(404, "There is no such subscription.")
    return row


def _form(
    request: Request, address: str = "", query: str = "", program: str = "", *, error: tuple[str, str] | None = None
) -> Response:
    return render(
        request,
        "subscribe.html",
        status_code=422 if error else 200,
        address=address,
        query=query,
        program=program,
        programs=[("", N_("Any program, by words alone")), *program_words().items()],
        consent=gettext(CONSENT),
        error=error,
    )
