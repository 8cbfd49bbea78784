"""A start loads what it needs at once and nothing that only some later hour may want."""

import json
import subprocess
import sys

import pytest
import typer
from typer.main import get_command

from api.__main__ import application, listing
from api.cli.commands import COMMANDS

LATER = {"numpy", "alembic", "warcio", "dkim", "pypdfium2", "webauthn", "apprise", "httpx", "scrapy", "docx"}
SERVING = "import api.cli.serve, api.pages, api.json; api.pages.routers(); api.json.routers()"
HELPING = "import api.__main__; api.__main__.listing()"


@pytest.mark.parametrize(("start", "later"), [(SERVING, LATER), (HELPING, LATER | {"sqlmodel", "fastapi", "structlog"})])
def test_a_start_leaves_for_later_what_is_not_wanted_yet(start: str, later: set[str]) -> None:
    command = [sys.executable, "-c", f"{start}; import json, sys; print(json.dumps(sorted(sys.modules)))"]
    loaded = set(json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout))
    assert loaded & later == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_the_command_says_of_itself(name: str) -> None:
    said = _help(listing(), name)
    assert _help(application([name]), name).startswith(said.removesuffix("."))


def _help(app: typer.Typer, name: str) -> str:
    return " ".join((get_command(app).commands[name].help or "").split())  # type: ignore[attr-defined]
