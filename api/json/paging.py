"""The shape of every list: items and the cursor of what follows."""

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """A stretch of a list; ask again with `cursor` set to `next` until it is null."""

    items: list[Item]
    next: str | None = Field(description="cursor of what follows; null at the end")


Limit = Annotated[int, Query(ge=1, le=200, description="at most so many items")]
Cursor = Annotated[str | None, Query(max_length=2000, description="`next` of the answer before")]
