"""`bidkeeper demo`: the main job shown on this machine, with nothing to configure."""

import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from api.cli import CommandError, print_json
from api.demo.story import StepFailed, staged, tell

PAUSE_SECONDS = 6.0  # between two steps, for a person to look
MAILBOX_PORT, PAGES_PORT = 8025, 8000


def demo(
    once: Annotated[bool, typer.Option(help="tell the story as fast as it goes, then stop")] = False,
    json: Annotated[bool, typer.Option("--json", help="print the summary as one JSON document")] = False,
) -> None:
    """Run a portal, a mailbox and the service on this machine, and tell what happens. Status 1 when a step failed."""

    def say(text: str) -> None:
        if not json:
            typer.echo(f"  {text}")

    with tempfile.TemporaryDirectory(prefix="bidkeeper-demo-") as folder:
        try:
            mail, pages = (0, 0) if once else (MAILBOX_PORT, PAGES_PORT)
            with staged(Path(folder), say, mail_port=mail, pages_port=pages) as stage:
                _announce(stage.addresses, say)
                summary = tell(stage, pause=0.0 if once else PAUSE_SECONDS)
                if json:
                    print_json(summary)
                if not once:
                    say("That is the story. Everything keeps running: look around, and stop with Ctrl-C.")
                    while True:
                        time.sleep(1)
        except (StepFailed, RuntimeError) as error:
            raise CommandError(f"the demo stopped: {error}", 1) from None


def _announce(addresses: dict[str, str], say: object) -> None:
    assert callable(say)
    say(f"Open the service  {addresses['pages']}")
    say(f"Open the mailbox  {addresses['mailbox']}")
    say(f"The portal is at  {addresses['portal']}/bid-opportunities")
