"""bids&tenders: one tenant a public body, `https://{tenant}.bidsandtenders.ca`, its list behind a JSON search.

The home page gives cookies, `input#NodeId` and an anti-forgery token; a POST of that token to the search gives
`{success, data[], total}`, a hundred rows at a time. Traps: `/Date(ms)/` is the local wall time encoded as if it were Eastern,
so the closing is read from `DateClosingDisplay` + `TimeZoneLabel` (and the label belongs to the closing only); titles are
"number - name" and a number may itself hold " - "; addenda and documents are counts; the year 9999 means that none is set.
Zone: each tenant's own, named by the label.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from crawler.items import EmptyAnswer, LayoutChanged, Listing, Page, Posting
from crawler.sources import SourceConfig
from crawler.spiders import answers, times
from crawler.spiders.portal import Ask, Portal, Visit, site

EXPECTED = "a bids&tenders search answer was expected"
PER_PAGE = 100
READ = frozenset(
    {"Id", "Title", "Status", "DateClosingDisplay", "TimeZoneLabel", "DateAvailableDisplay", "Addendums", "Documents"}
)
OWN = "//*[@id='bidDetailAntiForgery']//"
KIND = re.compile(  # of solicitation, where it stands as a part of the number
    r"N?RF[PQTBIX]|IRFP|RFPQ|RFSQ|RFSO|RFE?O?I|R?EOI|IT[TBQ]|IFB|PQ|RFQUAL|NOI|NPP|ACAN|CSP|VOR|SO|AOP?|DD?P|[TQPC]"
    r"|TENDER|BID|QUOTE|PROPOSAL",
    re.IGNORECASE,
)


class BidsAndTenders(Portal):
    """Reads the search answer, and one tender's detail page."""

    def visit(self, source: SourceConfig, *, now: datetime) -> Visit:
        root = site(source) or ""
        home = yield Ask(f"{root}/Module/Tenders/en")
        node, token = keys(home)

        def search(_: int, start: int) -> Ask:
            query = {"status": source.options.get("status", "Open"), "limit": PER_PAGE, "start": start, "dir": "ASC"}
            address = f"{root}/Module/Tenders/en/Tender/Search/{node}?{urlencode(query)}&from=&to=&sort=DateClosing%20ASC,Id"
            return Ask(address, form={"__RequestVerificationToken": token}, headers={"X-Requested-With": "XMLHttpRequest"})

        yield from self.paged(source, search)

    def parse(self, page: Page, source: SourceConfig) -> Listing:
        if page.body.lstrip()[:1] == b"<":
            return self._detail(page, source)
        found = answers.json_of(page, EXPECTED)
        if not isinstance(found, dict) or not isinstance(found.get("data"), list) or not found.get("success", True):
            raise LayoutChanged(f"{EXPECTED}; the JSON has no list of postings under data")
        rows, total = found["data"], answers.count(found.get("total"))
        postings = tuple(
            self._posting(row, page, source) for row in rows if isinstance(row, dict) and row.get("Id") and row.get("Title")
        )
        columns = tuple(sorted(READ & set(rows[0]))) if rows and isinstance(rows[0], dict) else ()
        if postings and not all("DateClosingDisplay" in row for row in rows if isinstance(row, dict)):
            raise answers.absent(["DateClosingDisplay"], list(columns), EXPECTED)
        return Listing(postings, rows=len(rows), total=total, columns=columns, says_none=not rows and total == 0)

    def _posting(self, row: Mapping[str, Any], page: Page, source: SourceConfig) -> Posting:
        number, title = split(answers.clean(row["Title"]))
        label = answers.clean(row.get("TimeZoneLabel"))
        printed = answers.clean(row.get("DateClosingDisplay"))
        closes = times.moment(f"{printed} {label}", self.zone_of(source))
        root = site(source, page)
        return Posting(
            id=str(row["Id"]),
            number=number,
            title=title,
            status=answers.status_of(row.get("Status")),
            buyer=source.buyer,
            published=times.beside(answers.clean(row.get("DateAvailableDisplay")), label, self.zone_of(source)),
            closes=closes.at,
            closes_text=f"{printed} {label}".strip() or None,
            closes_precision=closes.precision,
            url=f"{root}/Module/Tenders/en/Tender/Detail/{row['Id']}" if root else None,
            addenda=answers.count(row.get("Addendums")),
            documents=answers.count(row.get("Documents")),
            description=answers.prose(row.get("Description")),
        )

    def _detail(self, page: Page, source: SourceConfig) -> Listing:
        tree = answers.html_of(page, EXPECTED)
        cells = {
            answers.clean(th.text_content()).rstrip(": ").casefold(): th.getnext() for th in tree.iterfind(".//th[@scope='row']")
        }
        said = {name: answers.clean(cell.text_content()) for name, cell in cells.items() if cell is not None}
        if not said.get("bid name"):
            if tree.xpath("//input[@id='NodeId']"):
                keys(page)
                raise EmptyAnswer(
                    "this is the portal's home page, which holds no posting: save the answer of its Tender/Search instead"
                )
            raise answers.strange(page, EXPECTED)
        closing = said.get("bid closing date", "")
        closes = times.moment(closing, self.zone_of(source))
        found = re.search(r"Tender/Detail/([0-9a-fA-F-]{36})", page.url) or re.search(
            rb"Tender/Detail/([0-9a-fA-F-]{36})", page.body
        )
        native = found[1] if found else said.get("bid number") or said["bid name"]
        posting = Posting(
            id=native.decode() if isinstance(native, bytes) else native,
            number=said.get("bid number") or None,
            title=said["bid name"],
            status=answers.status_of(said.get("bid status")),
            buyer=source.buyer,
            published=times.moment(said.get("published date"), self.zone_of(source)).at,
            closes=closes.at,
            closes_text=closing or None,
            closes_precision=closes.precision,
            url=page.url or None,
            type=said.get("bid type") or None,
            description=said.get("description") or None,
            extra={"question_deadline": said["question deadline"]} if said.get("question deadline") else {},
        )
        return Listing((posting,), rows=1, columns=tuple(said))


def keys(home: Page) -> tuple[str, str]:
    """NodeId and anti-forgery token of a tenant's home page. Raises LayoutChanged or Refused without them."""
    tree = answers.html_of(home, "a bids&tenders home page was expected")
    # several forms carry a token; the search takes that of its own
    tokens = [tree.xpath(f"string({place}input[@name='__RequestVerificationToken']/@value)") for place in (OWN, "//")]
    token, node = next((str(found) for found in tokens if found), ""), str(tree.xpath("string(//input[@id='NodeId']/@value)"))
    if not node or not token:
        raise answers.strange(home, "a bids&tenders home page with NodeId and token was expected")
    return node, token


def split(title: str) -> tuple[str | None, str]:
    """Number and name of a title "number - name". The number's parts are the first, and each next that is a code, never the last.

    A code is one word with a digit and no word of small letters (`2026-12`, `T12`), or a kind of solicitation (`RFP`).
    """
    parts = re.split(r"\s+[-\N{EN DASH}]\s+", title)
    if len(parts) == 1:
        return None, title
    taken = 1
    while taken < len(parts) - 1 and _code(parts[taken]):
        taken += 1
    cut = list(re.finditer(r"\s+[-\N{EN DASH}]\s+", title))[taken - 1]
    return title[: cut.start()], title[cut.end() :]


def _code(part: str) -> bool:
    return bool(KIND.fullmatch(part)) or (" " not in part and any(c.isdigit() for c in part) and not re.search(r"[a-z]{3}", part))


portal = BidsAndTenders()
