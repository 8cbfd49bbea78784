"""Two versions of a contract's papers side by side: what was reworded, added and left out, clause by clause."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.dependencies import Here, Me
from api.pages.contracts import own_contract
from api.problems import Problem
from api.rendering import render
from contracts import compare, store

router = APIRouter(include_in_schema=False)


@router.get("/contracts/{number}/compare")
async def side_by_side(request: Request, here: Here, me: Me, number: str) -> Response:
    """Choose two documents; with `old` and `new` chosen, what changed between them."""
    query = request.query_params
    with here.database.read() as session:
        owner = own_contract(session, number, me)
        papers = store.documents(session, organisation_id=me.organisation_id, contract_id=owner.id)
        named = {str(paper.id): paper for paper in papers}
        chosen = [named.get(query.get(which, "")) for which in ("old", "new")]
        texts = [
            [page.text for page in store.pages(session, paper.id or 0, organisation_id=me.organisation_id)]
            for paper in chosen
            if paper
        ]
    if ("old" in query or "new" in query) and len(texts) < 2:
        raise Problem(404, "Choose two documents of this contract; one of these is not here.")
    found = await asyncio.to_thread(compare.changes, *texts) if len(texts) == 2 else None
    return render(request, "compare.html", contract=owner, papers=papers, chosen=chosen, found=found)
