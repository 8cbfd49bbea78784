"""OCDS out: release packages that lead from one to the next, each release once and as of its time."""

from datetime import timedelta

from api.database import Database
from contracts.vocabulary import ReleaseTag
from tests.api.service import NOW, TestClient, add_release, add_tender


def test_the_packages_lead_through_every_release_once(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        for number in range(5):
            tender = add_tender(session, number=f"n{number}")
            moved = {"field": "closes", "old": (NOW + timedelta(days=1)).isoformat(), "new": tender.closes_at.isoformat()}  # type: ignore[union-attr]
            add_release(session, tender, tag=ReleaseTag.TENDER_AMENDMENT, changes=[moved])
    address: str | None = "/ocds/releases?limit=3"
    seen: list[tuple[str, str]] = []
    while address:
        answer = web.get(address)
        assert answer.status_code == 200
        package = answer.json()
        assert package["uri"].startswith("http://127.0.0.1:8000/ocds/releases?")
        seen += [(release["ocid"], release["tag"][0]) for release in package["releases"]]
        address = package.get("links", {}).get("next", "").removeprefix("http://127.0.0.1:8000") or None
    assert sorted(seen) == sorted((f"ocds-test-n{n}", tag) for n in range(5) for tag in ("tender", "tenderAmendment"))
    first = web.get("/ocds/releases?limit=1").json()["releases"][0]
    assert first["tender"]["tenderPeriod"]["endDate"] == (NOW + timedelta(days=1)).isoformat()


def test_since_gives_what_was_found_out_since_and_wants_an_offset(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_tender(session, number="old", first_seen_at=NOW - timedelta(days=30))
        add_tender(session, number="new", first_seen_at=NOW)
    found = web.get("/ocds/releases", params={"since": (NOW - timedelta(days=1)).isoformat()}).json()["releases"]
    assert [release["ocid"] for release in found] == ["ocds-test-new"]
    refused = web.get("/ocds/releases", params={"since": "2026-09-01T00:00:00"})
    assert (refused.status_code, "offset" in refused.json()["detail"]) == (422, True)
