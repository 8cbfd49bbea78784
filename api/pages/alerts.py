"""Alerts: who hears of what, what was sent, and signing up."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import Field

from api.choosing import OFFERED, ChoiceForm
from api.dependencies import Here, Me
from api.forms import done
from api.languages import N_, gettext
from api.pages.feeds import feeds_of
from api.presentation import DELIVERY_WORDS
from api.programs import program_words
from api.rendering import render
from api.signing_up import LANGUAGES
from api.subscribing import Wanted, subscribe
from contracts.vocabulary import DeliveryState
from notifier import store
from notifier.addresses import InvalidAddress
from notifier.models import Subscription
from notifier.query import QueryError
from notifier.timing import BadRhythm

router = APIRouter(include_in_schema=False)

SHOWN = 50
CONSENT = N_("I agree to receive alerts about postings by e-mail at this address. I can unsubscribe at any time with one click.")
STATES = (("", N_("Any state")), *((state.value, DELIVERY_WORDS[state][0]) for state in DeliveryState))
CHANNEL_WORDS = (
    ("email", N_("Mail")),
    ("webhook", N_("Webhook (signed JSON)")),
    ("apprise", N_("Slack, Teams, SMS, ntfy … (Apprise address)")),
)
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


class SignUp(ChoiceForm):
    """Whom to tell of what, over which channel and how."""

    address: str = Field(default="", max_length=1000)
    channel: str = Field(default="email", max_length=20)
    owner: str = Field(default="", max_length=400)
    query: str = Field(default="", max_length=500)
    program: str = Field(default="", max_length=100)
    consent: str = Field(default="", max_length=10)

    @property
    def whole_query(self) -> str:
        """The search with the program line in it."""
        return f"program:{self.program} {self.query}".strip() if self.program else self.query


@router.get("/subscribe")
async def sign_up(request: Request) -> Response:
    """The form that signs an address up; `query` in the address fills the search in."""
    return _form(request, SignUp(query=request.query_params.get("query", "")[:500]))


@router.post("/subscribe")
async def signed_up(request: Request, here: Here, me: Me, form: Annotated[SignUp, Form()]) -> Response:
    """Sign an address up, with the wording that was agreed to kept as evidence, and go on to what is open already."""
    if form.consent != "yes":
        sentence = N_("The law wants agreement before anything is mailed: tick the box if the address's owner agrees.")
        return _form(request, form, error=("consent", sentence))
    wanted = Wanted(form.address, form.whole_query, form.channel, form.owner, form.choices())
    try:
        with here.database.write() as session:
            row = subscribe(
                session,
                wanted,
                organisation_id=me.organisation_id,
                secret=request.app.state.link_secret(),
                now=here.clock(),
                source="sign-up page",
                wording=gettext(CONSENT),  # as the page showed it
            )
    except InvalidAddress as error:
        return _form(request, form, error=("address", f"{error}."))
    except QueryError as error:
        return _form(request, form, error=("query", f"{error}."))
    except BadRhythm as error:
        return _form(request, form, error=("choices", f"{error}."))
    return done(f"/alerts/{row.id}", "subscribed")


def _form(request: Request, form: SignUp, *, error: tuple[str, str] | None = None) -> Response:
    quiet = form.choices()["quiet"] or ""
    return render(
        request,
        "subscribe.html",
        status_code=422 if error else 200,
        form=form,
        row=Subscription(**{**{k: v for k, v in form.choices().items() if v is not None}, "quiet": quiet}),
        programs=[("", N_("Any program, by words alone")), *program_words().items()],
        channels=CHANNEL_WORDS,
        offered=OFFERED,
        languages=LANGUAGES,
        consent=gettext(CONSENT),
        error=error,
    )
