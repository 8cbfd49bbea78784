"""`bidkeeper crawl` and `bidkeeper import`: look now, or take in what a person saved; the same way through the house."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from api import crawling, journeys
from api.cli import CommandError, now, open_database, print_json
from api.cli.parse import MEDIA_TYPES
from api.clock import house_clock
from api.house import House
from api.settings import Settings
from api.sources import configured
from contracts.vocabulary import Health
from crawler.items import Page, SourceError
from crawler.sources import SourceConfig, SourcesUnreadable, find
from crawler.store import Saved

BUSY = 60.0  # seconds that a host is waited for which another process looks at
NOT_SEEN = 3  # exit status when a source could not be seen


def crawl(
    sources: Annotated[list[str] | None, typer.Argument(help="names of sources; all enabled ones without any")] = None,
    json: Annotated[bool, typer.Option("--json", help="one JSON document a source")] = False,
) -> None:
    """Look at sources now: fetch, compare, store, and write the alerts that are due. Status 3 when one could not be seen."""
    settings = Settings()
    chosen = _chosen(settings, sources or [])
    database = open_database(settings)
    house = House(settings, database, configured(settings), house_clock(database, now))
    healthy = True
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rows]} rows, {task.fields[rate]:.0f} a second"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=json,
        transient=True,
    ) as progress:
        task = progress.add_task("looking", total=len(chosen), rows=0, rate=0.0)
        rows = 0
        try:
            for saved in crawling.look_at(house, chosen, patience=BUSY):
                rows += saved.fetched
                rate = rows / max(progress.tasks[task].elapsed or 0.0, 0.1)
                progress.update(task, advance=1, rows=rows, rate=rate, description=saved.source)
                healthy = healthy and saved.health is Health.HEALTHY
                _report(saved, json=json)
        except TimeoutError as error:
            raise CommandError(str(error), 1) from None
    if not healthy:
        raise typer.Exit(NOT_SEEN)


def import_(
    platform: Annotated[str, typer.Argument(help="how the file is to be read; `bidkeeper parse --help` lists the platforms")],
    file: Annotated[Path, typer.Argument(help="a page, CSV or mail that you saved")],
    source: Annotated[str | None, typer.Option(help="the source it belongs to; the only one of that platform without it")] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Take in a saved answer of a portal as if it had just been fetched."""
    settings = Settings()
    owner = _owner(settings, platform, source)
    try:
        page = Page(file.read_bytes(), owner.address, media_type=MEDIA_TYPES.get(file.suffix.lower(), ""))
    except OSError as error:
        raise CommandError(f"{file} can't be read: {error.strerror}") from None
    database = open_database(settings)
    try:
        saved = journeys.take_in(database, owner, page, settings=settings, now=now())
    except SourceError as error:
        raise CommandError(f"{file}: {error}", NOT_SEEN) from None
    _report(saved, json=json)
    if saved.health is not Health.HEALTHY:
        raise typer.Exit(NOT_SEEN)


def _chosen(settings: Settings, names: list[str]) -> list[SourceConfig]:
    try:
        known = configured(settings)
        chosen = [find(known, name) for name in names] or [source for source in known.values() if source.enabled]
    except SourcesUnreadable as error:
        raise CommandError(str(error)) from None
    for source in chosen:
        if not source.enabled:
            reason = source.why_off or "set enabled = true in sources.toml once it may be read"
            raise CommandError(f'the source "{source.name}" is switched off: {reason}')
    if not chosen:
        raise CommandError("no source is switched on: name one in sources.toml (see `bidkeeper sources list`)")
    return chosen


def _owner(settings: Settings, platform: str, name: str | None) -> SourceConfig:
    try:
        known = configured(settings)
        if name:
            return find(known, name)
    except SourcesUnreadable as error:
        raise CommandError(str(error)) from None
    fitting = [source for source in known.values() if source.platform == platform]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise CommandError(
            f"several sources are read as {platform}: say which with --source ({', '.join(one.name for one in fitting)})"
        )
    raise CommandError(
        f'no source is read as "{platform}"; there are: {", ".join(sorted({one.platform for one in known.values()}))}'
    )


def _report(saved: Saved, *, json: bool) -> None:
    if json:
        print_json(
            {
                "source": saved.source,
                "fetched": saved.fetched,
                "new": saved.new,
                "changed": saved.changed,
                "unchanged": saved.unchanged,
                "health": saved.health.value,
            }
        )
    else:
        typer.echo(
            f"{saved.source}: {saved.fetched} read, {saved.new} new, {saved.changed} changed, "
            f"{saved.unchanged} unchanged; {saved.health.value}"
        )
