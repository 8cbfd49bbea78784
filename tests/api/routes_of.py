"""Every route of the application, and something to ask it with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api import json, pages

# what a form may want; a field that a route does not know is passed over
FORM = {
    "question": "Our invoice was rejected",
    "address": "new@clinic.example",
    "role": "staff",
    "name": "A name",
    "scope": "read",
    "number": "P-77",
    "legal_name": "A payee",
    "reason": "as agreed",
    "note": "as agreed",
    "text": "as agreed",
    "title": "A title",
    "spoke_with": "someone",
    "field": "bank_account",
    "verdict": "accept",
    "outcome": "answered",
    "right": "payment",
    "consent": "yes",
    "language": "en",
    "act": "save",
    "people": "yes",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A method and a path template; `fields` are the names of its form, `example` the JSON that its description shows."""

    method: str
    path: str
    fields: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    example: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters in the path."""
        return tuple(re.findall(r"{(\w+)", self.path))

    @property
    def unsafe(self) -> bool:
        """Whether it may change anything."""
        return self.method not in {"GET", "HEAD"}

    def at(self, **values: Any) -> str:
        """The path with its parameters filled in."""
        return re.sub(r"{(\w+)(?::\w+)?}", lambda match: str(values[match[1]]), self.path)

    def body(self, **form: Any) -> dict[str, Any]:
        """What a client sends along, so that the route gets as far as its rows."""
        if self.example is not None:
            return {"json": self.example, "headers": {"if-match": "*"}}
        if self.path.startswith("/api/") and self.unsafe and not self.files:
            return {"json": {}, "headers": {"if-match": "*"}}
        if self.files:
            return {
                "files": dict.fromkeys(self.files, ("a.csv", b"code,description,amount\nA100,Assessment,145.00\n")),
                "data": form,
            }
        return {"data": form, "headers": {"if-match": "*"}} if self.unsafe else {}


def everything(app: FastAPI) -> tuple[list[Asked], list[Asked]]:
    """What a person or program must be known for, and what anyone may ask; every route of the application is in one of them."""
    document = app.openapi()
    private = [*pages.routers(), *json.routers()]
    public = [*pages.public_routers(), *json.public_routers()]
    return list(_asked(private, document)), list(_asked(public, document))


def _asked(routers: list[Any], document: dict[str, Any]) -> Iterator[Asked]:
    for router in routers:
        for route in router.routes:
            assert isinstance(route, APIRoute), route
            body = route.dependant.body_params
            files = tuple(field.name for field in body if "UploadFile" in str(field.field_info.annotation))
            fields = tuple(field.name for field in body if field.name not in files)
            for method in route.methods:
                example = _example(document, route.path_format, method)
                yield Asked(method, route.path, () if example is not None else fields, files, example)


def _example(document: dict[str, Any], path: str, method: str) -> Any:
    content = document["paths"].get(path, {}).get(method.lower(), {}).get("requestBody", {}).get("content", {})
    name = content.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name]["examples"][0] if name else None
