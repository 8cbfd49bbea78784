"""`bidkeeper subscribe`, `subscriptions`, `deliveries`, `outbox`: who is told of what, and what became of it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlmodel import Session

from api import journeys
from api.accounts.models import FIRST_ORGANISATION
from api.cli import CommandError, now, open_database, print_json
from api.cli.place import anywhere, at
from api.keys import link_secret
from api.settings import Settings
from api.sources import configured
from api.subscribing import Wanted
from api.subscribing import subscribe as sign_up
from contracts.vocabulary import DeliveryState
from notifier import standstill, store, upkeep
from notifier.audit import neglected
from notifier.claims import retry
from notifier.models import Delivery, Subscription

WORDING = "Entered on the command line by the operator, who confirms that the recipient asked for these alerts."

SUBSCRIPTION = ("id", "address", "channel", "query", "language", "frequency", "state", "created_at", "confirmed_at", "consent")
DELIVERY = (
    "id",
    "key",
    "address",
    "channel",
    "state",
    "attempts",
    "message_id",
    "created_at",
    "sent_at",
    "next_attempt_at",
    "reason",
)
TRY = ("at", "outcome", "code", "enhanced", "text")
NO_DELIVERY = "there is no delivery {identity}; see bidkeeper deliveries"

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@anywhere
def subscribe(
    email: Annotated[str, typer.Argument(help="Who is to be told: a mail address, or the address of another channel.")],
    *,
    query: Annotated[
        str, typer.Option(help='What of, as: program:OR2, "work conditioning" -construction; empty is everything.')
    ] = "",
    language: Annotated[str, typer.Option(help="en or fr.")] = "en",
    frequency: Annotated[str, typer.Option(help="instant, or gathered: hourly, daily, weekly.")] = "instant",
    deliver_at: Annotated[str, typer.Option("--at", help="Wall time of a daily or weekly digest.")] = "08:00",
    weekday: Annotated[int, typer.Option(help="Of a weekly digest: 0 is Monday.")] = 0,
    zone: Annotated[str, typer.Option(help="Zone that the hours are in.")] = "America/Vancouver",
    quiet: Annotated[str, typer.Option(help="Hours when nothing is sent, as 21:00-07:00.")] = "",
    workdays: Annotated[bool, typer.Option("--workdays", help="Only on business days of British Columbia.")] = False,
    remind: Annotated[str, typer.Option(help="Days before a closing, or hours: 14,7,3,1,3h; empty is never.")] = "14,7,3,1",
    channel: Annotated[str, typer.Option(help="email, webhook or apprise.")] = "email",
    owner: Annotated[str, typer.Option(help="Who hears by mail when a channel other than mail breaks down.")] = "",
    send_open: Annotated[bool, typer.Option("--open", help="Send what is open already, once.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send alerts to an address; asked for twice, it is the same subscription."""
    choices = {
        "language": language,
        "frequency": frequency,
        "deliver_at": deliver_at,
        "weekday": weekday,
        "zone": zone,
        "quiet": quiet,
        "workdays": workdays,
        "reminders": [lead.strip() for lead in remind.split(",")],
    }
    document = at(signed_up)(Wanted(email, query, channel, owner, choices), send_open=send_open)
    if as_json:
        print_json(document)
        return
    typer.echo(
        f"{document['address']} hears of {document['query'] or 'everything'} (subscription {document['id']}, {document['state']})"
    )
    if document["open"] and not document["open_sent"]:
        typer.echo(f"{document['open']} such calls are open already; --open sends them once")


@anywhere
def subscriptions(
    *, ended: Annotated[bool, typer.Option(help="Also those that ended.")] = False, as_json: AsJson = False
) -> None:
    """List who is told of what."""
    documents = at(told)(ended=ended)
    _show(documents, ("id", "address", "query", "frequency", "state"), as_json=as_json)


