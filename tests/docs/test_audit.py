"""Looking up what is locked: what holds, what was mended, what was withdrawn, and what could not be asked at all."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from deploy.audit import LOCK, answered, known, locked

SCRIPT = Path(__file__).parent.parent.parent / "deploy" / "audit.py"


def advisory(package: str, *events: dict[str, str], **more: Any) -> dict[str, Any]:
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}]
    return {
        "id": "X-1",
        "summary": "it breaks",
        "affected": [{"package": {"ecosystem": "PyPI", "name": package}, "ranges": ranges}],
    } | more


@pytest.mark.parametrize(
    ("events", "holds"),
    [
        ([{"introduced": "0"}, {"fixed": "2.0"}], True),
        ([{"introduced": "0"}, {"fixed": "1.4"}], False),
        ([{"introduced": "0"}, {"fixed": "1.4.1"}], True),
        ([{"introduced": "1.5"}, {"fixed": "2"}], False),
        ([{"introduced": "0"}, {"last_affected": "1.4"}], True),
        ([{"introduced": "0"}, {"last_affected": "1.3"}], False),
        ([{"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "1.3"}], True),
        ([{"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "1.3"}, {"fixed": "1.4"}], False),
    ],
)
def test_an_advisory_holds_between_what_introduced_and_what_mended_it(events: list[dict[str, str]], holds: bool) -> None:
    assert bool(list(known({"some-part": "1.4"}, iter([advisory("Some_Part", *events)])))) is holds


def test_what_was_withdrawn_or_is_of_another_package_does_not_hold() -> None:
    found = known(
        {"some-part": "1.4"},
        iter(
            [advisory("some-part", {"introduced": "0"}, withdrawn="2026-01-01T00:00:00Z"), advisory("other", {"introduced": "0"})]
        ),
    )
    assert list(found) == []


def test_a_version_listed_by_name_holds() -> None:
    listed = {"id": "X-2", "affected": [{"package": {"ecosystem": "PyPI", "name": "some-part"}, "versions": ["1.4"]}]}
    assert [each.advisory for each in known({"some-part": "1.4"}, iter([listed]))] == ["X-2"]


def test_a_service_that_found_no_package_looked_nothing_up() -> None:
    report = json.dumps({"dependencies": [{"name": "scrapy", "version": "2.13", "skip_reason": "not found"}]})
    assert answered(report) == (0, [])
    assert answered("connection refused") == (0, [])


def test_a_stored_database_is_asked_about_the_real_lock(tmp_path: Path) -> None:
    version = locked(LOCK.read_text("utf-8"))["scrapy"]
    with zipfile.ZipFile(tmp_path / "advisories.zip", "w") as held:
        held.writestr("X-1.json", json.dumps(advisory("Scrapy", {"introduced": "0"}, {"last_affected": version})))
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--advisories", str(tmp_path / "advisories.zip")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"scrapy {version}: X-1 it breaks" in done.stdout
