"""`bidkeeper backup` and `bidkeeper restore`."""

from pathlib import Path
from typing import Annotated

import typer

from api import backup as backups
from api.cli import CommandError, now
from api.settings import Settings


def backup(directory: Annotated[Path, typer.Argument(help="folder that gets a new backup inside")]) -> None:
    """Save the database, the originals and the evidence, verified, while the service runs. Keys are not in it: keep them apart."""
    try:
        made = backups.make(Settings(), directory, now=now(), progress=_say)
    except backups.BackupError as error:
        raise CommandError(str(error), 1) from None
    typer.echo(f"saved and verified: {made}")


def restore(
    directory: Annotated[Path, typer.Argument(help="one backup folder")],
    verify: Annotated[bool, typer.Option("--verify", help="check every file and row count; restore nothing")] = False,
) -> None:
    """Put a backup into an empty data folder (BIDKEEPER_DATA), or only verify it."""
    try:
        manifest = backups.verify(directory) if verify else backups.restore(directory, Settings(), progress=_say)
    except backups.BackupError as error:
        raise CommandError(str(error), 1) from None
    done = "whole" if verify else f"restored into {Settings().data}"
    typer.echo(
        f"{directory}: {done}; {len(manifest['files'])} files, {sum(manifest['rows'].values())} rows, made {manifest['made_at']}"
    )


def _say(what: str) -> None:
    typer.echo(f"  {what}", err=True)
