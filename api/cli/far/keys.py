"""`bidkeeper keys` over the API: for a key with the scope `people`."""

from typing import Any

from api.accounts.models import FIRST_ORGANISATION
from api.cli import CommandError
from api.cli.far import path, picked
from api.cli.far.users import OWN
from api.cli.keys import NO_KEY
from api.cli.place import client


def in_use() -> list[dict[str, Any]]:
    """The keys that work, newest first, without their secrets."""
    return [
        picked(one, ("id", "name")) | {"scopes": " ".join(one["scopes"])} | picked(one, (), ("expires_at",))
        for one in client().all("keys")
    ]


def make(name: str, scopes: list[str], days: int, organisation: int) -> str:
    """A new key, whole."""
    if organisation != FIRST_ORGANISATION:
        raise CommandError(OWN)
    return str(client().post("keys", {"name": name, "scopes": scopes, "days": days})["key"])


def end(key: int) -> None:
    """Make a key useless."""
    if key not in {one["id"] for one in in_use()}:
        raise CommandError(NO_KEY.format(key=key))
    client().delete(path("keys", key))
