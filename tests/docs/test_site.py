"""The documentation site builds without a warning (no broken link, no missing anchor), and loads nothing from elsewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli.commands import COMMANDS
from api.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent.parent
LOADED = re.compile(r"""<(?:script|img|iframe)[^>]*\ssrc=["']?(https?:[^"'>\s]+)|<link[^>]*\shref=["']?(https?:[^"'>\s]+)""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def test_every_page_of_the_manual_is_there(site: Path) -> None:
    for name in ("index", "tutorial", "fr/demarrage", "operating", "architecture", "decisions/index", "how-to/add-a-portal"):
        assert (site / f"{name}.html").is_file()


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert pages
    assert {
        address for page in pages for found in LOADED.findall(page.read_text("utf-8")) for address in found if address
    } == set()


def test_the_reference_names_every_command_setting_and_operation(site: Path) -> None:
    command_line = (site / "reference" / "cli.html").read_text("utf-8")
    assert [name for name in COMMANDS if f"bidkeeper {name}" not in command_line] == []
    settings = (site / "reference" / "settings.html").read_text("utf-8")
    assert [name for name in Settings.model_fields if f"{PREFIX}{name.upper()}" not in settings] == []
    assert "/api/v1/tenders" in (site / "reference" / "api.html").read_text("utf-8")
