"""Tenders in other people's formats: valid OCDS with the values of each time, harmless CSV, a calendar that replaces itself."""

import csv
import io
import json
import os
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from contracts.vocabulary import ReleaseTag, TenderStatus
from crawler.export import CSV_COLUMNS, calendar, csv_text, disarmed
from crawler.models import Release, Tender
from crawler.publishing import package as ocds_package
from crawler.publishing import uri

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CLOSES = NOW + timedelta(days=30)


def tender(**values: Any) -> Tender:
    said: dict[str, Any] = {
        "ocid": "ocds-bidkpr-1",
        "number": "048-2026",
        "title": "Occupational Rehabilitation 2",
        "status": TenderStatus.OPEN,
        "buyer": "A board",
        "closes_at": CLOSES,
        "closes_text": "in a month",
        "published_at": NOW,
        "first_seen_at": NOW,
        "last_seen_at": NOW,
        "changed_at": NOW + timedelta(days=2),
        "files": [{"title": "Part A", "url": "https://portal.example/a.pdf", "sha256": None}],
    }
    return Tender(**{**said, **values})


def release(tag: ReleaseTag, days: int, changes: list[dict[str, Any]]) -> Release:
    return Release(
        release_id=f"r{days}",
        ocid="ocds-bidkpr-1",
        tender_id=1,
        tag=tag,
        date=NOW + timedelta(days=days),
        source="portal",
        changes=changes,
    )


MOVED = {"field": "closes", "old": "2026-03-20T21:00:00+00:00", "new": CLOSES.isoformat()}
HISTORY = [release(ReleaseTag.TENDER, 0, []), release(ReleaseTag.TENDER_AMENDMENT, 2, [MOVED])]


def package() -> dict[str, Any]:
    return ocds_package([(tender(), HISTORY)], uri="https://own.example/ocds", publisher="Us", now=NOW)


def test_each_release_has_the_values_of_its_time() -> None:
    first, second = package()["releases"]
    assert first["tender"]["tenderPeriod"]["endDate"] == "2026-03-20T21:00:00+00:00"
    assert second["tender"]["tenderPeriod"]["endDate"] == "2026-03-31T12:00:00Z"
    assert "amendments" not in first["tender"]
    assert [amendment["id"] for amendment in second["tender"]["amendments"]] == ["r2"]
    assert (first["tag"], second["tag"]) == (["tender"], ["tenderAmendment"])


def test_a_release_refers_to_its_buyer_and_holds_nothing_empty() -> None:
    said = package()
    for one in said["releases"]:
        assert one["buyer"]["id"] in {party["id"] for party in one["parties"]}
        assert {"ocid", "id", "date", "tag", "initiationType"} <= one.keys()
    assert "null" not in json.dumps(said)
    assert '""' not in json.dumps(said)
    times = re.findall(r'"(?:date|startDate|endDate|publishedDate)": "([^"]*)"', json.dumps(said))
    assert times
    assert all(datetime.fromisoformat(time).tzinfo for time in times)
    assert len({one["id"] for one in said["releases"]}) == 2


def test_an_award_names_its_supplier_as_a_party_and_its_value_as_an_amount() -> None:
    won = release(
        ReleaseTag.AWARD, 3, [{"field": "supplier", "old": None, "new": "A clinic"}, {"field": "value", "old": None, "new": "x"}]
    )
    history = [(tender(supplier="A clinic", value="$1,200.50 CAD"), [*HISTORY, won])]
    first, *_, last = ocds_package(history, uri="https://own.example/ocds", publisher="Us", now=NOW)["releases"]
    assert "awards" not in first
    (award,) = last["awards"]
    assert award["value"] == {"amount": 1200.5, "currency": "CAD"}
    assert {one["id"] for one in award["suppliers"]} <= {one["id"] for one in last["parties"] if one["roles"] == ["supplier"]}
    (odd,) = ocds_package([(tender(value="see notice"), [won])], uri="x", publisher="Us", now=NOW)["releases"][0]["awards"]
    assert (odd["description"], "value" in odd) == ("Value as printed: see notice", False)


@pytest.mark.parametrize(
    ("printed", "amount"),
    [
        ("$1,200.50 CAD", {"amount": 1200.5, "currency": "CAD"}),
        ("11000000 GBP", {"amount": 11_000_000, "currency": "GBP"}),
        ("1,200$ CAD", {"amount": 1200, "currency": "CAD"}),
        ("500 TAX", None),
        (", CAD", None),
        (f"{'9' * 400} CAD", None),
        ("$12", None),
    ],
)
def test_an_amount_is_a_number_in_a_currency_the_standard_knows(printed: str, amount: dict[str, Any] | None) -> None:
    (award,) = ocds_package([(tender(value=printed), HISTORY)], uri="x", publisher="Us", now=NOW)["releases"][1]["awards"]
    assert award.get("value") == amount
    assert award.get("description") == (None if amount else f"Value as printed: {printed}")


