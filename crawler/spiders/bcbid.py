"""BC Bid (Ivalua): the province's own portal, read only from what a person saved or a mail that BC Bid sent.

A browser check and a captcha stand in front of it and its robots.txt refuses generic agents: both are recognised and never
bypassed, so this platform has no visit. `bidkeeper import` takes the saved grid (`request_browse_public`), a saved opportunity
page (`process_manage_extranet/{id}`) and a forwarded notification mail (.eml). Traps: column headings change (in 2026-07 they
gained "and Time (Pacific Time)") and are matched by meaning; the link stands now under the id, now under the description; fields
of an opportunity carry leftovers of form widgets ("Delete the value."). Zone: America/Vancouver ("Pacific Time").
"""

import email
import re
from collections.abc import Iterator
from datetime import datetime
from email.message import Message
from typing import Any

from crawler.items import EmptyAnswer, LayoutChanged, Listing, Page, PostedDocument, Posting, Refused
from crawler.sources import SourceConfig
from crawler.spiders import answers, times
from crawler.spiders.markup import every, first, web
from crawler.spiders.portal import Portal, Visit

EXPECTED = "a saved BC Bid page was expected"
HOME = "https://www.bcbid.gov.bc.ca/page.aspx/en/rfp/request_browse_public"
NATIVE = re.compile(r"process_manage_extranet/(\d+)")
MEANINGS = {  # what a column or field is → what its heading must hold; the first that fits
    "status": r"^status",
    "number": r"opportunity id",
    "commodities": r"commodit",
    "issued_for": r"issued for",
    "buyer": r"issued by|^organi[sz]ation",
    "published": r"issue date",
    "closes": r"clos(?:ing|es)",
    "amendments": r"amendments",
    "updated": r"last updated",
    "left": r"ends in",
    "list": r"vendor|supplier",
    "type": r"^(?:opportunity )?type",
    "title": r"opportunity description|^description|^title",
    "summary": r"summary details",
    "rationale": r"amendment (?:reason|details|description|summary)|reason for (?:the )?amendment",
}
ORDER = (
    "status",
    "number",
    "title",
    "commodities",
    "type",
    "published",
    "closes",
    "left",
    "amendments",
    "updated",
    "buyer",
    "issued_for",
    "list",
)
REQUIRED = ("status", "number", "title", "closes")
LEFTOVERS = {"delete the value.", "delete all values.", "rfx general information", ""}
NONE = re.compile(r"^(?:no (?:results?|records?|data|opportunit\w+|items?)\b|aucun)", re.IGNORECASE)
MAIL = re.compile(rb"\A(?:From |[A-Za-z][A-Za-z-]+:[ \t])")


class BCBid(Portal):
    """Reads the grid, an opportunity page, and notification mails."""

    zone = "America/Vancouver"

    def visit(self, source: SourceConfig, *, now: datetime) -> Visit:
        yield from ()  # a visit is a generator, this one of no step
        raise Refused("BC Bid lets only people with a browser in: save the page there and run `bidkeeper import bcbid FILE`")

    def parse(self, page: Page, source: SourceConfig) -> Listing:
        if page.media_type == "message/rfc822" or MAIL.match(page.body):
            return self._mail(page, source)
        tree = answers.html_of(page, EXPECTED)
        if tables := every(tree, "//table[@id='body_x_grid_grd']"):
            return self._grid(tables[0], page, source)
        if every(tree, "//*[contains(concat(' ', @class, ' '), ' label-field ')]"):
            return self._opportunity(tree, page, source)
        raise answers.strange(page, EXPECTED)

    def _grid(self, table: Any, page: Page, source: SourceConfig) -> Listing:
        headings = [answers.clean(" ".join(th.itertext())) for th in table.iterfind(".//th")]
        rows = [row for row in table.iter("tr") if row.find("td") is not None]
        meant = [meaning(heading) for heading in headings] or list(ORDER)
        if missing := [name for name in REQUIRED if name not in meant]:
            raise answers.absent(missing, headings, EXPECTED)
        if rows and not headings and len(rows[0].findall("td")) != len(ORDER):
            raise LayoutChanged(
                f"{EXPECTED}; its grid has no headings and {len(rows[0].findall('td'))} columns instead of {len(ORDER)}"
            )
        if len(rows) == 1 and NONE.search(answers.clean(rows[0].text_content())):
            return Listing((), rows=0, columns=tuple(headings), says_none=True)
        found = tuple(posting for row in rows if (posting := self._row(row, meant, page, source)))
        return Listing(found, rows=len(rows), columns=tuple(headings))

    def _row(self, row: Any, meant: list[str], page: Page, source: SourceConfig) -> Posting | None:
        cells = dict(zip(meant, row.findall("td"), strict=False))
        said = {name: answers.clean(" ".join(cell.itertext())) for name, cell in cells.items()}
        url = web(first(row, ".//a[contains(@href, 'process_manage_extranet')]/@href"), page.url or source.address or HOME)
        native = NATIVE.search(url or "") or re.fullmatch(r"(?:.*_tr_)?(\d+)", row.get("data-id") or row.get("id", ""))
        if not (native or said.get("number")) or not said.get("title"):
            return None
        return self._posting(native[1] if native else said["number"], said, url, source)

    def _posting(self, native: str, said: dict[str, str], url: str | None, source: SourceConfig, **more: Any) -> Posting:
        zone = self.zone_of(source)
        closes = times.moment(said.get("closes"), zone)
        extra = {name: said[name] for name in ("commodities", "issued_for") if said.get(name)}
        known: dict[str, Any] = {"description": said.get("summary") or None, "rationale": said.get("rationale") or None, **more}
        return Posting(
            id=native,
            number=said.get("number") or None,
            title=said["title"],
            status=answers.status_of(said.get("status")),
            buyer=said.get("buyer") or said.get("issued_for") or source.buyer,
            published=times.start_of_day(said.get("published"), zone),
            closes=closes.at,
            closes_text=said.get("closes") or None,
            closes_precision=closes.precision,
            url=url,
            amendments=answers.count(said.get("amendments")),
            type=said.get("type") or None,
            extra=extra,
            **known,
        )

    def _opportunity(self, tree: Any, page: Page, source: SourceConfig) -> Listing:
        for noise in every(tree, "//script | //style | //select | //textarea"):
            noise.drop_tree()
        said: dict[str, str] = {}
        for label in every(tree, "//*[contains(concat(' ', @class, ' '), ' label-field ')]"):
            name = meaning(answers.clean(label.text_content()))
            value = _value(label)
            if name and value:
                said.setdefault(name, value)
        panel = answers.clean(first(tree, ".description-panel"))
        said.setdefault("title", panel)
        if not said["title"]:
            raise LayoutChanged(f"{EXPECTED}; the opportunity has no description, which is its title")
        addenda = every(tree, "//table[.//th[contains(., 'Addend')]]//tr[td]")
        links = every(tree, "//a[contains(@href, '/fil/download_public/')][not(ancestor::table[.//th[contains(., 'Addend')]])]")
        base = page.url or source.address or HOME
        files = tuple(PostedDocument(answers.clean(a.text_content()), web(a.get("href", ""), base) or "") for a in links)
        own = page.url if NATIVE.search(page.url) else _own_address(tree)
        native = NATIVE.search(own)
        more = {
            "addenda": len(addenda) or None,
            "documents": len(files) or None,
            "files": files,
            "description": said.get("summary") or (panel if panel != said["title"] else None),
        }
        posting = self._posting(native[1] if native else said.get("number") or said["title"], said, own or None, source, **more)
        return Listing((posting,), rows=1)

    def _mail(self, page: Page, source: SourceConfig) -> Listing:
        message = email.message_from_bytes(page.body)
        found: list[dict[str, str]] = []
        blocks: list[dict[str, str]] = []
        for text in _texts(message):  # the mail's own, then those of a mail attached to it
            blocks = []
            for line in (answers.clean(line).lstrip("> ") for line in text.split("\n")):
                _take(line, blocks)
            found = [block for block in blocks if block.get("title") and (block.get("native") or block.get("number"))]
            if found:
                break
        if not found:
            raise EmptyAnswer(
                "a BC Bid notification mail was expected; the mail names no opportunity with its id and description"
            )
        postings = tuple(self._posting(b.get("native") or b["number"], b, b.get("url"), source) for b in found)
        return Listing(postings, rows=len(blocks), announces=True)


