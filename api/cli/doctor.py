"""`bidkeeper doctor`: what is missing, and how to mend it."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from api.cli import print_json
from api.config_dump import dump
from api.doctor import examine
from api.findings import Level
from api.settings import Settings

MARKS = {Level.GOOD: "[green]good   [/]", Level.ADVICE: "[yellow]advice [/]", Level.MISSING: "[red]missing[/]"}


def doctor(
    *,
    json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
    config_dump: Annotated[bool, typer.Option("--config-dump", help="only list the settings in use, without secrets")] = False,
) -> None:
    """Look at this installation and say what is missing. Status 1 when something keeps the main job from being done."""
    if config_dump:
        dump_settings(as_json=json)
        return
    findings = list(examine(Settings()))
    if json:
        print_json([{"topic": one.topic, "level": one.level.value, "found": one.found, "mend": one.mend} for one in findings])
    else:
        console = Console(soft_wrap=True)
        for one in findings:
            console.print(
                f"{MARKS[one.level]} {one.topic}: {escape(one.found)}" + (f"\n        → {escape(one.mend)}" if one.mend else "")
            )
    if any(one.level is Level.MISSING for one in findings):
        raise typer.Exit(1)


def dump_settings(*, as_json: bool) -> None:
    """Every setting in use with where it comes from; secrets show as `***`."""
    settings = list(dump(Settings()))
    if as_json:
        print_json({one.name: {"value": one.value, "from": one.origin} for one in settings})
        return
    for one in settings:
        typer.echo(f"{one.name} = {one.value}\t({one.origin})")
