"""What this is, which version, whose parts it holds; and the API's description for people."""

import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.rendering import STATIC, render

router = APIRouter(include_in_schema=False)


@router.get("/about")
async def about(request: Request) -> Response:
    """Versions and licences."""
    return render(request, "about.html", version=own_version(), vendored=vendored())


@router.get("/api")
async def api(request: Request) -> Response:
    """Every operation of the JSON API, read from the same document that programs read."""
    document = request.app.openapi()
    operations = [
        {"method": method.upper(), "path": path, "words": operation.get("description") or operation["summary"], **operation}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return render(request, "api.html", document=document, operations=operations)


@cache
def vendored() -> list[dict[str, Any]]:
    """The files by others that are served as they were published."""
    return list(tomllib.loads((STATIC / "vendor.toml").read_text("utf-8"))["file"])


@cache
def own_version() -> str:
    """The installed version, or that this is a working tree."""
    try:
        return version("bidkeeper")
    except PackageNotFoundError:
        return "a working tree"
