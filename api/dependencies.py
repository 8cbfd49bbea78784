"""What a route is handed: the settings, the database, the time, and on whose behalf it acts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from api.accounts.gate import current
from api.accounts.roles import Principal, Role
from api.database import Database
from api.desks import Book
from api.settings import Settings
from crawler.sources import SourceConfig

__all__ = ["Here", "Me", "Principal", "Role", "Services", "current", "services"]


@dataclass(frozen=True, slots=True)
class Services:
    """The service's own parts, as `create_app` was given them."""

    settings: Settings
    database: Database
    clock: Callable[[], datetime]
    book: Callable[[], Book]
    sources: Callable[[], dict[str, SourceConfig]]


async def services(request: Request) -> Services:
    """The parts of the application that answers `request`."""
    state = request.app.state
    return Services(state.settings, state.database, state.clock, state.book, state.sources)


# async functions on purpose: FastAPI runs plain ones in its thread pool, which costs three times the route itself
Here = Annotated[Services, Depends(services)]
Me = Annotated[Principal, Depends(current)]
