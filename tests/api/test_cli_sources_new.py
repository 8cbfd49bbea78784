"""`bidkeeper sources new` in a copy of the repository: what it writes passes its own test and those of every platform."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.__main__ import application
from api.cli import CommandError

ROOT = Path(__file__).parent.parent.parent
PARTS = ("crawler", "contracts", "tests/crawler", "tests/samples", "tests/conftest.py", "pyproject.toml", "api", "notifier")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the readers' tests need."""
    for part in PARTS:
        here, there = ROOT / part, tmp_path / part
        there.parent.mkdir(exist_ok=True)
        if here.is_dir():
            shutil.copytree(here, there, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(here, there)
    return tmp_path


def new(folder: Path, name: str) -> str:
    found = CliRunner().invoke(
        application(["sources"]), ["sources", "new", name, "--folder", str(folder)], catch_exceptions=False
    )
    assert found.exit_code == 0
    return found.output


def test_what_is_written_passes_its_own_test_and_that_of_every_platform(copy: Path) -> None:
    said = new(copy, "harbour-board")
    assert "test_spider_harbour_board.py" in said
    names = [f"tests/crawler/{name}.py" for name in ("test_spider_harbour_board", "test_spider_others", "test_every_spider")]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", "harbour or docstring or left_out", *names],
        cwd=copy,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "harbour-board" in run.stdout or " passed" in run.stdout


@pytest.mark.parametrize("name", ["Harbour", "harbour_board", "../x", "1st", "a--b"])
def test_a_name_that_can_be_no_module_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError, match="use small letters"):
        new(tmp_path, name)


def test_outside_a_copy_of_the_repository_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="run this in a copy"):
        new(tmp_path, "harbour-board")
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_already_is_left_alone(copy: Path) -> None:
    with pytest.raises(CommandError, match="known already"):
        new(copy, "merx")
    new(copy, "harbour-board")
    register = copy / "crawler" / "spiders" / "__init__.py"
    register.write_text(register.read_text().replace('    "harbour-board": "crawler.spiders.harbour_board",\n', ""))
    with pytest.raises(CommandError, match="is there already"):
        new(copy, "harbour-board")
