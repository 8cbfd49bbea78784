"""`bidkeeper replay SOURCE DIR`: what a folder of saved answers would have told, on a database that is thrown away."""

import json as json_module
from pathlib import Path
from typing import Annotated

import typer

from api.cli import CommandError
from api.settings import Settings
from api.sources import configured
from crawler import replay as replaying
from crawler.sources import SourcesUnreadable, find
from crawler.spiders import UnknownPlatform, portal


def replay(
    source: Annotated[str, typer.Argument(help="the configured source whose answers these are")],
    directory: Annotated[
        Path, typer.Argument(help="saved answers, each named by its UTC time (2024-12-12T002548Z.csv), or a folder of evidence")
    ],
    json: Annotated[bool, typer.Option("--json", help="one JSON object a line: capture, event, id, number, changes")] = False,
) -> None:
    """Read saved answers in the order of their time and print every event they would have raised."""
    try:
        config = find(configured(Settings()), source)
        portal(config.platform)
        saved = replaying.answers(directory, config)
    except (SourcesUnreadable, UnknownPlatform, replaying.Unreplayable) as error:
        raise CommandError(str(error)) from None
    for line in replaying.replay(config, saved):
        typer.echo(json_module.dumps(line.to_json(), ensure_ascii=False) if json else _spoken(line))


def _spoken(line: replaying.Line) -> str:
    steps = "; ".join(f"{field}: {old} → {new}" for field, (old, new) in line.changes.items())
    return "  ".join(part for part in (line.capture, line.event, line.number or line.id or "", steps) if part)
