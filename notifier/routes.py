"""Routes as a program page states them: its "Question about / Contact" table, read from HTML or from saved text.

`read_routes(page, …)` gives the rows with their source and date; `compare(old, new)` says what a changed table proposes.
The wording of the table differs from page to page, so routes belong to a page and are never written into code.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from lxml import etree, html

from notifier.desks import Desk, desk_for, load

_HEADS = re.compile(
    r"^\s*(?:questions?|information|inquir(?:y|ies)|enquir(?:y|ies)|if (?:you have )?.*question).*$", re.IGNORECASE
)
_CONTACT_HEADS = re.compile(r"^\s*(?:please\s+)?contacts?(?:\s+(?:us|information|department|area))?\s*:?\s*$", re.IGNORECASE)
_CELLS = re.compile(r"\s*\|\s*|\t+|\s{3,}")
_PHONE = re.compile(r"(?:\+?1[-. ])?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


class NoRoutes(ValueError):
    """Raised by `read_routes` when a page holds no such table; the page may have changed its layout."""


@dataclass(frozen=True)
class PageRoute:
    """One row: what is asked, whom the page names, and our desk's key where we know that name.

    `confidence` is high for a known desk, low for a name that no desk has yet (somebody should look).
    """

    question: str
    contact: str
    desk: str | None
    phone: str | None
    email: str | None
    source: str
    as_of: date
    confidence: str


@dataclass(frozen=True)
class RouteChange:
    """A difference between two readings of a page; a proposal for a person, never applied by itself."""

    kind: str
    question: str
    old: str | None
    new: str | None


def read_routes(page: str, *, source: str, as_of: date, desks: tuple[Desk, ...] | None = None) -> list[PageRoute]:
    """The routes of a page given as HTML or text. `NoRoutes` when it has no such table."""
    known = load() if desks is None else desks
    rows = _from_html(page) if re.search(r"<\s*(?:table|html|div|body|p)\b", page, re.IGNORECASE) else _from_text(page)
    if not rows:
        raise NoRoutes(f'{source}: no table of "Question about" and "Contact" was found; has the page changed?')
    return [_route(question, contact, source=source, as_of=as_of, desks=known) for question, contact in rows]


def compare(old: Iterable[PageRoute], new: Iterable[PageRoute]) -> list[RouteChange]:
    """What the newer reading says differently: `added`, `removed` or `contact` (another desk for the same question)."""
    before = {_key(route.question): route for route in old}
    after = {_key(route.question): route for route in new}
    changes = [RouteChange("removed", route.question, route.contact, None) for key, route in before.items() if key not in after]
    for key, route in after.items():
        was = before.get(key)
        if was is None:
            changes.append(RouteChange("added", route.question, None, route.contact))
        elif _key(was.contact) != _key(route.contact):
            changes.append(RouteChange("contact", route.question, was.contact, route.contact))
    return changes


def _route(question: str, contact: str, *, source: str, as_of: date, desks: tuple[Desk, ...]) -> PageRoute:
    phone, email = _PHONE.search(contact), _EMAIL.search(contact)
    name = _EMAIL.sub(" ", _PHONE.sub(" ", contact))
    name = re.sub(r"\s*(?:\bat\b|\bphone\b|\bemail\b|[,:;(]).*$", "", " ".join(name.split())).strip() or contact
    desk = desk_for(name, desks)
    return PageRoute(
        question=question,
        contact=name,
        desk=desk,
        phone=phone[0] if phone else None,
        email=email[0] if email else None,
        source=source,
        as_of=as_of,
        confidence="high" if desk else "low",
    )


def _from_html(page: str) -> list[tuple[str, str]]:
    try:
        tree: Any = html.fromstring(page[:5_000_000], parser=html.HTMLParser(no_network=True, remove_comments=True))
    except (etree.ParserError, ValueError):
        return []
    for table in tree.iter("table"):
        rows = [[_said(cell) for cell in row.iter("th", "td")] for row in table.iter("tr")]
        if found := _under_heads([row for row in rows if len(row) >= 2]):
            return found
    for element in tree.iter("p", "div", "li", "br", "h2", "h3", "h4", "dt", "dd"):
        element.tail = "\n" + (element.tail or "")
    return _from_text(str(tree.text_content()))


def _from_text(page: str) -> list[tuple[str, str]]:
    """Rows with two cells a line (bars, tabs or wide gaps), or a cell a line below its two headings."""
    lines = [line.strip().strip("|").strip() for line in page[:1_000_000].splitlines()]
    two_cells = [cells for line in lines if len(cells := [cell for cell in _CELLS.split(line) if cell.strip(" -:")]) == 2]
    if found := _under_heads(two_cells):
        return found
    filled = [line for line in lines if line]
    for place in range(len(filled) - 3):
        if _HEADS.match(filled[place]) and _CONTACT_HEADS.match(filled[place + 1]):
            return _pairs(filled[place + 2 :])
    return []


def _under_heads(rows: list[list[str]]) -> list[tuple[str, str]]:
    for place, row in enumerate(rows):
        if _HEADS.match(row[0]) and _CONTACT_HEADS.match(row[1]):
            return [(cells[0], cells[1]) for cells in rows[place + 1 :] if cells[0] and cells[1]]
    return []


def _pairs(lines: list[str]) -> list[tuple[str, str]]:
    """Question and contact in turn, until a line that can't be a contact's name."""
    found: list[tuple[str, str]] = []
    for question, contact in zip(lines[::2], lines[1::2], strict=False):
        if len(contact.split()) > 8 or contact.endswith((".", "?")) or not contact[:1].isupper():
            break
        found.append((question, contact))
    return found


def _said(cell: Any) -> str:
    return " ".join(str(cell.text_content()).split())


def _key(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
