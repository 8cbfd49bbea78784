"""MkDocs hook: the reference pages are made of the program itself whenever the site is built, so that they can't grow old."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from pydantic_core import PydanticUndefined

from api.__main__ import application
from api.app import create_app
from api.cli.commands import COMMANDS
from api.database import Database
from api.settings import PREFIX, Settings


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that nobody writes by hand."""
    for address, text in {
        "reference/cli.md": command_line(),
        "reference/settings.md": settings(meanings(Path(config.docs_dir) / "operating.md")),
        "reference/api.md": api(),
        "decisions/index.md": decisions(Path(config.docs_dir) / "decisions"),
    }.items():
        files.append(File.generated(config, address, content=text))
    return files


def command_line() -> str:
    """Every command with its arguments and options, as `--help` tells them."""
    group = typer.main.get_command(application(list(COMMANDS)))
    return "# Command line\n\n" + "\n".join(_commands(group, ("bidkeeper",)))


def _commands(group: Any, path: tuple[str, ...]) -> Iterator[str]:
    for name, command in sorted(group.commands.items()):
        if command.hidden:
            continue
        words = (*path, name)
        yield f"{'#' * min(len(words), 4)} `{' '.join(words)}`\n\n{_text(command.help)}\n"
        if hasattr(command, "commands"):
            yield from _commands(command, words)
            continue
        rows = [_parameter(each) for each in command.params if each.name != "help"]
        if rows:
            yield "| | |\n|---|---|\n" + "\n".join(rows) + "\n"


def _parameter(each: Any) -> str:
    names = (each.metavar or each.name) if each.param_type_name == "argument" else ", ".join([*each.opts, *each.secondary_opts])
    meaning = [_text(getattr(each, "help", None))]
    if each.required:
        meaning.append("needed")
    elif each.default not in (None, False, (), []) and not callable(each.default):
        meaning.append(f"else `{each.default}`")
    return f"| `{names}` | {_cell('; '.join(part for part in meaning if part))} |"


def settings(meanings: dict[str, str]) -> str:
    """Every setting with its meaning and what holds without it."""
    rows = [
        f"| `{name}` | {meanings.get(name) or _cell(field.description or '')} | {_default(field.default)} |"
        for name, field in ((f"{PREFIX}{name.upper()}", field) for name, field in Settings.model_fields.items())
    ]
    return (
        "# Settings\n\nEnvironment variables; a secret may stand in a file that the same name with `_FILE` points to. "
        "[Running it](../operating.md) tells them by what they are for.\n\n"
        "| Variable | Meaning | Without it |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def meanings(page: Path) -> dict[str, str]:
    """Variable → what the manual's own tables say of it; a row may name several."""
    found = {}
    for line in page.read_text("utf-8").splitlines():
        cells = line.split("|")
        if len(cells) > 3 and PREFIX in cells[1]:
            found.update(dict.fromkeys(re.findall(rf"{PREFIX}[A-Z_]+", cells[1]), cells[2].strip()))
    return found


def _default(value: Any) -> str:
    if value is PydanticUndefined or value in (None, "", []) or type(value).__name__ == "SecretStr":
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def api() -> str:
    """Every operation of the JSON API, from its OpenAPI document."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.db")
        document = create_app(Settings(data=Path(folder)), database).openapi()
        database.close()
    lines = [
        "# API",
        "",
        "The OpenAPI document itself is at `/api/v1/openapi.json`; every refusal is a problem document (RFC 9457).",
    ]
    for address, operations in document["paths"].items():
        for method, operation in operations.items():
            lines += ["", f"## {method.upper()} `{address}`", "", _text(operation.get("description") or operation["summary"])]
            rows = [
                f"| `{each['name']}` | {each['in']} | {_cell(each.get('description', ''))} |"
                for each in operation.get("parameters", ())
            ]
            lines += ["", "| Parameter | in | |", "|---|---|---|", *rows] if rows else []
    return "\n".join(lines) + "\n"


def decisions(folder: Path) -> str:
    """The decisions in their order, each by its title."""
    rows = [f"- [{page.read_text('utf-8').splitlines()[0].lstrip('# ')}]({page.name})" for page in sorted(folder.glob("0*.md"))]
    return "# Decisions\n\nWhy it is built so: one short page each.\n\n" + "\n".join(rows) + "\n"


def _text(words: str | None) -> str:
    return re.sub(r"\s+", " ", (words or "").strip())


def _cell(words: str) -> str:
    return _text(words).replace("|", "\\|").replace("<", "&lt;")
