"""What this installation is set to, without secrets, and what it lacks; for those who manage or audit it."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import doctor
from api.accounts.roles import Role
from api.config_dump import dump
from api.dependencies import Here, Me
from api.findings import Level
from api.problems import Problem
from api.rendering import render

router = APIRouter(include_in_schema=False)

TONES = {Level.GOOD: "good", Level.ADVICE: "warn", Level.MISSING: "bad"}


@router.get("/settings")
async def settings(request: Request, here: Here, me: Me) -> Response:
    """Every setting with its value; with `check`, also every check of `bidkeeper doctor`, which takes some seconds."""
    if me.role not in {Role.OWNER, Role.AUDITOR}:
        raise Problem(403, "What the service is set to is shown to the roles owner and auditor.")
    findings = None
    if "check" in request.query_params:
        findings = await asyncio.to_thread(lambda: list(doctor.examine(here.settings)))
    return render(request, "settings.html", values=dump(here.settings), findings=findings, tones=TONES)
