"""`bidkeeper sources new`: a reader, its sample and its test for a platform that nobody reads yet, all three passing as written."""

import re
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from api.cli import CommandError

TEMPLATES = Path(__file__).parent.parent / "new_source"
REGISTER = Path("crawler/spiders/__init__.py")
PLATFORMS = re.compile(r"(?m)^PLATFORMS = \{\n(?:    .*\n)*")
CASES_OF_ALL = Path("tests/crawler/test_every_spider.py")
CASES = re.compile(r"(?m)^CASES = \{\n(?:    .*\n)*")


def new(
    name: Annotated[str, typer.Argument(help="the platform's name: small letters and hyphens, as harbour-board")],
    address: Annotated[str, typer.Option(help="the address of its list")] = "https://portal.example/list",
    folder: Annotated[Path, typer.Option(help="the copy of the repository to write into")] = Path(),
) -> None:
    """Begin a reader for a portal of an unknown platform: a module, a small sample page and a test. The manual goes on from there."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise CommandError(f"\"{name}\" can't be a platform's name: use small letters, digits and hyphens, as in harbour-board")
    register = folder / REGISTER
    if not register.is_file():
        raise CommandError(f"{register} is not there: run this in a copy of Bidkeeper's repository, or name one with --folder")
    module = name.replace("-", "_")
    written = {
        folder / "crawler" / "spiders" / f"{module}.py": "spider.py.txt",
        folder / "tests" / "samples" / name / "list.html": "list.html.txt",
        folder / "tests" / "crawler" / f"test_spider_{module}.py": "test.py.txt",
    }
    text = register.read_text("utf-8")
    if f'"{name}"' in text:
        raise CommandError(f'the platform "{name}" is known already: see {register}')
    for path in written:
        if path.exists():
            raise CommandError(f"{path} is there already and was left as it is: choose another name, or remove it first")
    class_name = "".join(part.capitalize() for part in name.split("-"))
    words = {"name": name, "module": module, "class_name": class_name, "address": address}
    for path, template in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template((TEMPLATES / template).read_text("utf-8")).substitute(words), "utf-8")
        typer.echo(f"wrote {path}")
    line = f'    "{name}": "crawler.spiders.{module}",\n'
    _add(register, PLATFORMS, line)
    _add(folder / CASES_OF_ALL, CASES, Template((TEMPLATES / "case.py.txt").read_text("utf-8")).substitute(words))
    typer.echo(f"Next: make the sample true, then .venv/bin/python -m pytest tests/crawler/test_spider_{module}.py")


def _add(path: Path, table: re.Pattern[str], lines: str) -> None:
    """Put lines at the end of a table in a module."""
    path.write_text(table.sub(lambda found: found[0] + lines, path.read_text("utf-8"), count=1), "utf-8")
    typer.echo(f"added to {path}")
