"""A portal on loopback that answers like a bids&tenders tenant, with a plain Bid Opportunities page beside it."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

PACIFIC = ZoneInfo("America/Vancouver")
EASTERN = ZoneInfo("America/Toronto")
NODE = "7a0b6f8e-52d1-4c6e-9a53-1f0d2f6c9b11"
TOKEN = "demo-anti-forgery-token"  # noqa: S105 - no secret: every visitor of the demo is given it
BUYER = "WorkSafeBC"


@dataclass
class DemoPosting:
    """One posting of the demo; times are wall time in America/Vancouver."""

    number: str
    title: str
    closes: datetime
    published: datetime
    addenda: int = 0
    documents: int = 2

    @property
    def id(self) -> str:
        """Stable as long as the number is."""
        return str(uuid5(NAMESPACE_URL, f"demo:{self.number}"))


@dataclass
class Portal:
    """What the portal shows at this moment; the story changes it, the pages read it."""

    postings: list[DemoPosting] = field(default_factory=list)
    broken: bool = False

    @classmethod
    def with_unrelated(cls, now: datetime) -> "Portal":
        """A portal as on any day: nothing for a clinic on it."""
        today = now.astimezone(PACIFIC).replace(hour=9, minute=0, second=0, microsecond=0)
        titles = (
            "Window Cleaning Services",
            "Fleet Vehicles - Mid-Size",
            "Records Storage and Destruction",
            "Elevator Maintenance",
            "Print and Mail Services",
        )
        return cls(
            [
                DemoPosting(
                    f"{11 + 7 * n:03d}-{today.year}",
                    title,
                    (today + timedelta(days=20 + 5 * n)).replace(hour=14),
                    today - timedelta(days=10 + n),
                )
                for n, title in enumerate(titles)
            ]
        )

    def app(self) -> Starlette:
        """The portal as an ASGI application."""
        return Starlette(
            routes=[
                Route("/robots.txt", lambda _: PlainTextResponse("User-agent: *\nAllow: /\n")),
                Route("/Module/Tenders/en", self.home),
                Route("/Module/Tenders/en/Tender/Search/{node}", self.search, methods=["POST"]),
                Route("/Module/Tenders/en/Tender/Detail/{id}", self.detail),
                Route("/bid-opportunities", self.opportunities),
            ]
        )

    async def home(self, _request: Request) -> Response:
        """The tenant's front page, with the node and the token its search wants."""
        if self.broken:
            return HTMLResponse("<html><body><h1>We are improving this site</h1><p>Please come back later.</p></body></html>")
        page = f"""<!doctype html><html lang="en"><head><title>Bids and Tenders - Demo</title></head><body>
<input type="hidden" id="NodeId" value="{NODE}" />
<div id="bidDetailAntiForgery"><input name="__RequestVerificationToken" type="hidden" value="{TOKEN}" /></div>
</body></html>"""
        answer = HTMLResponse(page)
        answer.set_cookie("__RequestVerificationToken", "demo-cookie", httponly=True)
        return answer

    async def search(self, request: Request) -> Response:
        """The JSON search, only for those who bring the cookie and the token."""
        form = await request.form()
        if form.get("__RequestVerificationToken") != TOKEN or "__RequestVerificationToken" not in request.cookies:
            return PlainTextResponse("The required anti-forgery token is not present.", status_code=500)
        start, limit = int(request.query_params.get("start", 0)), int(request.query_params.get("limit", 25))
        rows = [_row(posting) for posting in sorted(self.postings, key=lambda posting: posting.closes)]
        return JSONResponse({"success": True, "data": rows[start : start + limit], "total": len(rows)})

    async def detail(self, request: Request) -> Response:
        """One posting's page; an unknown id is sent back to the front page, as on the real platform."""
        posting = next((posting for posting in self.postings if posting.id == request.path_params["id"]), None)
        if posting is None:
            return Response(status_code=302, headers={"Location": "/Module/Tenders/en"})
        return HTMLResponse(
            f"<!doctype html><html lang='en'><title>Demo</title><h1>{escape(posting.number)} - {escape(posting.title)}</h1>"
            f"<p>Bid Closing Date: {_display(posting.closes)} ({posting.closes:%Z})</p></html>"
        )

    async def opportunities(self, _request: Request) -> Response:
        """A plain page in the manner of a buyer's own site."""
        if self.broken:
            return HTMLResponse("<html><body><p>Something went wrong.</p></body></html>")
        rows = "\n".join(
            f"<tr class='opportunity'><td class='number'>RFP #{escape(posting.number)}</td>"
            f"<td class='title'><a href='/Module/Tenders/en/Tender/Detail/{posting.id}'>{escape(posting.title)}</a></td>"
            f"<td class='closes'>{posting.closes:%B} {posting.closes.day}, {posting.closes.year} before {_clock(posting.closes)} Pacific Time</td></tr>"
            for posting in self.postings
        )
        return HTMLResponse(
            f"<!doctype html><html lang='en'><head><title>Bid Opportunities</title></head><body><h1>Bid Opportunities</h1>"
            f"<table id='opportunities'><thead><tr><th>Number</th><th>Title</th><th>Closing</th></tr></thead>"
            f"<tbody>{rows}</tbody></table></body></html>"
        )


def _row(posting: DemoPosting) -> dict[str, object]:
    # the platform writes local wall time as if it were Eastern into /Date(ms)/; the display and its label are what counts
    def odd(moment: datetime) -> str:
        return f"/Date({int(moment.replace(tzinfo=EASTERN).timestamp() * 1000)})/"

    return {
        "Id": posting.id,
        "Title": f"{posting.number} - {posting.title}",
        "Scope": "Public",
        "Status": "Open",
        "Description": f"<p>{escape(posting.title)}.</p>",
        "DateAvailable": odd(posting.published),
        "DateAvailableDisplay": _display(posting.published),
        "DatePlannedIssue": None,
        "DatePlannedIssueDisplay": "",
        "DateClosing": odd(posting.closes),
        "DateClosingDisplay": _display(posting.closes),
        "TimeZoneLabel": f" ({posting.closes:%Z})",
        "IncludeSeconds": False,
        "Documents": posting.documents,
        "Addendums": posting.addenda,
    }


def _clock(moment: datetime) -> str:
    return re.sub(r"^0", "", f"{moment:%I:%M %p}")


def _display(moment: datetime) -> str:
    return f"{moment:%a %b} {moment.day}, {moment.year} {_clock(moment)}"
