"""Pages from templates: one Jinja environment, everything escaped, assets named by what they hold."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api import presentation

HERE = Path(__file__).parent
STATIC = HERE / "static"


@cache
def environment() -> Environment:
    """The templates with the product's filters; autoescape is on for every template, whatever it is called."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    environment.filters.update(presentation.FILTERS)
    environment.globals.update(asset=asset, NAVIGATION=NAVIGATION)
    return environment


@cache
def asset(name: str) -> str:
    """The address of a static file, changed whenever its bytes do, so that browsers may keep it for good."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


# what the head of every page offers: (address, word)
NAVIGATION = (
    ("/", "Today"),
    ("/tenders", "Tenders"),
    ("/contracts", "Contracts"),
    ("/ask", "Ask"),
    ("/alerts", "Alerts"),
    ("/sources", "Sources"),
)


def render(
    request: Request, template: str, *, status_code: int = 200, headers: dict[str, str] | None = None, **context: Any
) -> HTMLResponse:
    """The page that `template` makes of `context`; every template also knows `now` (aware) and `path` (without query)."""
    text = (
        environment()
        .get_template(template)
        .render(request=request, path=request.url.path, now=request.app.state.clock(), **context)
    )
    return HTMLResponse(text, status_code, headers)
