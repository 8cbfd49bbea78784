"""The pipeline: what the clinic decides about each tender, from watching to the contract, with checklist, proof and history."""

import asyncio
import hashlib
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import Response
from sqlmodel import Session

from api import exports, storage
from api.accounts import store as accounts
from api.dependencies import Here, Me, Principal
from api.exports import Entry, Table
from api.forms import done
from api.languages import N_, gettext
from api.problems import Problem
from api.rendering import render
from api.wording import STAGE_WORDS
from contracts import originals, pipeline, pursuits
from contracts.days import home_day
from contracts.models import Pursuit
from crawler import reading

router = APIRouter(include_in_schema=False)

Line = Annotated[str, Form(max_length=300)]
Text = Annotated[str, Form(max_length=10_000)]
Day = Annotated[str, Form(max_length=10)]
COLUMNS = ("id", "ocid", "number", "title", "stage", "owner", "due", "closes", "decision", "submitted", "confirmation", "debrief")


@router.get("/pipeline")
async def board(request: Request, here: Here, me: Me) -> Response:
    """Every pursuit by its stage."""
    with here.database.read() as session:
        rows = pursuits.listed(session, organisation_id=me.organisation_id)
        progress = pursuits.progress(session, organisation_id=me.organisation_id)
    return render(
        request,
        "pipeline.html",
        stages=[(stage, [row for row in rows if row.stage == stage]) for stage in pipeline.STAGES],
        open_stages=pipeline.OPEN_STAGES,
        progress=progress,
        today=home_day(here.clock()),
        exports=exports.links("/pipeline", "csv", "xlsx", "ics"),
    )


@router.get("/pipeline/export/{form}")
async def export(here: Here, me: Me, form: str) -> Response:
    """The pipeline as a table, or our own days as a calendar."""
    with here.database.read() as session:
        rows = pursuits.listed(session, organisation_id=me.organisation_id)
    cells = [
        (
            *(row.id, row.ocid, row.number, row.title, row.stage, row.owner, row.due, row.closes_at),
            *(row.decision, row.submitted_at, row.confirmation, row.debrief),
        )
        for row in rows
    ]
    entries = [
        Entry(f"pursuit-{row.id}@bidkeeper", row.due, row.title, STAGE_WORDS[row.stage], changed_at=row.changed_at)
        for row in rows
        if row.due is not None and row.stage in pipeline.OPEN_STAGES
    ]
    return exports.answer(form, Table("pipeline", COLUMNS, cells, entries), now=here.clock())


@router.post("/tenders/{ocid}/pursue")
async def pursue(here: Here, me: Me, ocid: str) -> Response:
    """Take a tender up; doing it twice leads to the same pursuit."""
    with here.database.write() as session:
        found = reading.target(session, ocid)
        if found is None:
            raise Problem(404, "No tender with this id was ever recorded here; look for it in the list.")
        target = pursuits.Target(found.ocid, found.title, found.number, found.closes_at)
        row = pursuits.take_up(session, target, organisation_id=me.organisation_id, by=me.name, now=here.clock())
    return done(f"/pipeline/{row.id}", "taken_up")


@router.get("/pipeline/{pursuit_id}")
async def show(request: Request, here: Here, me: Me, pursuit_id: int) -> Response:
    """One pursuit with all that can be done with it now."""
    return _page(request, here, me, pursuit_id)


@router.get("/pipeline/{pursuit_id}/proof")
async def proof(here: Here, me: Me, pursuit_id: int) -> Response:
    """The file that proves the submission, as it was uploaded; a download, whatever it holds."""
    with here.database.read() as session:
        row = _own(session, pursuit_id, me)
    if row.proof_sha256 is None:
        raise Problem(404, "No file was uploaded as a proof of this submission.")
    data = await asyncio.to_thread(storage.original, here.settings, row.proof_sha256)
    headers = {"Content-Disposition": f'attachment; filename="proof-{row.id}"'}
    return Response(data, media_type="application/octet-stream", headers=headers)


