"""`bidkeeper audit` over the API: for a key with the scope `people`."""

from typing import Any

from api.cli.audit import KEPT
from api.cli.far import picked
from api.cli.place import client


def walked() -> dict[str, Any]:
    """What walking the chain found."""
    return picked(client().get("audit/verdict"), ("whole", "entries", "broken", "reason"))


def entries(subject: str | None, limit: int) -> list[dict[str, Any]]:
    """The newest entries, of one subject or all."""
    return [picked(one, (), ("at",)) | picked(one, KEPT) for one in client().all("audit", most=limit, subject=subject)]