@anywhere
def deliveries(
    *,
    state: Annotated[str | None, typer.Option(help=f"One of {', '.join(DeliveryState)}.")] = None,
    ocid: Annotated[str | None, typer.Option(help="Of one tender.")] = None,
    address: Annotated[str | None, typer.Option(help="To one address.")] = None,
    only: Annotated[int | None, typer.Option("--only", help="One delivery, by its id, with every attempt.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List what was sent, to whom, and what waits or failed and why; newest first."""
    if state is not None and state not in set(DeliveryState):
        raise CommandError(f"no delivery is ever {state!r}; the states are {', '.join(DeliveryState)}")
    if only is not None:
        _show_delivery(only, as_json=as_json)
        return
    documents = at(sent)(DeliveryState(state) if state else None, ocid, address, limit)
    _show(documents, ("id", "address", "channel", "state", "attempts", "sent_at", "next_attempt_at", "reason"), as_json=as_json)


def _show_delivery(identity: int, *, as_json: bool) -> None:
    document = at(one_sent)(identity)
    if as_json:
        print_json(document)
        return
    for name, value in document.items():
        if name != "tries":
            typer.echo(f"{name.replace('_', ' '):<16} {'-' if value is None else value}")
    for one in document["tries"]:
        typer.echo(f"{one['at']}  {' '.join(str(one[name]) for name in TRY[1:] if one[name] is not None)}")


def outbox(
    *,
    again: Annotated[
        bool, typer.Option("--retry", help="Make all that waits or failed due at once; the service sends it.")
    ] = False,
    only: Annotated[int | None, typer.Option("--only", help="With --retry: the id of one delivery.")] = None,
    go_on: Annotated[bool, typer.Option("--go-on", help="Send again after a restore; what waits goes out.")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="With --go-on: what waits now is not sent.")] = False,
    replay: Annotated[
        int | None, typer.Option("--replay", help="Send again what this subscription missed; over a webhook, all of it.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(help="With --replay: from when on, in UTC; without it 30 days.")] = None,
    as_json: AsJson = False,
) -> None:
    """Count the deliveries in each state and name those that nobody takes care of; with --retry, have them tried again."""
    if go_on:
        _go_on(forget=forget)
        return
    if replay is not None:
        _replay(replay, since, as_json=as_json)
        return
    with _writing() as session:
        due = retry(session, now=now(), delivery_id=only) if again else 0
        counts = {state.value: count for state, count in store.counts(session).items()}
        forgotten = [_document(row, DELIVERY) for row in neglected(session, now=now())]
    if again and only is not None and not due:
        raise CommandError(f"delivery {only} is not one that waits or failed; see bidkeeper deliveries", 1)
    if as_json:
        print_json({"states": counts, "retried": due, "neglected": forgotten})
        return
    for name, count in counts.items():
        typer.echo(f"{count:8}  {name}")
    if again:
        typer.echo(f"{due:8}  to be tried again now")
    for row in forgotten:
        typer.echo(f"nobody takes care of delivery {row['id']} to {row['address']} ({row['state']})")


def _replay(subscription_id: int, since: datetime | None, *, as_json: bool) -> None:
    begin = since.replace(tzinfo=UTC) if since else now() - timedelta(days=30)
    with _writing() as session:
        row = session.get(Subscription, subscription_id)
        if row is None or row.organisation_id != FIRST_ORGANISATION:
            raise CommandError(f"there is no subscription {subscription_id}; see bidkeeper subscriptions", 1)
        count = upkeep.replay(session, row, since=begin, now=now())
    if as_json:
        print_json({"subscription": subscription_id, "since": begin.isoformat(), "replayed": count})
    else:
        typer.echo(f"{count} deliveries go out again")


def _go_on(*, forget: bool) -> None:
    with _writing() as session:
        forgotten = standstill.end(session, forget_until=now() if forget else None)
    if forgotten is None:
        raise CommandError("sending is not on hold: it is so only after `bidkeeper restore`", 1)
    typer.echo(f"sending goes on; {forgotten} that waited will not be sent" if forget else "sending goes on")


def signed_up(wanted: Wanted, *, send_open: bool) -> dict[str, Any]:
    """The subscription, how many calls are open for it, and whether they were sent; raises CommandError."""
    settings = Settings()
    with _writing() as session:
        try:
            row = sign_up(
                session,
                wanted,
                organisation_id=FIRST_ORGANISATION,
                secret=link_secret(settings),
                now=now(),
                source="command line",
                wording=WORDING,
            )
        except ValueError as error:  # InvalidAddress, QueryError, BadRhythm
            raise CommandError(str(error)) from None
        found = journeys.open_now(session, row.query, configured(settings), now=now())
        sent = send_open and journeys.mail_open(session, row, configured(settings), now=now()) is not None
        return _document(row, SUBSCRIPTION) | {"open": len(found), "open_sent": sent}


def told(*, ended: bool) -> list[dict[str, Any]]:
    """Who is told of what, by address."""
    with _writing() as session:
        rows = store.subscriptions(session, organisation_id=FIRST_ORGANISATION, ended=ended)
        return [_document(row, SUBSCRIPTION) for row in rows]


def sent(state: DeliveryState | None, ocid: str | None, address: str | None, limit: int) -> list[dict[str, Any]]:
    """What was sent, newest first."""
    with _writing() as session:
        return [
            _document(row, DELIVERY) for row in store.deliveries(session, state=state, ocid=ocid, address=address, limit=limit)
        ]


def one_sent(identity: int) -> dict[str, Any]:
    """One delivery with every attempt; raises CommandError."""
    with _writing() as session:
        row = session.get(Delivery, identity)
        if row is None:
            raise CommandError(NO_DELIVERY.format(identity=identity), 1)
        tries = [{name: _plain(getattr(one, name)) for name in TRY} for one in store.attempts(session, identity)]
        return _document(row, DELIVERY) | {"tries": tries}


@contextmanager
def _writing() -> Iterator[Session]:
    with closing(open_database(Settings())) as database, database.write() as session:
        yield session


def _document(row: Subscription | Delivery, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _show(documents: list[dict[str, Any]], columns: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        print_json(documents)
        return
    table = Table(*(column.replace("_", " ") for column in columns), box=None)
    for document in documents:
        table.add_row(*("" if document[column] is None else str(document[column]) for column in columns))
    Console(soft_wrap=True, markup=False).print(table)