def _texts(message: Message) -> Iterator[str]:
    """The mail's texts line by line, markup taken out, links behind their words."""
    for part in message.walk():
        if part.get_content_type() not in {"text/html", "text/plain"}:
            continue
        raw = part.get_payload(decode=True)
        text = answers.text_of(Page(raw if isinstance(raw, bytes) else b"", media_type=str(part.get("Content-Type", ""))))
        if part.get_content_subtype() == "html":
            text = re.sub(r"(?i)<a\b[^>]*href=[\"']?([^\"' >]+)[^>]*>(.*?)</a>", r"\2 \1 ", text, flags=re.DOTALL)
            text = re.sub(r"(?i)</(?:p|div|tr|li|h\d|table)>|<br[^>]*>", "\n", text)
            text = re.sub(r"(?i)</t[dh]>", " ", text)
            text = re.sub(r"<[^>]*>", "", text)
        yield text


def _take(line: str, blocks: list[dict[str, str]]) -> None:
    """Add one line of a mail to the opportunity that it speaks of; a field or another link met again begins the next one."""
    link = re.search(r"https?://\S+?" + NATIVE.pattern, line)
    said = re.sub(r"\s*https?://\S+", "", line).strip()
    label, _, value = said.partition(":")
    name = meaning(label) if len(label) < 60 else ""
    fields = {name: value.strip()} if name and value.strip() else {}
    if link:
        fields |= {"url": link[0], "native": link[1]}
        if not name and said:
            fields["title"] = said
    if fields and (not blocks or any(blocks[-1].get(key, value) != value for key, value in fields.items())):
        blocks.append({})
    if fields:
        blocks[-1] |= fields


def _own_address(tree: Any) -> str:
    """Where a saved page was saved from: its form, its canonical link, or the remark that a browser leaves; "" if none tells."""
    told = [*tree.xpath("//form/@action"), *tree.xpath("//link[@rel='canonical']/@href")]
    told += re.findall(
        r"saved from url=\(\d+\)(\S+)", " ".join(str(node.text) for node in tree.getroottree().xpath("//comment()"))
    )
    return next((address for link in told if NATIVE.search(link) and (address := web(link, HOME))), "")


def meaning(heading: str) -> str:
    """Which field a heading means, "" for none that we read."""
    folded = heading.casefold()
    return next((name for name, pattern in MEANINGS.items() if re.search(pattern, folded)), "")


def _value(label: Any) -> str:
    """The text beside a label, without what form widgets leave behind."""
    row = label.getparent() if label.getnext() is not None or label.getparent() is None else label.getparent().getparent()
    beside = [node for node in row.iterchildren("*") if label not in node.iter()]
    lines = [answers.clean(line) for node in beside for line in node.text_content().splitlines()]
    return " ".join(line for line in lines if line.casefold() not in LEFTOVERS)


portal = BCBid()