@router.post("/pipeline/{pursuit_id}/submit")
async def submit(
    request: Request,
    here: Here,
    me: Me,
    pursuit_id: int,
    confirmation: Line = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Record the submission with its proof: a confirmation number, a file, or both."""
    kept: dict[str, str] = {}
    if file is not None and file.filename:
        data = await file.read()
        digest = hashlib.sha256(data).hexdigest()
        await asyncio.to_thread(originals.put, here.settings.originals, digest, data)
        kept = {"proof_sha256": digest, "proof_name": file.filename[:200]}
    return _acted(request, here, me, pursuit_id, "submit", confirmation=_clean(confirmation), **kept)


@router.post("/pipeline/{pursuit_id}/contract")
async def contract(here: Here, me: Me, pursuit_id: int, title: Line = "", number: Line = "") -> Response:
    """Make the contract that a won pursuit became."""
    with here.database.write() as session:
        row = _own(session, pursuit_id, me)
        try:
            made = pursuits.become_contract(
                session, row, title=_clean(title), number=_clean(number), by=me.name, now=here.clock()
            )
        except pipeline.NotInThisStage as error:
            raise Problem(409, f"Nothing was changed: {error}.") from None
    return done(f"/contracts/{made.id}", "contract_made")


@router.post("/pipeline/{pursuit_id}/undo")
async def undo(here: Here, me: Me, pursuit_id: int) -> Response:
    """Take the last step back."""
    with here.database.write() as session:
        try:
            pursuits.undo(session, _own(session, pursuit_id, me), by=me.name, now=here.clock())
        except pursuits.NothingToUndo:
            raise Problem(409, "Nothing is left here that could be taken back.") from None
    return done(f"/pipeline/{pursuit_id}", "taken_back")


@router.post("/pipeline/{pursuit_id}/tasks")
async def add_task(
    request: Request, here: Here, me: Me, pursuit_id: int, title: Line = "", owner: Line = "", due: Day = ""
) -> Response:
    """A further line of the checklist."""
    try:
        with here.database.write() as session:
            row = _own(session, pursuit_id, me)
            pursuits.add_task(session, row, _clean(title), owner=_clean(owner).strip(), due=_day(due))
    except ValueError as error:
        return _page(request, here, me, pursuit_id, error=f"{error}.")
    return done(f"/pipeline/{pursuit_id}", "ticked")


@router.post("/pipeline/{pursuit_id}/tasks/{task_id}/{state}")
async def tick(here: Here, me: Me, pursuit_id: int, task_id: int, state: str) -> Response:
    """Mark a line of the checklist as done, or as still to do."""
    with here.database.write() as session:
        _own(session, pursuit_id, me)
        line = pursuits.task(session, task_id, organisation_id=me.organisation_id) if 0 < task_id < 2**31 else None
        if line is None or line.pursuit_id != pursuit_id or state not in {"done", "open"}:
            raise Problem(404, "There is no such line in this checklist.")
        pursuits.tick(session, line, done=state == "done", by=me.name, now=here.clock())
    return done(f"/pipeline/{pursuit_id}#checklist", "ticked")


@router.post("/pipeline/{pursuit_id}/{act}")
async def move(
    request: Request,
    here: Here,
    me: Me,
    pursuit_id: int,
    act: str,
    decision: Text = "",
    owner: Line = "",
    due: Day = "",
    debrief: Text = "",
) -> Response:
    """Plan, go, no-go, win or lose, by the name of the act."""
    if act not in {"plan", "go", "no_go", "win", "lose"}:
        raise Problem(404, "There is nothing at this address that can be done with a tender of yours.")
    try:
        fields = {"decision": _clean(decision), "owner": _clean(owner).strip(), "due": _day(due), "debrief": _clean(debrief)}
    except ValueError as error:
        return _page(request, here, me, pursuit_id, error=f"{gettext(str(error))}.")
    return _acted(request, here, me, pursuit_id, act, **fields)


def _acted(request: Request, here: Here, me: Principal, pursuit_id: int, act: str, **fields: Any) -> Response:
    try:
        with here.database.write() as session:
            row = _own(session, pursuit_id, me)
            pursuits.act(session, row, act, by=me.name, now=here.clock(), **fields)
    except (pipeline.NotInThisStage, pipeline.Wanting) as error:
        return _page(request, here, me, pursuit_id, error=f"{gettext(str(error))}.")
    return done(f"/pipeline/{pursuit_id}", "moved_on", of=pursuit_id)


def _page(request: Request, here: Here, me: Principal, pursuit_id: int, *, error: str = "") -> Response:
    with here.database.read() as session:
        row = _own(session, pursuit_id, me)
        tasks, history = pursuits.tasks(session, row), pursuits.history(session, row)
        tender = reading.target(session, row.ocid)
        people = accounts.people(session, organisation_id=me.organisation_id)
    return render(
        request,
        "pursuit.html",
        status_code=422 if error else 200,
        one=row,
        tender=tender,
        tasks=tasks,
        history=history,
        may=pipeline.may,
        undoable=any(step.act in pipeline.ACTS and not step.undone for step in history),
        people=[person.name or person.address for person in people],
        today=home_day(here.clock()),
        error=error[:1].upper() + error[1:],
    )


def _own(session: Session, pursuit_id: int, me: Principal) -> Pursuit:
    known = 0 < pursuit_id < 2**31
    row = pursuits.one(session, pursuit_id, organisation_id=me.organisation_id) if known else None
    if row is None:
        raise Problem(404, "Your organisation has taken up no such tender.")
    return row


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(N_("write the day as 2026-08-31, or leave it empty")) from None


def _clean(text: str) -> str:
    return text.replace("\0", "")  # PostgreSQL stores no NUL
