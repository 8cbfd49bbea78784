"""What a route is handed: the settings, the database, the time, and on whose behalf it acts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request

from api.accounts.models import FIRST_ORGANISATION
from api.database import Database
from api.desks import Book
from api.settings import Settings
from crawler.sources import SourceConfig


class Role(StrEnum):
    """What a person may do in their organisation."""

    OWNER = "owner"
    FINANCE = "finance"
    STAFF = "staff"
    READ_ONLY = "read-only"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Principal:
    """On whose behalf a request acts: every private row is reached through `organisation_id`."""

    organisation_id: int
    role: Role
    name: str = ""


async def current() -> Principal:
    """The one local person of a service that listens on loopback for a single organisation."""
    return Principal(FIRST_ORGANISATION, Role.OWNER, "the local person")


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
