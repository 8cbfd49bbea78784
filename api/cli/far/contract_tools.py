"""More of `bidkeeper contracts` over the API: facts, what is due, and fee schedules."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from api.cli.common import NO_OBLIGATION, opened
from api.cli.contract_tools import DUE
from api.cli.far import known, path, picked
from api.cli.far.contract_work import contract_named
from api.cli.place import client


def facts(contract: str, given: dict[str, Any]) -> dict[str, Any]:
    """The contract with these facts of it."""
    said: dict[str, Any] = {name: value if isinstance(value, str | bool) else _written(value) for name, value in given.items()}
    row = client().change(path("contracts", contract_named(contract)["id"]), **said)
    return picked(row, ("title", "start", "end", "evergreen", "ocid"))


def laid_out(contract: str | None, until: date | None) -> list[dict[str, Any]]:
    """What is due, of one contract or all, after it was computed again."""
    chosen = contract_named(contract)["id"] if contract else None
    client().post("obligations/plan")
    found = client().all("obligations", until=until and until.isoformat(), contract=chosen)
    return [picked(one, DUE) for one in found]


def closed(obligation: int, state: str, note: str | None, by: str) -> str:  # noqa: ARG001 - the service knows who it is
    """The state of an obligation that was closed."""
    known("obligations", obligation, otherwise=NO_OBLIGATION.format(number=obligation))
    return str(client().post(path("obligations", obligation, "close"), {"state": state, "note": note})["state"])


def taken(file: Path, contract: str, by: str) -> tuple[int, str]:  # noqa: ARG001 - as above
    """How many fee lines of a schedule are on file since, and the first of them."""
    made = client().upload(path("contracts", contract_named(contract)["id"], "fees", "import"), file.name, opened(file))
    return made["fees"], made["first"]


def _written(value: date | Decimal) -> str:
    return value.isoformat() if isinstance(value, date) else f"{value:f}"
