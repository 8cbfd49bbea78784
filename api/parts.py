"""What this installation is made of, by others: the files in its pages, and the packages it needs, as they are installed."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution, version
from typing import Any

from api.rendering import STATIC

OWN = "bidkeeper"
NAME = re.compile(r"[A-Za-z0-9._-]+")
LONG = 60  # characters from which a License field is the licence's text and not its name


@dataclass(frozen=True, slots=True)
class Part:
    """A package: its name, installed version, licence as it declares it, and where it lives (http or https, or empty)."""

    name: str
    version: str
    licence: str
    home: str


@cache
def own_version() -> str:
    """The installed version, or that this is a working tree."""
    try:
        return version(OWN)
    except PackageNotFoundError:
        return "a working tree"


@cache
def vendored() -> list[dict[str, Any]]:
    """The files by others that are served as they were published."""
    return list(tomllib.loads((STATIC / "vendor.toml").read_text("utf-8"))["file"])


@cache
def packages() -> tuple[Part, ...]:
    """Every package that this one needs, and what those need in turn, by name; those that are not installed are left out."""
    found = {_key(one.name): one for one in _needed(OWN, set())}
    return tuple(_part(found[key]) for key in sorted(found))


def _needed(name: str, seen: set[str]) -> Iterator[Distribution]:
    """What `name` needs without any extra, all the way down, each once."""
    try:
        needs = distribution(name).requires or ()
    except PackageNotFoundError:
        return
    for line in needs:
        match = NAME.match(line)
        if match is None or "extra ==" in line or _key(match[0]) in seen:
            continue
        seen.add(_key(match[0]))
        try:
            yield distribution(match[0])
        except PackageNotFoundError:
            continue  # of another platform or Python
        yield from _needed(match[0], seen)


def _part(one: Distribution) -> Part:
    said = one.metadata
    return Part(
        one.name,
        one.version,
        licence(said.get_all),
        _home(said.get_all("Project-URL") or [], next(iter(said.get_all("Home-page") or ()), "")),
    )


def licence(get_all: Any) -> str:
    """The licence that core metadata declares: an SPDX expression, else the field's first line, else its classifiers; empty for none.

    `get_all(field)` gives a field's values or None. Core metadata 2.4 (PEP 639) has License-Expression; older packages have the rest.
    """
    for field in ("License-Expression", "License"):
        first = next(iter(get_all(field) or ()), "").strip().partition("\n")[0]
        if first and len(first) <= LONG and first.upper() != "UNKNOWN":
            return str(first)
    classifiers = (one.rpartition(" :: ")[2] for one in get_all("Classifier") or () if one.startswith("License :: OSI"))
    return ", ".join(classifiers)


def _home(urls: list[str], page: str) -> str:
    named = {label.strip().lower(): url.strip() for label, _comma, url in (line.partition(",") for line in urls)}
    wanted = (named.get(label, "") for label in ("homepage", "source", "source code", "repository", "documentation", "code"))
    found = next(filter(None, wanted), page)
    return found if found.startswith(("https://", "http://")) else ""


def _key(name: str) -> str:
    """The normal form of a package's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
