"""The OpenAPI 3.1 document: what FastAPI makes of the routes, and what stands before every one of them."""

import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.json import examples, webhooks
from api.json.once import HEADER, LONGEST_KEY
from api.problems import responses

# what any operation may answer before its own code runs
ALWAYS = (401, 403, 421, 429)
WITH_BODY = (400, 413, 422)
BY_KEY = (400, 409, 422)

# where a made thing's number stands, if not at the top of the answer
ID_OF = {"/api/v1/people": "/person/id", "/api/v1/keys": "/item/id", "/api/v1/documents": "/document/id"}

# no key: whoever comes, and a mail relay, which signs what it sends
FOR_ANYONE = frozenset({"/api/v1/sign-ups", "/api/v1/relay-events"})

KEY_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "the same key again within 24 hours gets the same answer, and nothing is done twice",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
    "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
}
RATE_HEADERS = {
    "RateLimit": {
        "description": "requests left (r) and seconds until there are more (t); for keys and sessions",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {"description": "requests a minute (q) that this key or person has", "schema": {"type": "string"}},
    "X-Request-ID": {"description": "names this request in the service's log", "schema": {"type": "string"}},
}
RETRY_AFTER = {"Retry-After": {"description": "seconds to wait", "schema": {"type": "integer"}}}
LINK_HEADER = {
    "Link": {
        "description": 'where the list goes on, as `<…>; rel="next"` (RFC 8288); left out at its end',
        "schema": {"type": "string"},
    }
}
BEARER = {"type": "http", "scheme": "bearer", "description": "An API key, `bk_…`; an owner makes one on the page /account."}


def describe(app: FastAPI) -> dict[str, Any]:
    """The document, made once an application."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            openapi_version="3.1.0",
            description=app.description,
            routes=app.routes,
            webhooks=webhooks.router.routes,
        )
        document["components"].setdefault("securitySchemes", {})["key"] = BEARER
        examples.mend(document["components"]["schemas"])
        for path, method, operation in _operations(document):
            _complete(path, method, operation)
        for path, method, operation in _operations(document):
            examples.give(path, method, operation, document["components"]["schemas"])
            _connect(path, operation, document["paths"])
        for call in document["webhooks"].values():
            call["post"]["responses"].pop("422")  # what a receiver answers is its own
        _without_unused(document)
        app.openapi_schema = document
    return app.openapi_schema


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    public = path in FOR_ANYONE
    statuses = {*ALWAYS, *(WITH_BODY if "requestBody" in operation else ())}
    if method == "post" and not public:
        operation.setdefault("parameters", []).append(KEY_PARAMETER)
        statuses |= {*BY_KEY}
    named = {parameter["name"] for parameter in operation.get("parameters", ())}
    if named:
        statuses.add(422)
    if "cursor" in named:
        statuses.add(400)
        operation["responses"]["200"].setdefault("headers", {}).update(LINK_HEADER)
    operation["security"] = [] if public else [{"key": []}]
    answers = operation["responses"]
    answers.pop("422", None)  # FastAPI's own shape; ours is a problem like every other
    for status, refusal in responses(*statuses).items():
        answers.setdefault(str(status), refusal)
    for answer in answers.values():
        answer.setdefault("headers", {}).update(RATE_HEADERS)
    answers["429"]["headers"] |= RETRY_AFTER


def _connect(path: str, operation: dict[str, Any], paths: dict[str, Any]) -> None:
    """Say where what was made is found: its `id` is the parameter of the addresses right below this one (OpenAPI links)."""
    made = operation["responses"].get("201")
    if made is None or "{" in path:
        return
    below = re.compile(rf"{re.escape(path)}/{{(\w+)}}(?:/\w+)?")
    for found in filter(None, map(below.fullmatch, paths)):
        for wanted in paths[found[0]].values():
            name = wanted["operationId"]
            value = f"$response.body#{ID_OF.get(path, '/id')}"
            made.setdefault("links", {})[name] = {"operationId": name, "parameters": {found[1]: value}}


def _without_unused(document: dict[str, Any]) -> None:
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
