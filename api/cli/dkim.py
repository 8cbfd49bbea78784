"""`bidkeeper dkim`: the key that signs mail, and the DNS record that lets others check it."""

import os
from pathlib import Path
from typing import Annotated

import typer

from api.cli import CommandError, print_json
from api.outgoing import sender, signer
from api.settings import Settings
from notifier.signing import Signer, new_key


def dkim(
    new: Annotated[Path | None, typer.Option(help="make a key and write it to this file, which must not exist")] = None,
    json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Print the DNS record to publish for the key in use, or for a new one."""
    settings = Settings()
    me = sender(settings)
    if new is not None:
        key = new_key()
        mine: Signer | None = Signer.of(settings.dkim_domain or me.domain, settings.dkim_selector, key)
        _write(new, key)
    else:
        mine = signer(settings, me)
    if mine is None:
        raise CommandError("mail is not signed: make a key with `bidkeeper dkim --new FILE`")
    if json:
        print_json({"name": mine.record_name, "type": "TXT", "value": mine.record, "file": str(new) if new else None})
        return
    typer.echo(f"{mine.record_name}  TXT\n{mine.record}")
    if new is not None:
        typer.echo(f"Publish this record, wait until others see it, then set BIDKEEPER_DKIM_KEY_FILE={new}")


def _write(path: Path, key: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CommandError(f"{path} can't be written ({error.strerror}): name a file that is not there yet", 1) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
