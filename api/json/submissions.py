"""The end of a pursuit, as JSON: the submission with the file that proves it, and the contract that a won one becomes."""

import asyncio
import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from api import storage
from api.dependencies import Here, Me
from api.json.contracts import ContractItem
from api.json.editing import IfMatch, tag
from api.json.pursuits import PursuitItem, own_pursuit, read_pursuit, whole_pursuit
from api.json.shapes import Number, Plain
from api.problems import Problem, responses
from contracts import originals, pipeline, pursuits

router = APIRouter(prefix="/api/v1", tags=["pipeline"])

OCTETS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}}, "description": "the file, byte for byte"}
}
NO_PROOF = "No file was uploaded as a proof of this submission."


class NewContract(BaseModel):
    """What the contract is to be called; the pursuit's own title and number where nothing is given."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"number": "77-2026"}]})

    title: Plain = Field(default="", max_length=300)
    number: Plain = Field(default="", max_length=100)


@router.post("/pursuits/{pursuit_id}/submission", responses=responses(404, 409, 412, 413, 422, 428))
async def submit(
    here: Here,
    me: Me,
    response: Response,
    pursuit_id: Number,
    file: Annotated[UploadFile, File(description="whatever proves the submission, kept byte for byte")],
    confirmation: Annotated[str, Form(max_length=300, pattern=r"^[^\x00]*$")] = "",
    if_match: IfMatch = None,
) -> PursuitItem:
    """Record the submission with a file as its proof; without one the step `submit` does, with a confirmation number."""
    with here.database.read() as session:  # nothing is kept for a pursuit of somebody else, or one that has moved on
        read_pursuit(session, pursuit_id, me, if_match)
    data, name = await file.read(), (file.filename or "proof")[:200].replace("\x00", "")
    digest = hashlib.sha256(data).hexdigest()
    await asyncio.to_thread(originals.put, here.settings.originals, digest, data)
    proof = {"confirmation": confirmation, "proof_sha256": digest, "proof_name": name}
    try:
        with here.database.write() as session:
            row = read_pursuit(session, pursuit_id, me, if_match)
            pursuits.act(session, row, "submit", by=me.name, now=here.clock(), **proof)
            item = whole_pursuit(session, row)
    except pipeline.NotInThisStage as error:
        raise Problem(409, f"Nothing was changed: {error}.") from None
    response.headers["ETag"] = tag(item)
    return item


@router.get(
    "/pursuits/{pursuit_id}/submission",
    response_class=Response,
    responses={**OCTETS, **responses(404, 422)},
)
async def show_proof(here: Here, me: Me, pursuit_id: Number) -> Response:
    """The file that proves the submission, as it was sent."""
    with here.database.read() as session:
        row = own_pursuit(session, pursuit_id, me)
    if row.proof_sha256 is None:
        raise Problem(404, NO_PROOF)
    data = await asyncio.to_thread(storage.original, here.settings, row.proof_sha256)
    headers = {"Content-Disposition": f'attachment; filename="proof-{row.id}"'}
    return Response(data, media_type="application/octet-stream", headers=headers)


@router.post("/pursuits/{pursuit_id}/contract", status_code=201, responses=responses(404, 409, 422))
async def become_contract(here: Here, me: Me, pursuit_id: Number, wanted: NewContract) -> ContractItem:
    """Make the contract that a won pursuit became; asked for again, it is the same contract."""
    with here.database.write() as session:
        row = own_pursuit(session, pursuit_id, me)
        try:
            made = pursuits.become_contract(session, row, title=wanted.title, number=wanted.number, by=me.name, now=here.clock())
        except pipeline.NotInThisStage as error:
            raise Problem(409, f"Nothing was changed: {error}.") from None
        return ContractItem.model_validate(made)
