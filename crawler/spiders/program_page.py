"""A program's own page: its Resources list, the banner that names what takes over, and whom it says to contact.

Not a listing of tenders: the one posting it gives has `parts`, and a changed part is news of the program. Which parts the page
must have stands in the source, both lists unless it says otherwise:

    [name.options]          parts = ["resources", "contacts"], resources (what the list's heading begins with, "Resources" unless said)

Traps: the list may stand in an accordion, apart from its heading; menus and footers hold links too; date, form and size stand
beside a link in any order; a site also shows banners that have nothing to do with the program (cookies, closures). No times.
"""

import re
from collections.abc import Iterator
from typing import Any

from crawler.items import LayoutChanged, Listing, Page, Part, Posting
from crawler.sources import SourceConfig
from crawler.spiders import answers
from crawler.spiders.markup import every, web
from crawler.spiders.portal import Portal

HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
APART = ("nav", "footer", "header", "form", "script", "style", "template")  # what stands in these is the site's, not the page's
BESIDE = ("li", "tr", "dd", "p")  # what holds one resource
SUCCESSION = re.compile(
    r"replac|supersed|success(?:or|eur)|takes? over|took over|transition|no longer offered|will end|has ended|remplac|prend la relève",
    re.IGNORECASE,
)
NOTICE = re.compile(r"(?:^|[\s_-])(?:alert|banner|notice|notification|callout|message)(?:$|[\s_-])", re.IGNORECASE)
ASKS = re.compile(r"^(?:questions?|information|inquir(?:y|ies)|enquir(?:y|ies))\b", re.IGNORECASE)
CONTACTS = re.compile(r"^(?:please )?contacts?\b", re.IGNORECASE)
FORM = re.compile(r"[\s(\[]*\b(?:PDF|DOCX?|XLSX?)\b[^()\[\]]*[)\]]?\s*$")
LONGEST_BANNER = 2_000  # characters


class ProgramPage(Portal):
    """Reads one page into one posting of parts."""

    def parse(self, page: Page, source: SourceConfig) -> Listing:
        expected = f"the program page of {source.title or source.name} was expected"
        needed = source.options.get("parts", ["resources", "contacts"])
        tree = answers.html_of(page, expected)
        heading = next((said for h in every(tree, "//h1") if (said := _text(h))), None)
        base = page.url or source.address
        resources = list(_resources(tree, base, str(source.options.get("resources", "Resources"))))
        contacts = list(_contacts(tree))
        found = {"resources": resources, "contacts": contacts}
        missing = [name for name in needed if not found[name]]
        if not heading or len(missing) == len(needed):
            raise answers.strange(page, expected)
        if missing:
            raise LayoutChanged(f"{expected}; it has no {' and no '.join(missing)} where they were")
        parts = (*resources, *_banners(tree), *contacts)
        posting = Posting(id=source.name, number=None, title=heading, buyer=source.buyer, url=base or None, parts=parts)
        return Listing((posting,), rows=1)


def _resources(tree: Any, base: str, begins: str) -> Iterator[Part]:
    """The links between the heading of the list and the next heading of its rank, wherever in the tree they stand."""
    rank, seen = 0, set()
    for node in tree.iter():
        if not isinstance(node.tag, str) or _apart(node):
            continue
        level = HEADINGS.get(node.tag, 0)
        if level and not rank and _text(node).casefold().startswith(begins.casefold()):
            rank = level
        elif level and rank and level <= rank:
            rank = 0
        elif rank and node.tag == "a" and (url := web(node.get("href", ""), base)) and (name := _text(node)):
            part = Part("resource", FORM.sub("", name) or name, _note(node, name), url)
            if part not in seen:
                seen.add(part)
                yield part


def _note(link: Any, name: str) -> str:
    """What is printed beside a link, and the form and size that are printed in it."""
    form = FORM.search(name)
    holder = next((a for a in link.iterancestors() if a.tag in BESIDE), None)
    if holder is None or len(every(holder, ".//a[@href]")) > 1:
        beside = answers.clean(link.tail)
    else:
        beside = _text(holder).replace(name, " ", 1)
    said = (part.strip(" ,;:()[]–—-") for part in (answers.clean(beside), form[0] if form else ""))
    return ", ".join(filter(None, said))


def _banners(tree: Any) -> Iterator[Part]:
    """Notices of the page that speak of one program giving way to another; the outermost of nested ones."""
    taken: list[Any] = []
    for node in tree.iter("div", "section", "aside", "p"):
        marked = node.get("role") in {"alert", "status"} or NOTICE.search(f"{node.get('class', '')} {node.get('id', '')}")
        if not marked or _apart(node) or any(above in taken for above in node.iterancestors()):
            continue
        said = _text(node)
        if SUCCESSION.search(said) and len(said) <= LONGEST_BANNER:
            taken.append(node)
            yield Part("banner", "", said)


def _contacts(tree: Any) -> Iterator[Part]:
    """Rows of the table that says whom to contact about what."""
    for table in every(tree, "//table"):
        rows = [[_text(cell) for cell in row.iterchildren("th", "td")] for row in table.iter("tr")]
        rows = [row for row in rows if len(row) == 2]
        if not rows or not (ASKS.match(rows[0][0]) and CONTACTS.match(rows[0][1])):
            continue
        yield from (Part("contact", question, contact) for question, contact in rows[1:] if question and contact)


def _apart(node: Any) -> bool:
    return node.tag in APART or any(above.tag in APART for above in node.iterancestors())


def _text(node: Any) -> str:
    """What a person reads in an element, words of neighbouring blocks kept apart."""
    return answers.clean(" ".join(node.itertext()))


portal = ProgramPage()
