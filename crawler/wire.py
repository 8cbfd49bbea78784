"""What the crawl process and its parent say to each other: one JSON line a look, written by the one and read by the other."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any, TextIO

from contracts.vocabulary import Health
from crawler.items import CapturedPage, Look, Posting


def say(out: TextIO, kind: str, value: dict[str, Any]) -> None:
    """One line to the parent: `{kind: value}`."""
    out.write(json.dumps({kind: value}, ensure_ascii=True, separators=(",", ":")) + "\n")
    out.flush()


def dump(look: Look) -> dict[str, Any]:
    """A Look as JSON values; `load` gives an equal one back."""
    return {
        **{
            name: getattr(look, name)
            for name in ("source", "rows", "total", "says_none", "unchanged", "announces", "retry_after", "validators")
        },
        "at": look.at.isoformat(),
        "columns": list(look.columns),
        "postings": [posting.dump() for posting in look.postings],
        "pages": [{**asdict(page), "taken_at": page.taken_at.isoformat()} for page in look.pages],
        "trouble": [look.trouble[0].value, look.trouble[1]] if look.trouble else None,
    }


def load(data: dict[str, Any]) -> Look:
    """The Look that `dump` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    pages = [CapturedPage(**{**page, "taken_at": datetime.fromisoformat(page["taken_at"])}) for page in data["pages"]]
    trouble = data["trouble"]
    return Look(
        **{
            **data,
            "at": datetime.fromisoformat(data["at"]),
            "columns": tuple(data["columns"]),
            "postings": tuple(Posting.load(posting) for posting in data["postings"]),
            "pages": tuple(pages),
            "trouble": (Health(trouble[0]), str(trouble[1])) if trouble else None,
        }
    )
