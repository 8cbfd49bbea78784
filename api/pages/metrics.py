"""/metrics for Prometheus: there only where the operator allowed it, behind a token if one is set."""

import secrets

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import journeys
from api.dependencies import Here
from api.metrics import MEDIA_TYPE
from api.problems import SENTENCES, Problem

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
async def metrics(request: Request, here: Here) -> Response:
    """The numbers; 404 unless BIDKEEPER_METRICS or BIDKEEPER_METRICS_TOKEN allows it, 401 without the token."""
    token = here.settings.metrics_token.get_secret_value()
    if not token and not here.settings.metrics:
        raise Problem(404, SENTENCES[404])
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token and not secrets.compare_digest(given.encode(), token.encode()):
        raise Problem(
            401, "Send the token of BIDKEEPER_METRICS_TOKEN as `Authorization: Bearer …`.", headers={"WWW-Authenticate": "Bearer"}
        )
    with here.database.read() as session:
        standing = journeys.standing(session, here.sources(), now=here.clock())
    return Response(request.app.state.metrics.text(standing), media_type=MEDIA_TYPE)
