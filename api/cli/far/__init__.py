"""What commands do with --remote: each function is the twin of one in the command's own module, over the API.

Twins have the same name and arguments and give the same documents; tests/api/test_cli_remote.py holds them to it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from api.cli import CommandError
from api.cli.place import client
from api.client import Refused


def picked(item: Mapping[str, Any], names: Iterable[str], times: Iterable[str] = ()) -> dict[str, Any]:
    """These members of an item; `times` as the command line writes them."""
    return {name: item[name] for name in names} | {name: moment(item[name]) for name in times}


def moment(text: str | None) -> str | None:
    """A time of the API (…Z) as `isoformat` has it (…+00:00)."""
    return datetime.fromisoformat(text).isoformat() if text else None


def path(*parts: str | int) -> str:
    """A path of parts that may hold anything."""
    return "/".join(quote(str(part), safe="") for part in parts)


def known(*parts: str | int, otherwise: str) -> Any:
    """What stands at a path; raises CommandError with `otherwise` where nothing does."""
    try:
        return client().get(path(*parts))
    except Refused as refusal:
        if refusal.status == 404:
            raise CommandError(otherwise) from None
        raise
