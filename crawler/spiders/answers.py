"""Opening an answer: bytes to text, JSON, tree or table, or a sentence that says what came instead.

Every opener insists on a whole answer: what was cut in transit raises LayoutChanged and is never a shorter listing.
"""

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from contracts.vocabulary import TenderStatus
from crawler.items import EmptyAnswer, LayoutChanged, Page, Refused, SourceError
from crawler.normalise import mend

CHALLENGE = re.compile(
    r"captcha|browser.?check|checking your browser|verify (?:that )?you are (?:a )?human|cf-chl|just a moment\.\.\."
    r"|attention required|incapsula|_Incapsula_|request unsuccessful|access denied|are you a robot|request rejected|acc[eè]s refus[ée]",
    re.IGNORECASE,
)
ERROR_PAGE = re.compile(
    r"server error|runtime error|internal error|bad gateway|service unavailable|temporarily unavailable|maintenance"
    r"|page not found|an error (?:has )?occurred|something went wrong|erreur",
    re.IGNORECASE,
)
# control characters, halves of surrogate pairs, and what turns the direction of text around
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
SHORT = 30_000  # characters; challenge and error pages are shorter, portals' own pages mostly longer
STATUSES = {
    TenderStatus.PLANNED: "planned planning forecast upcoming advertised prévu planifié planifiée",
    TenderStatus.OPEN: "open active current amended issued published ouvert ouverte actif active en.cours publié",
    TenderStatus.CLOSED: "closed expired archived complete completed unofficial unofficial.results evaluation under.evaluation"
    " in.evaluation unsuccessful withdrawn.from.view fermé fermée expiré archivé résultats.non.officiels non.officiel",
    TenderStatus.AWARDED: "awarded award contracted attribué attribuée octroyé adjugé",
    TenderStatus.CANCELLED: "cancelled canceled terminated withdrawn annulé annulée résilié terminé",
}
WORDS = {word.replace(".", " "): status for status, words in STATUSES.items() for word in words.split()}


def clean(text: Any, *, entities: bool = True) -> str:
    """Text as a person reads it: entities decoded, control characters gone, white space collapsed; "" for None."""
    return "" if text is None else _clean(str(text), entities)


@lru_cache(maxsize=8192)  # day after day a listing says nearly the same words
def _clean(text: str, entities: bool) -> str:
    decoded = mend(text)
    if entities and "&" in decoded:
        decoded = html.unescape(decoded)
    return " ".join(UNSEEN.sub(" ", decoded).split())


def prose(markup: Any) -> str | None:
    """A description without its markup, None when nothing is left."""
    text = str(markup or "")
    if "<" in text:
        text = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>", " ", text)
        text = re.sub(r"(?i)</?(?:p|br|div|li|ul|ol|tr|td|h\d)\b[^>]*>", " ", text)
        text = re.sub(r"<[^>]*>", "", text)
    return clean(text) or None


def status_of(word: Any) -> TenderStatus:
    """The product's status for a portal's word, English or French; `unknown` for a word we have not met."""
    return WORDS.get(clean(word).casefold().strip(" ."), TenderStatus.UNKNOWN)


def count(value: Any) -> int | None:
    """A count as the portal gives it (3, "3", "3 addenda"), None when it gives none."""
    if isinstance(value, bool) or value is None:
        return None
    match = re.match(r"\s*(\d{1,9})(?:\.0+)?(?!\d)", str(value))
    return int(match[1]) if match else None


def text_of(page: Page) -> str:
    """The answer's text: by its mark, its declared character set, or UTF-8; an older western page as Windows-1252.

    UTF-8 with a stray wrong byte stays UTF-8, so that one bad byte doesn't change every accent of a listing.
    """
    body = page.body
    for mark, name in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    for declared in _declared(page):
        try:
            return body.decode(declared)
        except (LookupError, UnicodeDecodeError):
            continue
    loose = body.decode("utf-8", "replace")
    wrong = loose.count("\N{REPLACEMENT CHARACTER}")
    good = sum(1 for c in loose if c > "\x7f") - wrong
    return loose if good > wrong else body.decode("cp1252", "replace")


def _declared(page: Page) -> Iterator[str]:
    match = re.search(r"charset\s*=\s*[\"']?([\w-]+)", page.media_type, re.IGNORECASE)
    if match:
        yield match[1]
    inside = re.search(rb"(?:charset|encoding)\s*=\s*[\"']?([\w-]+)", page.body[:2048], re.IGNORECASE)
    if inside:
        yield inside[1].decode("ascii", "replace")


