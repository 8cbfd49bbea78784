"""The shape of every list, one stretch of it at a time: items, the cursor of what follows, and the same as a Link (RFC 8288)."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field

from api.problems import Problem

Item = TypeVar("Item")
Row = TypeVar("Row")
Place = tuple[str | int, ...]  # where a row stands in its list; no two rows share one

GREATEST = 2**31 - 1  # that a row's number can be
NOT_OURS = "`cursor` was not given out by this list; leave it out to begin again."


class Page(BaseModel, Generic[Item]):
    """A stretch of a list; ask again with `cursor` set to `next` until it is null."""

    items: list[Item]
    next: str | None = Field(description="cursor of what follows; null at the end")


Limit = Annotated[int, Query(ge=1, le=200, description="at most so many items")]
Cursor = Annotated[str | None, Query(max_length=2000, description="`next` of the answer before")]


@dataclass(frozen=True, slots=True)
class Paging:
    """How long a stretch is wanted, and behind what."""

    request: Request
    response: Response
    limit: int
    cursor: str | None

    def of(
        self, rows: Iterable[Row], make: Callable[[Row], Item], *, by: Callable[[Row], Place], down: bool = False
    ) -> Page[Item]:
        """The stretch of a list that is in memory whole, in the order of `by` (`down`: the greatest first).

        A cursor holds the place of the last row given, so rows that come or go between two answers move no other.
        Raises Problem 400 for a cursor of another list.
        """
        ordered = sorted(((by(row), row) for row in rows), key=lambda pair: pair[0], reverse=down)
        if self.cursor is not None:
            at = _read(self.cursor, like=ordered[0][0] if ordered else None)
            ordered = [(place, row) for place, row in ordered if (place < at if down else place > at)]
        given = ordered[: self.limit]
        more = _written(given[-1][0]) if len(ordered) > self.limit else None
        return self._page([make(row) for _, row in given], more)

    def cut(self, rows: Sequence[Row], make: Callable[[Row], Item], *, by: Callable[[Row], int | None]) -> Page[Item]:
        """The stretch of a list that the store reads by number: `rows` are `limit` + 1 behind `number()`."""
        given = rows[: self.limit]
        return self._page([make(row) for row in given], str(by(given[-1])) if len(rows) > self.limit else None)

    def number(self) -> int | None:
        """The cursor of such a list; raises Problem 400 for one that is no number of a row."""
        if self.cursor is None:
            return None
        written = self.cursor.isascii() and self.cursor.isdecimal() and len(self.cursor) <= len(str(GREATEST))
        if not written or int(self.cursor) > GREATEST:
            raise Problem(400, NOT_OURS)
        return int(self.cursor)

    def _page(self, items: list[Item], following: str | None) -> Page[Item]:
        self.response.headers.update(link(self.request, following))
        return Page[Item](items=items, next=following)


async def _paging(request: Request, response: Response, limit: Limit = 50, cursor: Cursor = None) -> Paging:
    return Paging(request, response, limit, cursor)


Paged = Annotated[Paging, Depends(_paging)]


def link(request: Request, following: str | None) -> dict[str, str]:
    """The header that names the next stretch; none at the end. Relative, so that no name of the service gets into it."""
    if following is None:
        return {}
    there = request.url.include_query_params(cursor=following)
    return {"Link": f'<{there.path}?{there.query}>; rel="next"'}


def _written(place: Place) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _read(cursor: str, *, like: Place | None) -> Place:
    try:
        found: Any = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError, binascii.Error):
        found = None
    if not isinstance(found, list) or (like is not None and [type(one) for one in found] != [type(one) for one in like]):
        raise Problem(400, NOT_OURS)
    return tuple(found)
