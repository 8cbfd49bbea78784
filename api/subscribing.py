"""Signing up an address of any channel, for the page, the API and the command line alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from api.programs import program_aliases
from notifier import store
from notifier.addresses import InvalidAddress, normal_address
from notifier.channels.table import CHANNELS
from notifier.models import Subscription
from notifier.timing import FREQUENCIES, BadRhythm


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom to tell of what, over which channel and how. `owner` hears by mail when a channel other than mail breaks down."""

    address: str
    query: str = ""
    channel: str = "email"
    owner: str = ""
    choices: Mapping[str, Any] = field(default_factory=dict)


def subscribe(
    session: Session, wanted: Wanted, *, organisation_id: int, secret: str, now: datetime, source: str, wording: str
) -> Subscription:
    """The subscription; asked for twice, it is the same. Raises InvalidAddress, QueryError, BadRhythm."""
    kind = CHANNELS.get(wanted.channel)
    if kind is None:
        raise InvalidAddress(f"there is no channel {wanted.channel[:40]!r}; the channels are {', '.join(CHANNELS)}")
    target = kind.read(wanted.address, secret)
    frequency = wanted.choices.get("frequency") or "instant"
    if frequency in FREQUENCIES and frequency not in kind.frequencies:
        raise BadRhythm(f"alerts over {kind.name} come {' or '.join(kind.frequencies)}, not {frequency[:40]}")
    owner = {"owner": normal_address(wanted.owner)} if wanted.owner.strip() and kind.name != "email" else {}
    return store.subscribe(
        session,
        organisation_id=organisation_id,
        address=target.address,
        query=wanted.query,
        now=now,
        source=source,
        wording=wording,
        confirmed=True,
        programs=program_aliases(),
        channel=kind.name,
        options=dict(target.options) | owner,
        choices=wanted.choices,
    )
