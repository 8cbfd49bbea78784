"""Known vulnerabilities in what is locked: by pip-audit where its service can be reached, else by a stored database, else said to be skipped.

    python deploy/audit.py [--advisories FILE]

FILE is an export of OSV's advisories for PyPI: a ZIP of JSON documents in the OSV schema (https://ossf.github.io/osv-schema/).
Status 0 nothing known or skipped, 1 something known.
"""

import argparse
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements.lock"
LOCKED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
SECONDS = 300


@dataclass(frozen=True, slots=True)
class Known:
    """One advisory that holds for a locked version."""

    package: str
    version: str
    advisory: str
    summary: str


def main() -> None:
    parser = argparse.ArgumentParser(description="Look up what is locked among known vulnerabilities.")
    parser.add_argument("--advisories", type=Path, help="a ZIP of OSV documents, to work without a network")
    chosen = parser.parse_args()
    if chosen.advisories is None:
        sys.exit(_asked())
    held = locked(LOCK.read_text("utf-8"))
    found = list(known(held, documents(chosen.advisories)))
    for each in found:
        print(f"{each.package} {each.version}: {each.advisory} {each.summary}")
    print(f"{len(held)} packages looked up in {chosen.advisories}, {len(found)} advisories hold")
    sys.exit(1 if found else 0)


def _asked() -> int:
    """Let pip-audit ask its service; without a way there the check is skipped, and says so."""
    words = [
        sys.executable,
        "-m",
        "pip_audit",
        "--requirement",
        str(LOCK),
        "--require-hashes",
        "--disable-pip",
        "--format",
        "json",
    ]
    done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, check=False)
    looked_up, found = answered(done.stdout)
    if not looked_up:
        print("skipped: the advisory service can't be reached from here; give a stored database with --advisories FILE")
        return 0
    print("".join(f"{each.package} {each.version}: {each.advisory} {each.summary}\n" for each in found), end="")
    print(f"{looked_up} packages looked up by pip-audit, {len(found)} advisories hold")
    return 1 if found else 0


def answered(report: str) -> tuple[int, list[Known]]:
    """How many packages pip-audit's JSON says were looked up (one it could not find was not), and what is known of them."""
    try:
        packages = [each for each in json.loads(report)["dependencies"] if "skip_reason" not in each]
    except (ValueError, KeyError, TypeError):
        return 0, []
    found = [
        Known(each["name"], each["version"], vulnerability["id"], vulnerability.get("description", "").partition("\n")[0])
        for each in packages
        for vulnerability in each.get("vulns", ())
    ]
    return len(packages), found


def locked(lock: str) -> dict[str, str]:
    """Package → version, from a lock file's text."""
    return {canonicalize_name(name): version for name, version in LOCKED.findall(lock)}


def documents(path: Path) -> Iterator[Mapping[str, Any]]:
    """Every OSV document of a ZIP; raises OSError or zipfile.BadZipFile when it is none."""
    with zipfile.ZipFile(path) as held:
        for name in held.namelist():
            if name.endswith(".json"):
                yield json.loads(held.read(name))


def known(held: Mapping[str, str], advisories: Iterator[Mapping[str, Any]]) -> Iterator[Known]:
    """The advisories, not withdrawn, that hold for a locked version."""
    for advisory in advisories:
        if advisory.get("withdrawn"):
            continue
        for affected in advisory.get("affected", ()):
            package = affected.get("package", {})
            name = canonicalize_name(package.get("name", ""))
            if package.get("ecosystem") == "PyPI" and name in held and _holds(held[name], affected):
                yield Known(name, held[name], advisory["id"], advisory.get("summary", ""))
                break


def _holds(version: str, affected: Mapping[str, Any]) -> bool:
    if version in affected.get("versions", ()):
        return True
    return any(_within(version, each.get("events", ())) for each in affected.get("ranges", ()) if each.get("type") == "ECOSYSTEM")


def _within(version: str, events: Any) -> bool:
    """Whether a version lies in a range: its events in order turn "affected" on and off."""
    at, inside = Version(version), False
    for event in sorted(events, key=_place):
        (kind, where), *_ = event.items()
        if kind == "introduced" and _version(where) <= at:
            inside = True
        elif (kind == "fixed" and _version(where) <= at) or (kind == "last_affected" and _version(where) < at):
            inside = False
    return inside


def _place(event: Mapping[str, str]) -> Version:
    return _version(next(iter(event.values())))


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")


if __name__ == "__main__":
    main()
