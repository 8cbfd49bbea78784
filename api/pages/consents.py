"""The evidence of consent as a file: who agreed to what, where, when, and when it ended."""

import csv
import io

from fastapi import APIRouter
from fastapi.responses import Response

from api.dependencies import Here, Me
from api.problems import Problem
from contracts.export import disarmed
from notifier import signup

router = APIRouter(include_in_schema=False)

COLUMNS = ("address", "query", "state", "time", "source", "wording", "confirmed", "ended")


@router.get("/alerts/consents.csv")
async def consents(here: Here, me: Me) -> Response:
    """Every consent on record, as CSV (RFC 4180); for owners."""
    if not me.manages:
        raise Problem(403, "Only an owner takes out the evidence of consent.")
    with here.database.read() as session:
        rows = signup.evidence(session, organisation_id=me.organisation_id)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([disarmed(row[name]) for name in COLUMNS] for row in rows)
    headers = {"Content-Disposition": 'attachment; filename="consents.csv"'}
    return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)
