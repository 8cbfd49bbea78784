"""More of `bidkeeper contracts` over the API: particulars, events, holds, retention and disposal; the service writes the key's name down."""

# ruff: noqa: ARG001 - `by` is for this machine's own audit log; a service knows who asks it

from datetime import date
from typing import Any

from api.cli.common import NO_OBLIGATION
from api.cli.contract_records import NO_TERM
from api.cli.far import known, path, picked
from api.cli.far.contract_work import contract_named
from api.cli.place import client


def add(contract: str, kind: str, given: dict[str, str], by: str) -> tuple[str, int]:
    """The contract's title and the number of what was recorded."""
    row = contract_named(contract)
    return row["title"], client().post(path("contracts", row["id"], "particulars", kind), given)["id"]


def take_off(contract: str, kind: str, number: int, by: str) -> str:
    """The title of the contract that something was taken off."""
    row = contract_named(contract)
    client().delete(path("contracts", row["id"], "particulars", kind, number))
    return str(row["title"])


def use(contract: str, option: int, on: date, by: str) -> tuple[str, int, str]:
    """The contract's title, the option's position, and the day on which it was used."""
    row = contract_named(contract)
    used = client().post(path("contracts", row["id"], "options", option, "exercise"), {"on": on.isoformat()})
    return row["title"], used["position"], used["exercised_on"]


def note_event(contract: str, term: int, on: date, said: dict[str, Any]) -> dict[str, Any]:
    """The obligation that an event makes."""
    row = contract_named(contract)
    known("terms", term, otherwise=NO_TERM.format(term=term))
    made = client().post(path("contracts", row["id"], "happenings"), {"term": term, "on": on.isoformat()} | said)
    return picked(made, ("id", "title", "due", "basis"))


def give(obligation: int, owner: str | None) -> str | None:
    """Who looks after the obligation from now on."""
    known("obligations", obligation, otherwise=NO_OBLIGATION.format(number=obligation))
    given: str | None = client().change(path("obligations", obligation), owner=owner)["owner"]
    return given


def place_hold(contract: str, reason: str, by: str) -> tuple[int, str]:
    """The hold's number and the title of the contract that it keeps."""
    row = contract_named(contract)
    return client().post(path("contracts", row["id"], "holds"), {"reason": reason})["id"], row["title"]


def end_hold(number: int, by: str) -> None:
    """Lift a hold."""
    client().delete(path("holds", number))


def set_rule(months: int, basis: str, *, automatic: bool, by: str) -> None:
    """Say how long contracts are kept."""
    client().change("retention", method="PUT", months=months, basis=basis, automatic=automatic)


def kept_how_long() -> dict[str, Any]:
    """The rule, what is due by it, and the holds that stand."""
    rule = client().get("retention")
    due = [
        {"contract": one["contract_id"]} | picked(one, ("title", "ended", "since")) | {"held": one["held"] is not None}
        for one in client().all("retention/due")
    ]
    standing = [picked(one, ("id", "subject", "reason")) for one in client().all("holds")]
    return {"rule": rule if rule["months"] else None, "due": due, "holds": standing}


def remove_for_good(contract: str, reason: str, by: str) -> str:
    """The title of the contract that was disposed of."""
    row = contract_named(contract)
    client().post(path("contracts", row["id"], "dispose"), {"reason": reason})
    return str(row["title"])
