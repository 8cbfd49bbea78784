"""`bidkeeper users` over the API: for a key with the scope `people`."""

from typing import Any

from api.accounts.models import FIRST_ORGANISATION
from api.accounts.roles import Role
from api.cli import CommandError
from api.cli.far import path, picked
from api.cli.place import client
from api.cli.users import KNOWN, NOBODY

OWN = "a key belongs to one organisation: leave --organisation out"


def everyone(organisation: int) -> list[dict[str, Any]]:
    """Everyone of the key's organisation, by address."""
    _only_own(organisation)
    return [picked(one, ("address", "name", "role")) for one in client().all("people")]


def invite(address: str, role: Role, name: str, organisation: int, *, mail: bool) -> str:  # noqa: ARG001 - there it is mailed wherever it can be
    """The link that lets a new person in."""
    _only_own(organisation)
    if _found(address) is not None:
        raise CommandError(KNOWN.format(address=address))
    return _invited({"address": address, "role": role.value, "name": name})


def invite_again(address: str, *, mail: bool) -> str:  # noqa: ARG001 - as above
    """A new link for a known person."""
    person = _known(address)
    return _invited({"address": address, "role": person["role"]})


def give_role(address: str, role: Role) -> None:
    """Give a known person another role."""
    client().change(path("people", _known(address)["id"]), role=role.value)


def take_out(address: str) -> None:
    """Take a known person out."""
    client().delete(path("people", _known(address)["id"]))


def _only_own(organisation: int) -> None:
    if organisation != FIRST_ORGANISATION:
        raise CommandError(OWN)


def _invited(wanted: dict[str, Any]) -> str:
    return str(client().post("people", wanted)["link"])


def _found(address: str) -> dict[str, Any] | None:
    return next((one for one in client().all("people") if one["address"] == address.strip().lower()), None)


def _known(address: str) -> dict[str, Any]:
    found = _found(address)
    if found is None:
        raise CommandError(NOBODY.format(address=address))
    return found
