"""`bidkeeper parse PLATFORM FILE`: what a saved answer of a portal says, without network or database."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api.cli import CommandError, print_json
from api.settings import Settings
from api.sources import configured
from crawler import spiders
from crawler.items import Listing, Page, SourceError
from crawler.sources import SourceConfig, SourcesUnreadable, find

UNREADABLE = 3  # exit status when the file isn't what that platform answers
MEDIA_TYPES = {
    ".json": "application/json",
    ".csv": "text/csv",
    ".xml": "text/xml",
    ".eml": "message/rfc822",
    ".html": "text/html",
}


def parse(
    platform: Annotated[str, typer.Argument(help="how to read it: " + ", ".join(spiders.PLATFORMS))],
    file: Annotated[Path, typer.Argument(help="a page, CSV, JSON answer or mail that was saved")],
    json: Annotated[bool, typer.Option("--json", help="one JSON array of postings")] = False,
    source: Annotated[str | None, typer.Option(help="read by the options of this configured source")] = None,
    zone: Annotated[str | None, typer.Option(help="IANA zone of times printed without one, such as America/Vancouver")] = None,
) -> None:
    """Read a saved answer of a portal and list the postings in it. Status 3 when it is not what that platform answers."""
    try:
        candidates = _candidates(platform, source, zone)
        page = Page(file.read_bytes(), media_type=MEDIA_TYPES.get(file.suffix.lower(), ""))
        listing, _ = spiders.read_by_any(page, candidates)
    except OSError as error:
        raise CommandError(f"{file} can't be read: {error.strerror}") from None
    except (spiders.UnknownPlatform, SourcesUnreadable) as error:
        raise CommandError(str(error)) from None
    except SourceError as error:
        raise CommandError(f"{file}: {error}", UNREADABLE) from None
    if json:
        print_json([posting.to_json() for posting in listing.postings])
    else:
        show(listing)


def _candidates(platform: str, name: str | None, zone: str | None) -> list[SourceConfig]:
    """The sources to read by: the named one; else those configured for the platform where options matter; else a bare one."""
    spiders.portal(platform)
    known = configured(Settings())
    if name:
        chosen = [find(known, name)]
        if chosen[0].platform != platform:
            raise SourcesUnreadable(f'the source "{name}" is of the platform {chosen[0].platform}, not {platform}')
    else:
        chosen = [one for one in known.values() if one.platform == platform and platform in spiders.BY_OPTIONS]
    if zone:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise SourcesUnreadable(f'no such IANA time zone: "{zone}"; write it like "America/Vancouver"') from None
    bare = SourceConfig(name="file", platform=platform, enabled=False)
    return [one.model_copy(update={"zone": zone} if zone else {}) for one in chosen or [bare]]


def show(listing: Listing) -> None:
    """The postings of a listing as a table, and how many of its rows they are."""
    table = Table(box=None, pad_edge=False)
    for column in ("number", "title", "status", "closes"):
        table.add_column(column)
    for posting in listing.postings:
        closes = posting.closes.strftime("%Y-%m-%d %H:%M %z") if posting.closes else posting.closes_text or ""
        table.add_row(escape(posting.number or posting.id), escape(posting.title), posting.status.value, escape(closes))
    console = Console()
    console.print(table)
    console.print(
        f"{len(listing.postings)} postings" + (f" of {listing.rows} rows" if listing.rows > len(listing.postings) else "")
    )