def test_what_is_blank_is_left_out() -> None:
    (said,) = ocds_package([(tender(title=" ", description="\t"), HISTORY[:1])], uri="x", publisher="Us", now=NOW)["releases"]
    assert not {"title", "description"} & said["tender"].keys()


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("https://a.example/é b.pdf?x=[1]", "https://a.example/%C3%A9%20b.pdf?x=%5B1%5D"),
        ("https://a.example/a%20b", "https://a.example/a%20b"),
        ("https://a.example/50%off", "https://a.example/50%25off"),
        ("https://a.example/a#b#c", "https://a.example/a#b%23c"),
        ("HTTPS://[::1]:8443/x", "https://[::1]:8443/x"),
        ("https://a.example:port/x", None),
        ("https://[a/x", None),
        ("https://", None),
        ("javascript:alert(1)", None),
        (None, None),
    ],
)
def test_an_address_is_a_uri_or_left_out(address: str | None, written: str | None) -> None:
    assert uri(address) == written


def test_one_page_of_releases_holds_those_alone_and_leads_on() -> None:
    page = ocds_package([(tender(), HISTORY)], uri="u", publisher="Us", now=NOW, only=frozenset({"r2"}), following="https://n")
    assert ([one["id"] for one in page["releases"]], page["links"]) == (["r2"], {"next": "https://n"})


def every_kind() -> list[tuple[Tender, list[Release]]]:
    """A tender of each status with releases of each tag, and what portals print that the standard has no room for."""
    of_status = [
        tender(ocid=f"ocds-bidkpr-{status.value}", number=None, status=status, published_at=None) for status in TenderStatus
    ]
    of_tag = [(tender(ocid=f"ocds-bidkpr-{tag.value}", supplier="A clinic"), release(tag, 3, [MOVED])) for tag in ReleaseTag]
    odd = [
        tender(
            ocid=f"ocds-bidkpr-{number}", title=" ", buyer=None, value=value, files=[{"title": "", "url": url, "sha256": None}]
        )
        for number, (value, url) in enumerate(
            [("$1 CAD", "https://a.example/50%"), ("5 TAX", "https://[a"), (", CAD", "https://")]
        )
    ]
    return [(one, HISTORY) for one in (*of_status, *odd)] + [(one, [*HISTORY, told]) for one, told in of_tag]


def test_the_package_has_no_error_for_the_standards_own_checker() -> None:
    standard = os.environ.get("BIDKEEPER_OCDS_STANDARD")
    if not standard:
        pytest.skip("set BIDKEEPER_OCDS_STANDARD to a ZIP of the OCDS standard's repository to run this")
    from libcoveocds.api import ocds_json_output  # noqa: PLC0415 - heavy, and only here
    from libcoveocds.config import LibCoveOCDSConfig  # noqa: PLC0415

    config = LibCoveOCDSConfig({"context": "api", "standard_zip": f"file://{standard}"})
    said = ocds_package(every_kind(), uri="https://own.example/ocds", publisher="Us", now=NOW)
    found = ocds_json_output(json_data=said, lib_cove_ocds_config=config, schema_version="1.1")
    for problem in ("validation_errors", "additional_fields", "conformance_errors", "additional_checks", "deprecated_fields"):
        assert not found.get(problem), problem


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_what_a_spreadsheet_would_run_is_text(text: str) -> None:
    assert disarmed(text) == f"'{text}"
    row = next(csv.DictReader(io.StringIO(csv_text([tender(title=text)]), newline="")))
    assert row["title"] == f"'{text}"
    assert list(row) == list(CSV_COLUMNS)


def test_a_calendar_has_one_event_a_closing_and_says_when_it_is_cancelled() -> None:
    text = calendar([tender(), tender(ocid="b", status=TenderStatus.CANCELLED), tender(ocid="c", closes_at=None)], now=NOW)
    events = Calendar.from_ical(text).walk("VEVENT")
    assert [str(event["UID"]) for event in events] == ["ocds-bidkpr-1", "b"]
    assert [str(event["STATUS"]) for event in events] == ["CONFIRMED", "CANCELLED"]
    assert events[0].decoded("dtstart") == CLOSES
    assert int(events[0]["SEQUENCE"]) > 0
