"""`bidkeeper subscribe`, `subscriptions` and `deliveries` over the API."""

from typing import Any

from api.cli import CommandError
from api.cli.far import moment, path, picked
from api.cli.place import client
from api.cli.subscribe import DELIVERY, NO_DELIVERY, SUBSCRIPTION, TRY, WORDING
from api.client import Refused
from api.subscribing import Wanted
from contracts.vocabulary import DeliveryState


def signed_up(wanted: Wanted, *, send_open: bool) -> dict[str, Any]:
    """The subscription, how many calls are open for it, and whether they were sent."""
    asked = {
        "address": wanted.address,
        "query": wanted.query,
        "channel": wanted.channel,
        "owner": wanted.owner,
        "consent": WORDING,
    }
    made = client().post("subscriptions", {**asked, **wanted.choices})
    found = client().get("searches/open", query=made["query"])["count"]
    sent = send_open and client().post(f"{path('subscriptions', made['id'])}/open")["deliveries"] > 0
    return _with_times(made, SUBSCRIPTION) | {"open": found, "open_sent": sent}


def told(*, ended: bool) -> list[dict[str, Any]]:
    """Who is told of what, by address; what its owner agreed to is for a key with the scope `people`."""
    return [_with_times(one, SUBSCRIPTION) for one in client().all("subscriptions", ended=ended)]


def sent(state: DeliveryState | None, ocid: str | None, address: str | None, limit: int) -> list[dict[str, Any]]:
    """What was sent, newest first."""
    asked = {"state": state and state.value, "ocid": ocid, "address": address}
    return [_with_times(one, DELIVERY) for one in client().all("deliveries", most=limit, **asked)]


def one_sent(identity: int) -> dict[str, Any]:
    """One delivery with every attempt."""
    try:
        found = client().get(path("deliveries", identity))
    except Refused as refusal:
        if refusal.status == 404:
            raise CommandError(NO_DELIVERY.format(identity=identity), 1) from None
        raise
    return _with_times(found, DELIVERY) | {"tries": [_with_times(one, TRY) for one in found["tries"]]}


def _with_times(item: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    times = {name: moment(item[name]) for name in names if name == "at" or name.endswith("_at")}
    return picked(item, names) | times
