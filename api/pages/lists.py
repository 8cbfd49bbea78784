"""Every list that is a table and nothing else, as a file: `/sources/export/csv`, `/alerts/export/xlsx` and so on."""

from fastapi import APIRouter
from fastapi.responses import Response

from api import exports
from api.dependencies import Here, Me
from api.lists import Asked, List, keeping, telling, watching

router = APIRouter(include_in_schema=False)

LISTS = keeping.LISTS | telling.LISTS | watching.LISTS


def _route(name: str, make: List) -> None:
    @router.get(f"/{name}/export/{{form}}", name=f"export {name}")
    async def export(here: Here, me: Me, form: str) -> Response:
        """The organisation's list as csv or xlsx."""
        with here.database.read() as session:
            table = make(session, Asked(me, here.clock(), here.sources()))
        return exports.answer(form, table, now=here.clock())


for _name, _make in LISTS.items():
    _route(_name, _make)
