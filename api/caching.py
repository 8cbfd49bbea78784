"""Answers that need not be sent or made twice: a tag for what a list shows, 304 for whoever has it, and what was made last."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from fastapi import Request
from fastapi.responses import Response

from api.dependencies import Principal
from api.languages import language
from api.rendering import HERE

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Tag:
    """A weak entity tag (RFC 9110 §8.8.3): the page means the same, though compression may change its bytes."""

    value: str

    @property
    def headers(self) -> dict[str, str]:
        """What goes out with the answer: kept by this browser only, and asked about every time."""
        return {"ETag": self.value, "Cache-Control": "private, no-cache", "Vary": "Cookie, Accept-Language, Accept-Encoding"}


def tag_of(version: str, query: str, now: datetime, me: Principal) -> Tag:
    """The tag of a list: our templates, what is stored, what was asked, the minute ("in 3 hours" ages), who asks, in which language."""
    text = "\n".join((build(), language(), version, query, minute(now), str(me)))
    return Tag(f'W/"{hashlib.sha256(text.encode()).hexdigest()[:32]}"')


def fresh(request: Request, tag: Tag) -> Response | None:
    """A 304 if the asker holds what `tag` names (If-None-Match, weak comparison), else None."""
    held = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    return Response(status_code=304, headers=tag.headers) if tag.value.removeprefix("W/") in held else None


def minute(at: datetime) -> str:
    """The minute that a moment falls into: the step in which "in 3 hours" ages."""
    return at.strftime("%Y%m%d%H%M")


def shown(version: str, now: datetime, *choice: Hashable) -> Hashable:
    """The key of what a list shows to anyone: what is stored, the minute, the language, and what was chosen."""
    return version, minute(now), language(), choice


class Kept:
    """What was made last, in memory: whoever asks the same again before anything changed gets the same.

    A key names all that its value depends on, so nothing stale and nothing of somebody else's can be found under it.
    """

    def __init__(self, most: int = 128) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, Any] = OrderedDict()

    def of(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """The value of a key, made now if it is not there; the one that was wanted longest ago is forgotten beyond `most`."""
        if key not in self._values:
            self._values[key] = make()
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        self._values.move_to_end(key)
        value: Made = self._values[key]
        return value


@cache
def build() -> str:
    """A digest of the templates and static files, so that a new version of the product is never hidden by an old answer."""
    digest = hashlib.sha256()
    for folder in ("templates", "static", "translations"):
        for path in sorted((HERE / folder).rglob("*")):
            if path.is_file():
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
