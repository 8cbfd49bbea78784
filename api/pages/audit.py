"""The audit log: whether its chain is whole, and its latest entries."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.accounts import store
from api.dependencies import Here, Me
from api.problems import Problem
from api.rendering import render
from contracts import audit

router = APIRouter(include_in_schema=False)

SHOWN = 100


@router.get("/audit")
async def log(request: Request, here: Here, me: Me) -> Response:
    """Walk the chain and show its end; `subject` narrows the entries to one record."""
    if not me.audits:
        raise Problem(403, "The audit log is for the roles owner and auditor.")
    subject = request.query_params.get("subject", "")[:200]
    with here.database.read() as session:
        people = store.people(session, organisation_id=me.organisation_id)
        return render(
            request,
            "audit.html",
            verdict=audit.verify(session, organisation_id=me.organisation_id),
            entries=audit.entries(session, organisation_id=me.organisation_id, subject=subject or None, limit=SHOWN),
            names={f"person {one.id}": one.name or one.address for one in people},
            subject=subject,
        )
