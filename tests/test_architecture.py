"""The arrows of the house: api may import the three rooms, the rooms never one another; the vocabulary is everyone's."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("crawler", "contracts", "notifier", "api")
SHARED = "contracts.vocabulary"
JOURNEYS = Path("api/journeys")


def imported(path: Path) -> set[str]:
    """Every dotted module name that a file imports, relative imports resolved."""
    names: set[str] = set()
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            names.update({f"{module}.{alias.name}" for alias in node.names} | {module})
    return names


def sources(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", ["crawler", "contracts", "notifier"])
def test_a_room_imports_no_other_room(room: str) -> None:
    others = [other for other in ROOMS if other != room]
    wrong = {
        (str(path.relative_to(ROOT)), name)
        for path in sources(room)
        for name in imported(path)
        if name.split(".")[0] in others
        and not (name == SHARED or name.startswith(SHARED + "."))
        # `from contracts import vocabulary` names the package on its way to the shared module
        and not (name == "contracts" and any(other.startswith(SHARED) for other in imported(path)))
    }
    assert not wrong


def test_only_journeys_join_crawler_and_notifier() -> None:
    """A module of api that knows two rooms' stores would be a second place where their rows meet."""
    wrong = []
    for path in sources("api"):
        if path.relative_to(ROOT).is_relative_to(JOURNEYS):
            continue
        stores = {name.split(".")[0] for name in imported(path) if name.endswith(".store")} & {
            "crawler",
            "notifier",
            "contracts",
        }
        if len(stores) > 1:
            wrong.append(str(path.relative_to(ROOT)))
    assert not wrong


def test_there_is_something_to_read() -> None:
    assert all(sources(room) for room in ROOMS)
