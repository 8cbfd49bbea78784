"""Whether the process lives and whether it can serve, for whoever starts and stops it."""

import logging

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.dependencies import Here

router = APIRouter(include_in_schema=False)
log = logging.getLogger(__name__)


@router.get("/liveness")
async def liveness() -> JSONResponse:
    """200 while the process answers at all."""
    return JSONResponse({"status": "alive"})


@router.get("/readiness")
async def readiness(request: Request, here: Here) -> JSONResponse:
    """200 when the database answers with the schema that this code needs, 503 with the reason when not."""
    try:
        with here.database.read() as session:
            session.connection().execute(text("SELECT 1"))
        migrated = request.app.state.schema_is_current()
    except SQLAlchemyError:
        log.exception("the database does not answer")
        return JSONResponse({"status": "not ready", "reason": "the database does not answer"}, 503)
    if not migrated:
        return JSONResponse({"status": "not ready", "reason": "the database lacks migrations: run `bidkeeper db upgrade`"}, 503)
    return JSONResponse({"status": "ready"})
