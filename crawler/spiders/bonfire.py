"""Bonfire: `https://{organisation}.bonfirehub.com` (.ca), its open list behind the JSON that its own page loads.

`/PublicPortal/getOpenPublicOpportunitiesSectionData` gives `payload.projects` by id and `payload.departments`. Traps: an empty
collection is `[]` where a filled one is an object; `DateClose` is UTC and does not say so. Its robots.txt refuses every agent: off
until the operator records a permission (then `options.robots = "permitted"`). Zone: UTC.
"""

from datetime import datetime

from crawler.items import LayoutChanged, Listing, Page, Posting
from crawler.sources import SourceConfig
from crawler.spiders import answers, times
from crawler.spiders.portal import Ask, Portal, Visit, site

EXPECTED = "Bonfire's list of open opportunities was expected"
READ = frozenset({"ProjectID", "ReferenceID", "ProjectName", "DateClose", "DepartmentID"})
LIST = "/PublicPortal/getOpenPublicOpportunitiesSectionData"


class Bonfire(Portal):
    """Reads the open opportunities of one organisation."""

    zone = "UTC"

    def visit(self, source: SourceConfig, *, now: datetime) -> Visit:
        page = yield Ask(f"{site(source)}{LIST}", headers={"X-Requested-With": "XMLHttpRequest"})
        yield self.read(page, source)

    def parse(self, page: Page, source: SourceConfig) -> Listing:
        found = answers.json_of(page, EXPECTED)
        payload = found.get("payload") if isinstance(found, dict) else None
        projects = payload.get("projects") if isinstance(payload, dict) else None
        if not isinstance(projects, dict | list):
            raise LayoutChanged(f"{EXPECTED}; the JSON has no payload.projects")
        named = payload.get("departments") if isinstance(payload, dict) else None
        departments = named if isinstance(named, dict) else {}
        rows = [row for row in (projects.values() if isinstance(projects, dict) else projects) if isinstance(row, dict)]
        postings = []
        for row in rows:
            closes = times.moment(row.get("DateClose"), self.zone_of(source))
            native, root = row.get("ProjectID") or row.get("PrivateProjectID"), site(source, page)
            department = departments.get(str(row.get("DepartmentID")), {})
            name = (
                answers.clean(department.get("DepartmentName") or department.get("Name")) if isinstance(department, dict) else ""
            )
            if not native or not row.get("ProjectName") or "DateClose" not in row:
                continue
            postings.append(
                Posting(
                    id=str(native),
                    number=answers.clean(row.get("ReferenceID")) or None,
                    title=answers.clean(row["ProjectName"]),
                    status=answers.status_of("open"),
                    buyer=source.buyer or name or None,  # on a portal of many bodies the department is the body
                    closes=closes.at,
                    closes_text=answers.clean(row["DateClose"]) or None,
                    closes_precision=closes.precision,
                    url=f"{root}/opportunities/{native}" if root else None,
                    extra={"department": name} if name else {},
                )
            )
        columns = tuple(sorted(READ & set(rows[0]))) if rows else ()
        return Listing(
            tuple(postings), rows=len(projects), columns=columns, says_none=not projects and bool(found.get("success"))
        )


portal = Bonfire()
