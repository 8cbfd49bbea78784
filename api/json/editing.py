"""Edits that overwrite nobody's: the tag of what was read (ETag) comes back with the change (If-Match, RFC 9110 §13.1.1)."""

import hashlib
from typing import Annotated

from fastapi import Header
from pydantic import BaseModel

from api.problems import Problem

WANTED = (
    "Send If-Match with the ETag of what you read, so that nobody else's change is overwritten; `*` overwrites whatever is there."
)
CHANGED = "It was changed since you read it: read it again, and send your change with its new ETag. Nothing was changed."

IfMatch = Annotated[
    str | None, Header(max_length=1000, description="the `ETag` of what was read; `*` for whatever is there", examples=["*"])
]


def tag(item: BaseModel) -> str:
    """The strong entity tag of an item: another whenever anything that it shows is."""
    return f'"{hashlib.sha256(item.model_dump_json().encode()).hexdigest()[:32]}"'


def unchanged(item: BaseModel, if_match: str | None) -> None:
    """Go on only if `item` is what the asker read; raises Problem 428 without a tag (RFC 6585 §3), 412 with another."""
    if if_match is None:
        raise Problem(428, WANTED)
    held = {part.strip() for part in if_match.split(",")}
    if "*" not in held and tag(item) not in held:
        raise Problem(412, CHANGED, headers={"ETag": tag(item)})
