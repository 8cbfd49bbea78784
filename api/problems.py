"""Every refusal in one shape: problem details (RFC 9457) for programs, the same sentence on a page for people."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from api.languages import N_
from api.rendering import render

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """Raised by a route that can't do what was asked; `detail` is one sentence: what, where, what to do."""

    def __init__(self, status: int, detail: str, *, headers: dict[str, str] | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}
        self.extra = extra

    @property
    def title(self) -> str:
        """The status's own phrase, as RFC 9457 §4.2.1 wants with the type `about:blank`."""
        return HTTPStatus(self.status).phrase

    def document(self) -> dict[str, Any]:
        """The problem document's members."""
        return {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail, **self.extra}


class Elsewhere(Exception):
    """Raised by a page that a person can't have yet: they are sent to `address`, one of our own, instead."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


def answer(request: Request, problem: Problem) -> Response:
    """The problem as the asker reads it: a page for a browser on a page, a problem document for everything else."""
    if wants_page(request):
        return render(request, "problem.html", problem=problem, status_code=problem.status, headers=problem.headers)
    return JSONResponse(problem.document(), problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def wants_page(request: Request) -> bool:
    """Whether a person is looking: not under /api/, and the client says that it takes HTML."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def install(app: FastAPI) -> None:
    """Give `app` the one shape for its own refusals and the framework's; security.py catches the unforeseen."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(Elsewhere, _elsewhere)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)


# what the framework itself refuses with, in our words
SENTENCES = {
    404: N_("There is nothing at this address. It may have been mistyped, or what stood here was never recorded."),
    405: N_("This address does not take that kind of request."),
}


async def _elsewhere(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Elsewhere)
    return RedirectResponse(error.address, 303)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return answer(request, error)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail, headers = SENTENCES.get(error.status_code, str(error.detail)), dict(error.headers or {})
    if error.status_code == 405 and (known := _methods(request)):
        headers["Allow"] = ", ".join(known)  # the framework names only those of the first route that fits
    return answer(request, Problem(error.status_code, detail, headers=headers))


def _methods(request: Request) -> list[str]:
    """The methods that the API's description has for an address, none for an address that it has not."""
    paths, asked = request.app.openapi()["paths"], request.url.path
    template = asked if asked in paths else next((path for path in paths if compile_path(path)[0].match(asked)), None)
    return sorted(method.upper() for method in paths[template]) if template else []


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        {"in": str(item["loc"][0]), "name": ".".join(map(str, item["loc"][1:])), "detail": item["msg"]} for item in error.errors()
    ]
    first = errors[0]
    where = f"{first['name']} ({first['in']})" if first["name"] else f"the {first['in']}"
    return answer(request, Problem(422, f"{where} can't be used: {first['detail']}.", errors=errors))


ANY = "What can't be done, where, and what to do instead."
# what the OpenAPI document says of every refusal
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "one sentence: what, where, what to do"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of a JSON route, for its OpenAPI entry."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": SCHEMA, "example": Problem(status, SENTENCES.get(status, ANY)).document()}},
        }
        for status in statuses
    }
