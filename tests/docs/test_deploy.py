"""What `deploy/` and the manual set are settings that there are, and what they start are commands that there are."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.cli.commands import COMMANDS
from api.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent.parent
FILES = [
    path for path in (ROOT / "deploy").rglob("*") if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
]
MANUAL = sorted((ROOT / "docs").rglob("*.md"))
KNOWN = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
ELSEWHERE = {
    f"{PREFIX}{name}" for name in ("DESKS", "OWNER", "REMOTE", "REMOTE_KEY", "CAPTURES", "OCDS_STANDARD")
}  # of the command line, and of the tests


@pytest.mark.parametrize("path", [*FILES, *MANUAL], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_variable_is_a_setting(path: Path) -> None:
    named = set(re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", path.read_text("utf-8")))
    assert {name for name in named if name not in KNOWN | ELSEWHERE and name.removesuffix("_FILE") not in KNOWN} == set()


@pytest.mark.parametrize("path", sorted((ROOT / "deploy").glob("compose*.yaml")), ids=lambda path: path.name)
def test_every_container_is_confined_and_starts_a_command_there_is(path: Path) -> None:
    composed: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    ours = [service for service in composed["services"].values() if "build" in service]
    assert ours
    for service in ours:
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert set(service.get("secrets", ())) <= set(composed["secrets"])
        assert service.get("command", ["serve"])[0] in COMMANDS


@pytest.mark.parametrize("path", sorted((ROOT / "deploy" / "systemd").glob("*.service")), ids=lambda path: path.name)
def test_every_unit_is_hardened_and_starts_a_command_there_is(path: Path) -> None:
    text = path.read_text("utf-8")
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes", "CapabilityBoundingSet=\n"):
        assert line in text
    started = re.search(r"ExecStart=/opt/bidkeeper/bin/(?:bidkeeper (\w+)|python -P -m (\w+))", text)
    assert started
    assert started[1] in COMMANDS or started[2] == "crawler"
