"""Desks as data: what each answers and how one asks for it; an operator's file adds or changes desks without code.

Shipped: `desks.toml`. An operator's file has the same shape; a desk with the same key replaces the shipped one.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).parent / "desks.toml"
NONE = "none"


class DesksRefused(ValueError):
    """Raised by `load` when a desks file can't be used; the message names the file and what to mend."""


@dataclass(frozen=True)
class Desk:
    """A place that answers questions. `learned` desks are chosen by their own examples and keywords, not by the
    shipped model."""

    key: str
    title: str
    answers: str = ""
    keywords: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    at_hand: tuple[str, ...] = ()
    on: bool = True
    learned: bool = False


def load(*paths: Path) -> tuple[Desk, ...]:
    """The shipped desks, then those of each file; desks that are switched off are left out."""
    desks = {desk.key: desk for desk in _read(SHIPPED)}
    for path in paths:
        for desk in _read(path):
            known = desks.get(desk.key)
            learned = known.learned if known else True
            desks[desk.key] = Desk(**{**vars(desk), "learned": learned})
    return tuple(desk for desk in desks.values() if desk.on)


def desk_for(name: str, desks: tuple[Desk, ...]) -> str | None:
    """The key of the desk that a page's table calls `name`, or None."""
    wanted = _simple(name)
    for desk in desks:
        if wanted in {_simple(title) for title in (desk.title, desk.key, *desk.aliases)}:
            return desk.key
    return None


def _simple(name: str) -> str:
    return " ".join("".join(letter if letter.isalnum() else " " for letter in name.casefold()).split())


def _read(path: Path) -> list[Desk]:
    try:
        rows = tomllib.loads(path.read_text("utf-8")).get("desk", [])
    except FileNotFoundError:
        raise DesksRefused(f"{path}: no such desks file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DesksRefused(f"{path}: not a TOML file: {error}.") from None
    if not isinstance(rows, list):
        raise DesksRefused(f"{path}: desks are written as [[desk]] tables.")
    return [_desk(row, path, number) for number, row in enumerate(rows, 1)]


def _desk(row: dict[str, Any], path: Path, number: int) -> Desk:
    key = row.get("key")
    if not isinstance(key, str) or not key.isidentifier() or key == NONE:
        raise DesksRefused(f'{path}: desk {number} needs a key of letters, digits and _ (for example key = "provider_portal").')
    lists = {name: row.get(name, []) for name in ("keywords", "examples", "aliases", "at_hand")}
    for name, value in lists.items():
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise DesksRefused(f"{path}: desk {key}: {name} is a list of texts.")
    return Desk(
        key=key,
        title=str(row.get("title", key.replace("_", " ").capitalize())),
        answers=str(row.get("answers", "")),
        on=bool(row.get("on", True)),
        learned=bool(row.get("learned", False)),
        **{name: tuple(value) for name, value in lists.items()},
    )
