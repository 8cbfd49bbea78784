"""The web application: pages for people, JSON for programs, both over the same reads."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Scope

from api import json, pages, problems
from api.caching import Kept
from api.database import Database
from api.dependencies import current
from api.desks import Book, own_desks
from api.json import tenders as json_list
from api.json.description import describe
from api.json.once import Once
from api.keys import link_secret
from api.languages import Speaking
from api.limits import Limiter
from api.metrics import Metrics
from api.pages import tenders as page_list
from api.rendering import STATIC
from api.security import Frontier, Rules
from api.settings import Settings
from api.sources import configured
from api.tracing import Traced

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Any]]


def utc_now() -> datetime:
    """The wall clock, aware, in UTC."""
    return datetime.now(UTC)


def create_app(
    settings: Settings,
    database: Database,
    *,
    clock: Callable[[], datetime] = utc_now,
    lifespan: Lifespan | None = None,
    schema_is_current: Callable[[], bool] | None = None,
) -> FastAPI:
    """The application over an open database whose schema stands; `lifespan` starts and stops what runs beside it.

    `schema_is_current` answers /readiness: whether the database has the migrations that this code needs.
    """
    app = FastAPI(
        title="Bidkeeper",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # they load scripts from elsewhere; /api shows the same document
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.database = database
    app.state.clock = clock
    app.state.book = cache(lambda: Book.open(own_desks(settings)))
    app.state.sources = cache(lambda: configured(settings))
    app.state.limiter = Limiter()
    app.state.metrics = Metrics()
    app.state.kept = Kept()
    app.state.link_secret = cache(lambda: link_secret(settings))
    app.state.schema_is_current = schema_is_current or (lambda: True)
    doors = [
        *((router, []) for router in (*pages.public_routers(), *json.public_routers())),
        *((router, [Depends(current)]) for router in (*pages.routers(), *json.routers())),
    ]
    for router, dependencies in sorted(doors, key=lambda door: door[0] not in MOST_ASKED):
        app.include_router(router, dependencies=dependencies)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]  # FastAPI's own way of replacing it
    app.mount("/static", Static(directory=STATIC), name="static")
    problems.install(app)
    app.add_middleware(Once)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(Frontier, rules=Rules.of(settings.public_url, settings.host))
    app.add_middleware(Speaking)
    app.add_middleware(Traced, metrics=app.state.metrics)
    return app


# routes are tried in turn, so the two lists come before the two hundred others
MOST_ASKED = (page_list.router, json_list.router)

DESCRIPTION = """\
Tenders as the portals show them, with every change and the look that saw it; signed contracts that answer questions with
page and quote; and the desk that a question belongs to.

Lists are paged by cursor: ask again with `cursor` set to the answer's `next` until it is null. Every refusal is a problem
document (RFC 9457). Times are ISO 8601 in UTC.

A program sends its key as `Authorization: Bearer bk_…`. `RateLimit` says how many requests are left. A POST with an
`Idempotency-Key` is done once, however often it is sent. An edit sends `If-Match` with the `ETag` that was read, so that nobody
else's change is overwritten. What is about to go says so months before, in `Deprecation` (RFC 9745) and `Sunset` (RFC 8594).
"""


class Static(StaticFiles):
    """Static files; one asked for with its version may be kept for good, any other is checked again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        versioned = Request(scope).query_params.get("v")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if versioned else "no-cache"
        return response
