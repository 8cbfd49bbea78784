"""The kinds of channel, by name. A new one is a file with a `KIND` and a line in `CHANNELS`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from notifier.addresses import normal_address
from notifier.timing import FREQUENCIES


@dataclass(frozen=True, slots=True)
class Target:
    """Where a subscription's alerts go: the address that is shown and told apart by, and what else the channel must know."""

    address: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of channel. `read` makes a Target of what somebody typed and the service's secret; it raises InvalidAddress.

    `frequencies` are the rhythms that make sense for it. `asks` says that the address's owner can be asked to confirm.
    """

    name: str
    read: Callable[[str, str], Target]
    frequencies: tuple[str, ...] = FREQUENCIES
    asks: bool = False


EMAIL = Kind("email", lambda typed, _secret: Target(normal_address(typed)), asks=True)