def strange(page: Page, expected: str) -> SourceError:
    """The error for an answer that lacks what its platform must have: a refusal, an error page, or another layout."""
    text = text_of(page)
    if not text.strip():
        return EmptyAnswer(f"{expected}, and the answer is empty")
    if "<" not in text[:1000]:
        return LayoutChanged(f"{expected}, and the answer is other text")
    title = re.search(r"(?is)<title[^>]*>(.*?)</title>", text[:200_000])
    name = clean(title[1])[:80] if title else ""
    called = f'an HTML page called "{name}"' if name else "an HTML page without a title"
    # a long page may well speak of robots or errors and be neither; so may any page's scripts
    body = re.sub(r"(?is)<script\b.*?</script\s*>", "", text) if len(text) < SHORT else ""
    if found := CHALLENGE.search(name) or CHALLENGE.search(body):
        check = f'the portal shows a check for people instead ("{clean(found[0])}")'
        return Refused(f"{expected}; {check}: save the page by hand and import it")
    if ERROR_PAGE.search(name) or ERROR_PAGE.search(body):
        return LayoutChanged(f"{expected}; the answer is {called} that reports an error")
    return LayoutChanged(f"{expected}; the answer is {called}")


def json_of(page: Page, expected: str) -> Any:
    """The answer's JSON value. Raises LayoutChanged for anything else, cut JSON among it; Refused for a check for people."""
    text = text_of(page)
    if not text.strip() or text.lstrip()[:1] == "<":
        raise strange(page, expected)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" at character {error.pos:,}" if isinstance(error, json.JSONDecodeError) else ""
        raise LayoutChanged(f"{expected}; the answer is not whole JSON (it breaks{where} of {len(text):,})") from error


def html_of(page: Page, expected: str, *, ends_with: str = "</html") -> HtmlElement:
    """The answer's tree. Raises EmptyAnswer for nothing, LayoutChanged for a page cut before its end tag or for no markup.

    An excerpt that never opened `<html>` is taken as it is: its reader still insists on its parts.
    """
    text = text_of(page)
    if not text.strip():
        raise EmptyAnswer(f"{expected}, and the answer is empty")
    if "<" not in text:
        raise LayoutChanged(f"{expected}, and the answer is other text")
    folded = text.casefold()
    if "<html" in folded and ends_with.casefold() not in folded:
        if CHALLENGE.search(text):
            raise strange(page, expected)
        raise LayoutChanged(f"{expected}; the page breaks off before its end ({ends_with}> is missing)")
    try:
        return document_fromstring(text.encode("utf-8", "replace"), parser=HTMLParser(encoding="utf-8", no_network=True))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise LayoutChanged(f"{expected}; the answer is no HTML ({error})") from error


def xml_of(page: Page, expected: str) -> Any:
    """The root element of an XML answer, entities and network refused. Raises LayoutChanged, EmptyAnswer or Refused."""
    if not page.body.strip():
        raise strange(page, expected)
    if re.search(rb"<!(?:DOCTYPE[^>]*\[|ENTITY)", page.body[:100_000], re.IGNORECASE):
        raise LayoutChanged(f"{expected}; the answer declares entities of its own, which are never resolved")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(page.body, parser)
    except etree.XMLSyntaxError as error:
        if re.search(rb"<html", page.body[:5000], re.IGNORECASE):
            raise strange(page, expected) from error
        raise LayoutChanged(f"{expected}; the answer is not whole XML ({error})") from error


def table_of(page: Page, expected: str, *, delimiter: str = ",") -> tuple[list[str], list[list[str]]]:
    """Header and rows of a CSV answer (RFC 4180, the last line ended).

    Raises LayoutChanged for a file that is cut (an open quote, a short last row, no end of line), Refused or LayoutChanged for
    a web page in its place, EmptyAnswer for nothing.
    """
    text = text_of(page)
    if not text.strip() or text.lstrip()[:1] == "<":
        raise strange(page, expected)
    if "\x00" in text:
        raise LayoutChanged(f"{expected}; the answer is no text")
    if not text.endswith("\n") and ("\n" in text or not text.endswith("\r")):
        raise LayoutChanged(f"{expected}; the file breaks off in the middle of its last row")
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if any(row)]
    except csv.Error as error:
        raise LayoutChanged(f"{expected}; the answer is not whole CSV ({error})") from error
    header = [clean(name) for name in rows[0]]
    if len(header) < 2:
        raise LayoutChanged(f'{expected}; the first line "{header[0][:80] if header else ""}" is no row of column names')
    if len(rows) > 1 and len(rows[-1]) < len(header):
        raise LayoutChanged(f"{expected}; the last row has {len(rows[-1])} of {len(header)} cells: the file breaks off")
    return header, rows[1:]


def absent(missing: list[str], header: list[str], expected: str) -> LayoutChanged:
    """The error for columns that are gone, naming them and what the table has instead."""
    names = ", ".join(f'"{name}"' for name in missing)
    there = ", ".join(f'"{name}"' for name in header[:12]) + (" …" if len(header) > 12 else "")
    gone = f"the columns {names} are gone" if len(missing) > 1 else f"the column {names} is gone"
    return LayoutChanged(f"{expected}; {gone}: the table has {there}")
