"""What is known of the tenders as OCDS release packages, a page at a time: for whoever collects from several publishers."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query

from api.dependencies import Here
from api.json.paging import Limit
from api.json.shapes import Moment
from api.problems import Problem, responses
from crawler import publishing, store

router = APIRouter(prefix="/ocds", tags=["tenders"])


@router.get("/releases", responses=responses(422))
async def releases(
    here: Here,
    since: Annotated[Moment | None, Query(description="releases of this time and later; ISO 8601 with an offset")] = None,
    cursor: Annotated[int, Query(ge=0, lt=2**63, description="as `links.next` has it")] = 0,
    limit: Limit = 100,
) -> dict[str, Any]:
    """A release package in the order in which things were found out; `links.next` leads to the next one until there is none.

    To keep up, ask again with `since` set to the `date` of the last release. Where nothing is found the list is empty, though
    the standard wants one release at least.
    """
    if since is not None and since.tzinfo is None:
        raise Problem(422, "`since` names no offset: write it like 2026-09-01T00:00:00Z.")
    with here.database.read() as session:
        found = store.releases(session, since=since, after=cursor, limit=limit + 1)
        shown = found[:limit]
        history = store.histories(session, (tender for _, tender in shown))
    root = f"{here.settings.public_url.rstrip('/')}/ocds/releases"
    asked = {"since": since.isoformat() if since else None, "limit": limit}
    return publishing.package(
        history,
        uri=_address(root, **asked, cursor=cursor),
        publisher="Bidkeeper",
        now=here.clock(),
        only=frozenset(release.release_id for release, _ in shown),
        following=_address(root, **asked, cursor=shown[-1][0].id) if len(found) > limit else None,
    )


def _address(root: str, **query: Any) -> str:
    said = {name: value for name, value in query.items() if value is not None}
    return f"{root}?{urlencode(said)}"
