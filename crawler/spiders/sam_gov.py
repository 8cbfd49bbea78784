"""SAM.gov: the United States' contract opportunities, a keyed JSON API (https://open.gsa.gov/api/get-opportunities-public-api/).

`GET https://api.sam.gov/opportunities/v2/search?postedFrom=MM/dd/yyyy&postedTo=…&limit=1000&offset={page}` with the operator's own
key, sent as a header so that it stands in no address and no evidence (`options.api_key_file` names a file that holds it alone).
Traps: both dates are mandatory and at most a year apart; `offset` counts pages; a deadline may lack its time or its zone.
Zone: each deadline carries its own.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from contracts.vocabulary import TenderStatus
from crawler.items import LayoutChanged, Listing, Page, PostedDocument, Posting, Refused
from crawler.sources import SourceConfig
from crawler.spiders import answers, times
from crawler.spiders.markup import web
from crawler.spiders.portal import Ask, Portal, Visit

EXPECTED = "SAM.gov's list of opportunities was expected"
PER_PAGE = 1000
READ = frozenset(
    {"noticeId", "title", "solicitationNumber", "fullParentPathName", "responseDeadLine", "active", "type", "postedDate"}
)


class SamGov(Portal):
    """Reads the search answer, page by page until its total."""

    def visit(self, source: SourceConfig, *, now: datetime) -> Visit:
        try:
            key = Path(source.options["api_key_file"]).read_text("utf-8").strip()
        except (KeyError, OSError) as error:
            raise Refused("SAM.gov wants an API key: put yours alone into a file and name it as options.api_key_file") from error
        since = now - timedelta(days=float(source.options.get("window", 30)))
        asked = {
            "postedFrom": f"{since:%m/%d/%Y}",
            "postedTo": f"{now:%m/%d/%Y}",
            "limit": PER_PAGE,
            **source.options.get("query", {}),
        }
        yield from self.paged(
            source, lambda page, _: Ask(f"{source.address}?{urlencode({**asked, 'offset': page})}", headers={"X-Api-Key": key})
        )

    def parse(self, page: Page, source: SourceConfig) -> Listing:
        found = answers.json_of(page, EXPECTED)
        rows = found.get("opportunitiesData") if isinstance(found, dict) else None
        if not isinstance(rows, list):
            raise LayoutChanged(f"{EXPECTED}; the JSON has no opportunitiesData")
        total = answers.count(found.get("totalRecords"))
        postings = tuple(posting for row in rows if isinstance(row, dict) and (posting := self._posting(row, source)))
        return Listing(
            postings,
            rows=len(rows),
            total=total,
            columns=tuple(sorted(READ & set(rows[0]))) if rows and isinstance(rows[0], dict) else (),
            says_none=not rows and total == 0,
        )

    def _posting(self, row: dict[str, Any], source: SourceConfig) -> Posting | None:
        native, title = answers.clean(row.get("noticeId")), answers.clean(row.get("title"))
        if not native or not title:
            return None
        printed = answers.clean(row.get("responseDeadLine"))
        closes = times.moment(printed, self.zone_of(source))
        kind = answers.clean(row.get("type"))
        active = {"yes": TenderStatus.OPEN, "no": TenderStatus.CLOSED}.get(
            answers.clean(row.get("active")).casefold(), TenderStatus.UNKNOWN
        )
        links = row["resourceLinks"] if isinstance(row.get("resourceLinks"), list) else None
        award = _object(row.get("award"))
        return Posting(
            id=native,
            number=answers.clean(row.get("solicitationNumber")) or None,
            title=title,
            status=TenderStatus.AWARDED if kind.casefold() == "award notice" else active,
            buyer=answers.clean(row.get("fullParentPathName")) or source.buyer,
            published=times.start_of_day(answers.clean(row.get("postedDate")), self.zone_of(source)),
            closes=closes.at,
            closes_text=printed or None,
            closes_precision=closes.precision,
            url=web(str(row.get("uiLink") or ""), ""),
            documents=None if links is None else len(links),
            type=kind or None,
            supplier=answers.clean(_object(award.get("awardee")).get("name")) or None,
            value=f"{amount} USD" if (amount := answers.clean(award.get("amount"))) else None,
            files=tuple(PostedDocument(str(at), url) for at, link in enumerate(links or [], 1) if (url := web(str(link), ""))),
        )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


portal = SamGov()
