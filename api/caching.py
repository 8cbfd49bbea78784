"""Answers that need not be sent twice: a tag for what a list shows, and 304 for whoever has it."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from fastapi import Request
from fastapi.responses import Response

from api.dependencies import Principal
from api.languages import language
from api.rendering import HERE


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
    minute = now.strftime("%Y%m%d%H%M")
    text = "\n".join((build(), language(), version, query, minute, str(me)))
    return Tag(f'W/"{hashlib.sha256(text.encode()).hexdigest()[:32]}"')


def fresh(request: Request, tag: Tag) -> Response | None:
    """A 304 if the asker holds what `tag` names (If-None-Match, weak comparison), else None."""
    held = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    return Response(status_code=304, headers=tag.headers) if tag.value.removeprefix("W/") in held else None


class Kept:
    """The last answers under their tags, in memory: whoever asks the same again before anything changed gets the same bytes.

    A tag names the asker, so nobody is given what was made for somebody else.
    """

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._bodies: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def get(self, path: str, tag: Tag) -> bytes | None:
        """The body that was kept for a path under this tag."""
        return self._bodies.get((path, tag.value))

    def put(self, path: str, tag: Tag, body: bytes) -> None:
        """Keep a body, and forget the oldest beyond `most`."""
        self._bodies[path, tag.value] = body
        while len(self._bodies) > self._most:
            self._bodies.popitem(last=False)


@cache
def build() -> str:
    """A digest of the templates and static files, so that a new version of the product is never hidden by an old answer."""
    digest = hashlib.sha256()
    for folder in ("templates", "static", "translations"):
        for path in sorted((HERE / folder).rglob("*")):
            if path.is_file():
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
