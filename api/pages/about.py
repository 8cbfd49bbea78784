"""What this is, which version, whose parts it holds; and the API's description for people."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import parts
from api.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/about")
async def about(request: Request) -> Response:
    """Versions and licences."""
    return render(request, "about.html", version=parts.own_version(), vendored=parts.vendored(), packages=parts.packages())


@router.get("/api")
async def api(request: Request) -> Response:
    """Every operation of the JSON API by its resource, read from the same document that programs read."""
    document = request.app.openapi()
    rooms: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            words = operation.get("description") or operation["summary"]
            room = next(iter(operation.get("tags", ())), "api")
            rooms.setdefault(room, []).append({"method": method.upper(), "path": path, "words": words, **operation})
    return render(request, "api.html", document=document, rooms=rooms)
