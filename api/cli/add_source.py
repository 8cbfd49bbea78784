"""`bidkeeper sources add`: a new source in a conversation or by options, looked at once before it is written down."""

import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli import CommandError, now, print_json
from api.cli.parse import MEDIA_TYPES, show
from api.settings import Settings
from api.sources import configured, own_file
from crawler import process, spiders
from crawler import sources as listed
from crawler.items import Listing, Page, SourceError
from crawler.sources import SourceConfig, SourcesUnreadable

NOT_READ = 3  # exit status when the portal or the file could not be read
ONE_LOOK = 120.0  # seconds that the look may take
NO_PERMISSION = (
    "No permission is recorded: read the portal's terms and robots.txt, note them under permission, then set enabled = true."
)


def add(
    name: Annotated[str | None, typer.Argument(help="small letters, digits and hyphens")] = None,
    *,
    platform: Annotated[str | None, typer.Option(help="how it is read: " + ", ".join(spiders.PLATFORMS))] = None,
    address: Annotated[str | None, typer.Option(help="where its listing is")] = None,
    title: Annotated[str | None, typer.Option(help="what people call it")] = None,
    zone: Annotated[str | None, typer.Option(help="IANA zone of times printed without one, such as America/Vancouver")] = None,
    every: Annotated[str | None, typer.Option(help="how often to look: 15m, 6h, 1d")] = None,
    permission: Annotated[
        str | None, typer.Option(help="why it may be read; without it the source is written switched off")
    ] = None,
    buyer: Annotated[str | None, typer.Option(help="whose bids they are, where the portal does not say")] = None,
    program: Annotated[list[str] | None, typer.Option(help="key of a program line; for program pages")] = None,
    option: Annotated[list[str] | None, typer.Option(help="what its platform needs, as rows=tr or fields.title=td")] = None,
    window: Annotated[bool, typer.Option("--window", help="it lists its newest entries only")] = False,
    file: Annotated[Path | None, typer.Option("--from", help="read this saved answer instead of asking the portal")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="write it without asking")] = False,
    json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Add a source: look at it once, show what would be read, and write it to sources.toml. Status 3 when it can't be read."""
    settings = Settings()
    asking = sys.stdin.isatty() and not yes and not json
    try:
        known = configured(settings)
        name = name or _asked("name", "A name (small letters, digits, hyphens)", asking=asking)
        if name in known:
            raise CommandError(f'a source is already called "{name}": `bidkeeper sources check {name}` shows it')
        platform = platform or _asked("platform", f"How it is read ({', '.join(spiders.PLATFORMS)})", asking=asking)
        spiders.portal(platform)
        address = address if address is not None or file else _asked("address", "The address of its listing", asking=asking)
        if asking:
            zone = zone if zone is not None else _optional("The zone of times it prints without one (empty: not known)")
            every = every or typer.prompt("How often to look", default="1d")
            permission = permission if permission is not None else _optional("Why it may be read (empty: switched off)")
        values = {
            "title": title,
            "platform": platform,
            "address": address,
            "zone": zone,
            "every": every or "1d",
            "buyer": buyer,
            "programs": program,
            "permission": permission,
            "window": window or None,
            "enabled": None if permission and address else False,
            "why_off": None if permission and address else NO_PERMISSION if address else "It has no address: imports only.",
            "options": _options(option or []),
        }
        text = listed.table(name, values)
        source = listed.loads(text, own_file(settings))[name]
        _not_twice(source, known)
        listing = _seen(source, file, settings)
        if listing is not None and not json:
            show(listing)
        if asking and not typer.confirm(f"Write it to {own_file(settings)}?", default=True):
            raise CommandError("nothing was written", 1)
        listed.add(own_file(settings), text)
    except (SourcesUnreadable, spiders.UnknownPlatform) as error:
        raise CommandError(str(error)) from None
    if json:
        rows = [posting.to_json() for posting in listing.postings] if listing else None
        print_json({"source": name, "file": str(own_file(settings)), "enabled": source.enabled, "postings": rows})
    else:
        state = "switched on" if source.enabled else f"switched off: {source.why_off}"
        typer.echo(f"{name} is written to {own_file(settings)}, {state}")


def _asked(name: str, question: str, *, asking: bool) -> str:
    if not asking:
        raise CommandError(f"{name} is missing: give {'it first' if name == 'name' else f'--{name}'}, or run this on a terminal")
    return str(typer.prompt(question)).strip()


def _optional(question: str) -> str | None:
    return str(typer.prompt(question, default="", show_default=False)).strip() or None


def _options(given: list[str]) -> dict[str, Any]:
    """`a.b=value` as nested tables; a value is TOML where it is that (a number, true, a list) and text where not."""
    found: dict[str, Any] = {}
    for one in given:
        key, mark, text = one.partition("=")
        *path, last = key.split(".")
        if not mark or not all((*path, last)):
            raise CommandError(f'"{one}" is no option: write it as key=value')
        inner = found
        for part in path:
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):
                raise CommandError(f'"{one}" contradicts an option given before it')
        inner[last] = _literal(text)
    return found


def _literal(text: str) -> Any:
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        return text
    plain = isinstance(value, bool | int | float | str) or (isinstance(value, list) and all(isinstance(v, str) for v in value))
    return value if plain else text


def _not_twice(source: SourceConfig, known: dict[str, SourceConfig]) -> None:
    """Raise CommandError for an address that another source of the platform already watches."""
    for other in known.values():
        same = source.address and source.address.rstrip("/") == other.address.rstrip("/")
        if same and source.platform == other.platform:
            raise CommandError(f'the source "{other.name}" already reads {other.address}: change it in sources.toml instead')


def _seen(source: SourceConfig, file: Path | None, settings: Settings) -> Listing | None:
    """What the saved answer or one look shows; None where nobody may look. Raises CommandError when it can't be read."""
    if file is not None:
        try:
            media_type = MEDIA_TYPES.get(file.suffix.lower(), "")
            return spiders.read(Page(file.read_bytes(), url=source.address, media_type=media_type), source)
        except OSError as error:
            raise CommandError(f"{file} can't be read: {error.strerror}; nothing was written") from None
        except SourceError as error:
            raise CommandError(f"{file}: {error}; nothing was written", NOT_READ) from None
    if not source.enabled:
        return None
    with tempfile.TemporaryDirectory() as folder:
        (look,) = process.look(
            [source],
            archive=Path(folder),
            user_agent=settings.user_agent,
            allow_loopback=settings.allow_loopback_sources,
            validators={},
            timeout=min(ONE_LOOK, settings.crawl_timeout),
            clock=now,
        )
    if look.trouble:
        raise CommandError(f"{source.name} is {look.trouble[0].value}: {look.trouble[1]}; nothing was written", NOT_READ)
    return Listing(look.postings, rows=look.rows, total=look.total, columns=look.columns, says_none=look.says_none)
