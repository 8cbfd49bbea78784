"""Every file that the program reads beside its code goes into the wheel: its name fits a pattern of the package data."""

import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("api", "contracts", "crawler", "notifier")


def test_every_file_beside_the_code_is_packed() -> None:
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]["*"]
    tracked = subprocess.run(["git", "ls-files", *ROOMS], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    beside = [Path(name) for name in tracked if name and not name.endswith(".py")]
    assert beside
    assert [str(path) for path in beside if not any(fnmatch(path.name, pattern) for pattern in patterns)] == []
