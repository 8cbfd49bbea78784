"""Pages from templates: one Jinja environment, everything escaped, assets named by what they hold."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from api import presentation, wording
from api.forms import flash
from api.languages import LANGUAGES, N_, counted, gettext, language, ngettext
from api.sentences import duration_value, sentence, term_value

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
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    environment.filters.update(
        presentation.FILTERS
        | wording.FILTERS
        | {"sentence": sentence, "term_value": term_value, "duration_value": duration_value}
    )
    environment.globals.update(
        asset=asset,
        counted=counted,
        options_of=presentation.options,
        language=language,
        LANGUAGES=LANGUAGES,
        NAVIGATION=NAVIGATION,
        **wording.TABLES,
    )
    return environment


@cache
def asset(name: str) -> str:
    """The address of a static file, changed whenever its bytes do, so that browsers may keep it for good."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


KEYS_COOKIE = "bidkeeper_keys"

# what the head of every page offers: (address, word, the keys that lead there)
NAVIGATION = (
    ("/", N_("Today"), "g h"),
    ("/tenders", N_("Tenders"), "g t"),
    ("/pipeline", N_("Pipeline"), "g p"),
    ("/contracts", N_("Contracts"), "g c"),
    ("/ask", N_("Ask"), "g q"),
    ("/alerts", N_("Alerts"), "g a"),
    ("/sources", N_("Sources"), "g s"),
)


def render(
    request: Request, template: str, *, status_code: int = 200, headers: dict[str, str] | None = None, **context: Any
) -> HTMLResponse:
    """The page that `template` makes of `context`; every template also knows `now` (aware), `path`
    (without query) and `here` (with it)."""
    text = (
        environment()
        .get_template(template)
        .render(
            request=request,
            flash=flash(request.query_params, request.url.path),
            keys_on=request.cookies.get(KEYS_COOKIE) != "off",
            path=request.url.path,
            main_links=_main_links(*_section(request.url.path), language()),
            foot_links=_foot_links(language()),
            here=_here(request),
            now=request.app.state.clock(),
            **context,
        )
    )
    return HTMLResponse(text, status_code, headers)


def _section(path: str) -> tuple[str, str]:
    """The entry of the navigation that a page belongs to, and how `aria-current` says so: the page itself, or one under it."""
    under = next((address for address, _word, _key in NAVIGATION[1:] if path.startswith(address)), "")
    return (path, "page") if path in {"/", under} else (under, "true")


# the frame of every page has the same links
@cache
def _main_links(here: str, current: str, _language: str) -> Markup:
    return part("main_links.html", here=here, current=current)


@cache
def _foot_links(_language: str) -> Markup:
    return part("foot_links.html")


def part(template: str, **context: Any) -> Markup:
    """A part of a page that shows the same to everyone: its template knows nothing of the request."""
    return Markup(environment().get_template(template).render(**context))  # noqa: S704 - our own template, which escapes


def _here(request: Request) -> str:
    """The address of this page, to come back to; of an answer to a form it is the form's, which a GET may not know."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{request.url.path}{query}" if request.method == "GET" else "/"
