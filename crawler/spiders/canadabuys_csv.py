"""CanadaBuys open data: every open federal notice, and those relayed from other portals, in one bilingual CSV.

`openTenderNotice…csv` (about 900 rows, daily) and `newTenderNotice…csv` (two-hourly, the newest only). Traps: a byte-order
mark, 67 columns in English/French pairs of which a copy may hold fewer, lists as lines that begin with `*`, times without a
zone (UTC-5 all year), text cut in the middle of an entity. A default client agent gets 403. Key: `referenceNumber`; a raised
`amendmentNumber` is an amendment. May be read: Open Government Licence - Canada.
"""

from collections.abc import Mapping

from crawler.items import LayoutChanged, Listing, Page, PostedDocument, Posting
from crawler.sources import SourceConfig
from crawler.spiders import answers, times
from crawler.spiders.portal import Portal

EXPECTED = "the CanadaBuys notice CSV was expected"
DETAIL = "https://canadabuys.canada.ca/en/tender-opportunities/tender-notice/"
REQUIRED = ("title", "referenceNumber", "publicationDate", "tenderClosingDate", "tenderStatus")


class CanadaBuysCsv(Portal):
    """Reads columns by the English stem of their name (`tenderStatus-appelOffresStatut-eng` is `tenderStatus`)."""

    zone = "Etc/GMT+5"

    def parse(self, page: Page, source: SourceConfig) -> Listing:
        header, rows = answers.table_of(page, EXPECTED)
        places = stems(header)
        if missing := [name for name in REQUIRED if name not in places]:
            raise answers.absent(missing, header, EXPECTED)
        if len(places) < len(header) / 3:
            raise LayoutChanged(f"{EXPECTED}; most of its {len(header)} columns carry one name")
        said = [
            {name: answers.clean(row[at]) for name, at in places.items() if at < len(row)}
            for row in rows
            if len(row) == len(header)
        ]
        lists = [{name: row[at] for name, at in places.items()} for row in rows if len(row) == len(header)]
        postings = tuple(
            self._posting(cells, raw, source)
            for cells, raw in zip(said, lists, strict=True)
            if cells["referenceNumber"] and (cells["title"] or cells.get("title.fra"))
        )
        return Listing(postings, rows=len(rows), columns=tuple(header))

    def _posting(self, said: Mapping[str, str], raw: Mapping[str, str], source: SourceConfig) -> Posting:
        zone = self.zone_of(source)
        closes = times.moment(said["tenderClosingDate"], zone)
        urls = listed(raw.get("attachment")) or listed(raw.get("attachment.fra"))
        return Posting(
            id=said["referenceNumber"],
            number=said.get("solicitationNumber") or None,
            title=said["title"] or said["title.fra"],
            status=answers.status_of(said["tenderStatus"] or said.get("tenderStatus.fra")),
            buyer=said.get("contractingEntityName") or said.get("contractingEntityName.fra") or source.buyer,
            published=times.start_of_day(said["publicationDate"], zone),
            closes=closes.at,
            closes_text=said["tenderClosingDate"] or None,
            closes_precision=closes.precision,
            url=said.get("noticeURL") or DETAIL + said["referenceNumber"].lower(),
            amendments=answers.count(said.get("amendmentNumber")),
            documents=len(urls) if "attachment" in said else None,
            type=said.get("noticeType") or None,
            description=answers.prose(raw.get("tenderDescription")) or answers.prose(raw.get("tenderDescription.fra")),
            files=tuple(PostedDocument(title=url.rsplit("/", 1)[-1], url=url) for url in urls),
            extra={"title_fr": said["title.fra"]} if said.get("title.fra") and said["title.fra"] != said["title"] else {},
        )


def stems(header: list[str]) -> dict[str, int]:
    """Column places by the first part of their name, French ones with `.fra` behind it."""
    places: dict[str, int] = {}
    for at, name in enumerate(header):
        stem = name.split("-", 1)[0] + (".fra" if name.endswith("-fra") else "")
        places.setdefault(stem, at)
    return places


def listed(cell: str | None) -> list[str]:
    """The entries of a list cell: lines that begin with `*`, or a comma between addresses; order kept, repeats dropped."""
    entries = (
        part.strip(" *\r\t") for line in (cell or "").split("\n") for part in line.replace(",http", "\x00http").split("\x00")
    )
    return list(dict.fromkeys(answers.clean(entry) for entry in entries if entry))


portal = CanadaBuysCsv()
