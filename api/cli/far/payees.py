"""`bidkeeper payees` over the API: for a key with the scope `payees`. Calling back, approving and refusing want a person."""

from datetime import datetime
from typing import Any

from api.cli import CommandError
from api.cli.far import path, picked
from api.cli.payees import CHANGE, NO_PAYEE, PAYEE
from api.cli.place import client


def on_file() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The payees, masked, and the changes that wait."""
    return [_payee(one) for one in client().all("payees")], [_change(one) for one in client().all("payee-changes")]


def put_on_file(number: str, legal_name: str, by: str) -> None:  # noqa: ARG001 - the service knows who it is
    """Put a payee number on file."""
    client().post("payees", {"number": number, "legal_name": legal_name})


def ask_for(
    number: str,
    wanted: dict[str, Any],
    account: dict[str, str] | None,
    reason: str,
    by: str,  # noqa: ARG001 - as above
) -> tuple[int, str | None]:
    """The number of the change that was asked for, and the contact who is told."""
    row = next((one for one in client().all("payees") if one["number"] == number), None)
    if row is None:
        raise CommandError(NO_PAYEE.format(number=number))
    said = wanted | {"reason": reason} | ({"bank_account": account} if account else {})
    return client().post(path("payees", row["id"], "changes"), said)["id"], row["remittance_email"]


def _payee(item: dict[str, Any]) -> dict[str, Any]:
    return picked(item, (*PAYEE, "bank_account", "gst_number", "erased"))


def _change(item: dict[str, Any]) -> dict[str, Any]:
    at = item["effective_at"]
    return picked(item, CHANGE) | {"effective_at": datetime.fromisoformat(at).isoformat(" ") if at else None}
