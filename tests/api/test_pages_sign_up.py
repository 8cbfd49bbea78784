"""Alerts for whoever asks: one question, a button, and a page of one's own behind a signed link."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from api.app import create_app
from api.database import Database
from api.keys import link_secret
from api.limits import SAME_ADDRESS, SIGN_UP
from notifier import links
from notifier import store as told
from notifier.models import Delivery, Notification, Subscription, Suppression
from tests.api.service import HTML, NOW, TestClient, client, settings
from tests.api.test_pages_alerts import add_delivery, add_subscription

PUBLIC = "https://bids.clinic.example"
GOOD = {"address": "Owner@Clinic.example", "query": "rehab OR physio", "language": "fr", "consent": "yes"}


@pytest.fixture
def stranger(stored: Database, tmp_path: Path) -> TestClient:
    """Somebody from outside, before a service whose other pages are closed to them."""
    app = create_app(settings(tmp_path, public_url=PUBLIC), stored, clock=lambda: NOW)
    return TestClient(app, base_url=PUBLIC, follow_redirects=False)


def only(stored: Database) -> Subscription:
    with stored.read() as session:
        return session.exec(select(Subscription)).one()


def confirm_path(number: int, folder: Path, *, made: datetime = NOW) -> str:
    return links.confirm_url("", number, secret=link_secret(settings(folder)), now=made)


def manage_path(number: int, folder: Path) -> str:
    return links.manage_url("", number, secret=link_secret(settings(folder)))


def test_a_stranger_signs_up_answers_the_question_and_hears_from_then_on(
    stranger: TestClient, stored: Database, tmp_path: Path
) -> None:
    assert stranger.get("/alerts").status_code == 401
    assert "Ask for alerts" in stranger.get("/sign-up", headers=HTML).text
    answer = stranger.post("/sign-up", data=GOOD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-up?done=asked")
    row = only(stored)
    assert (row.address, row.query, row.state, row.language) == ("Owner@clinic.example", "rehab OR physio", "pending", "fr")
    assert row.consent["source"] == "public sign-up page"
    with stored.read() as session:
        assert session.exec(select(Notification)).one().kind == "confirm"
    path = confirm_path(1, tmp_path)
    page = stranger.get(path, headers=HTML)
    assert "<button>Confirm</button>" in page.text
    assert "Owner@" not in page.text
    assert only(stored).state == "pending"  # mail scanners open links
    answer = stranger.post(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/my-alerts/")
    assert only(stored).state == "active"
    assert "Confirmed." in stranger.get(answer.headers["location"], headers=HTML).text
    assert stranger.post(path).status_code == 303  # twice is once


@pytest.mark.parametrize("state", ["none", "pending", "active", "ended", "bounced"])
def test_what_comes_back_tells_nobody_what_is_known_of_an_address(stranger: TestClient, stored: Database, state: str) -> None:
    with stored.write() as session:
        if state == "bounced":
            session.add(Suppression(address="Owner@clinic.example", reason="bounced", since=NOW))
        elif state != "none":
            add_subscription(session, address="Owner@clinic.example", query="rehab OR physio", state=state)
    page = stranger.post("/sign-up", data=GOOD)
    assert (page.status_code, page.headers["location"], page.text) == (303, "/sign-up?done=asked", "")
    answer = stranger.post("/api/v1/sign-ups", json={"address": "Owner@clinic.example", "consent": True})
    assert answer.status_code == 202
    assert answer.json() == {"detail": "If this address is not signed up for this already, a mail asks its owner to confirm."}
    if state == "bounced":
        with stored.read() as session:
            assert not session.exec(select(Delivery)).all()


def test_asking_again_mails_no_second_question(stranger: TestClient, stored: Database) -> None:
    for query in ("rehab", "rehab", "hand therapy"):
        stranger.post("/sign-up", data=GOOD | {"query": query})
    with stored.read() as session:
        assert len(session.exec(select(Delivery)).all()) == 1


def test_a_second_search_asked_for_meanwhile_is_confirmed_from_the_same_mail(
    stranger: TestClient, stored: Database, tmp_path: Path
) -> None:
    stranger.post("/sign-up", data=GOOD)
    stranger.post("/sign-up", data=GOOD | {"query": "hand therapy"})
    mine = stranger.post(confirm_path(1, tmp_path)).headers["location"].partition("?")[0]
    assert "Not confirmed yet" in stranger.get(mine, headers=HTML).text
    assert stranger.post(f"{mine}/2/confirm").status_code == 303
    with stored.read() as session:
        assert [row.state for row in session.exec(select(Subscription))] == ["active", "active"]


@pytest.mark.parametrize("changed", [{"consent": ""}, {"address": "nobody"}, {"query": "(rehab"}])
def test_a_form_that_can_not_be_taken_says_why_and_stores_nothing(
    stranger: TestClient, stored: Database, changed: dict[str, str]
) -> None:
    answer = stranger.post("/sign-up", data=GOOD | changed)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    with stored.read() as session:
        assert not session.exec(select(Subscription)).all()


def test_one_address_and_one_caller_can_ask_only_so_often(stranger: TestClient) -> None:
    for _ in range(SAME_ADDRESS.amount):
        assert stranger.post("/sign-up", data=GOOD).status_code == 303
    answer = stranger.post("/sign-up", data=GOOD)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    rest = SIGN_UP.amount - SAME_ADDRESS.amount - 1
    codes = [stranger.post("/sign-up", data=GOOD | {"address": f"a{n}@b.example"}).status_code for n in range(rest + 1)]
    assert codes == [303] * rest + [429]


def test_a_service_may_take_no_sign_ups_from_outside(stored: Database, tmp_path: Path) -> None:
    with client(stored, tmp_path, public_sign_up=False) as closed:
        assert "takes no sign-ups" in closed.get("/sign-up").text
        assert closed.post("/sign-up", data=GOOD).status_code == 404
        assert closed.post("/api/v1/sign-ups", json={"address": "a@b.example", "consent": True}).status_code == 404


def test_an_old_a_foreign_and_an_ended_confirmation_change_nothing(
    stranger: TestClient, stored: Database, tmp_path: Path
) -> None:
    stranger.post("/sign-up", data=GOOD)
    old = confirm_path(1, tmp_path, made=NOW - links.CONFIRM_WITHIN - timedelta(hours=1))
    other = confirm_path(1, tmp_path)[:-1]
    way_out = links.unsubscribe_url("", 1, secret=link_secret(settings(tmp_path))).replace("/u/", "/confirm/")
    for path in (old, other, way_out):
        assert stranger.post(path).status_code == stranger.get(path).status_code == 404
    assert only(stored).state == "pending"
    with stored.write() as session:
        told.unsubscribe(session, 1, now=NOW)
    assert stranger.get(confirm_path(1, tmp_path)).status_code == stranger.post(confirm_path(1, tmp_path)).status_code == 410


def test_who_confirms_takes_back_an_earlier_wish_for_no_mail(stranger: TestClient, stored: Database, tmp_path: Path) -> None:
    with stored.write() as session:
        session.add(Suppression(address="Owner@clinic.example", reason="asked", since=NOW))
    stranger.post("/sign-up", data=GOOD)
    stranger.post(confirm_path(1, tmp_path))
    with stored.read() as session:
        assert session.get(Suppression, "Owner@clinic.example") is None


def test_ones_own_page_pauses_resumes_changes_and_ends(stranger: TestClient, stored: Database, tmp_path: Path) -> None:
    with stored.write() as session:
        add_subscription(session)
    mine = manage_path(1, tmp_path)
    page = stranger.get(mine, headers=HTML).text
    assert "a…@clinic.example" in page
    assert "a@clinic.example" not in page
    stranger.post(f"{mine}/1/settings", data={"language": "fr"})
    assert only(stored).language == "fr"
    mark = only(stored).mark
    stranger.post(f"{mine}/1/pause", data={"until": "2026-08-01"})
    assert only(stored).paused_until == datetime(2026, 8, 1, 7, tzinfo=UTC)  # midnight in Vancouver, PDT
    assert only(stored).mark > mark
    assert "1 Aug 2026" in stranger.get(mine, headers=HTML).text
    stranger.post(f"{mine}/1/resume")
    assert only(stored).state == "active"
    stranger.post(f"{mine}/1/end")
    assert only(stored).state == "ended"
    assert "Nothing is mailed" in stranger.get(mine, headers=HTML).text


@pytest.mark.parametrize("until", ["yesterday", "2026-07-08", "2026-07-01", "9999-12-31", "0001-01-01"])
def test_a_pause_until_no_day_to_come_changes_nothing(stranger: TestClient, stored: Database, tmp_path: Path, until: str) -> None:
    with stored.write() as session:
        add_subscription(session)
    assert stranger.post(f"{manage_path(1, tmp_path)}/1/pause", data={"until": until}).status_code == 422
    assert only(stored).state == "active"


def test_a_link_reaches_the_searches_of_its_own_address_and_organisation_only(
    stranger: TestClient, stored: Database, tmp_path: Path
) -> None:
    with stored.write() as session:
        add_subscription(session)
        add_subscription(session, address="b@clinic.example", query="zebra")
        add_subscription(session, organisation_id=2, query="yak")
    mine = manage_path(1, tmp_path)
    page = stranger.get(mine, headers=HTML).text
    assert "rehab" in page
    assert "zebra" not in page
    assert "yak" not in page
    for act in ("settings", "pause", "resume", "end", "confirm"):
        for number in (2, 3, 99):
            assert stranger.post(f"{mine}/{number}/{act}").status_code == 404
    assert stranger.post(f"{mine}/1/explode").status_code == 404
    assert stranger.post(f"{mine}/1/settings", data={"language": "xx"}).status_code == 422
    stranger.post(f"{mine}/all/end")
    with stored.read() as session:
        assert [row.state for row in session.exec(select(Subscription).order_by(Subscription.id))] == [
            "ended",
            "active",
            "active",
        ]  # type: ignore[arg-type]


def test_forget_me_leaves_no_trace_of_the_address_and_sends_nothing_more(
    stranger: TestClient, stored: Database, tmp_path: Path
) -> None:
    with stored.write() as session:
        row = add_subscription(
            session, consent={"address": "a@clinic.example", "time": "then", "wording": "yes"}, name="A. Person"
        )
        add_delivery(session, row)
    mine = manage_path(1, tmp_path)
    assert stranger.post(f"{mine}/all/forget").headers["location"] == "/forgotten"
    assert "taken out" in stranger.get("/forgotten", headers=HTML).text
    with stored.read() as session:
        kept, delivery = session.exec(select(Subscription)).one(), session.exec(select(Delivery)).one()
    assert (kept.state, delivery.state.value) == ("ended", "suppressed")
    assert "clinic.example" not in f"{kept} {delivery}"
    assert "A. Person" not in str(kept)
    assert stranger.get(mine).status_code == stranger.post(f"{mine}/1/resume").status_code == 404


def test_the_way_out_of_a_mail_offers_fewer_mails_too(stranger: TestClient, stored: Database, tmp_path: Path) -> None:
    with stored.write() as session:
        add_subscription(session)
    page = stranger.get(links.unsubscribe_url("", 1, secret=link_secret(settings(tmp_path))), headers=HTML).text
    found = re.search(r'href="(/my-alerts/[^"]+)"', page)
    assert found
    assert stranger.get(found[1]).status_code == 200


def test_the_owner_takes_out_the_evidence_of_consent(web: TestClient, stored: Database) -> None:
    web.post("/sign-up", data=GOOD | {"query": "-rehab"})
    answer = web.get("/alerts/consents.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["address"], row["source"], row["confirmed"]) for row in rows] == [
        ("Owner@clinic.example", "public sign-up page", "")
    ]
    assert rows[0]["query"] == "'-rehab"  # a spreadsheet would run it
    (item,) = web.get("/api/v1/consents").json()["items"]
    assert item["wording"].startswith("This is my address")
    assert item["time"] == NOW.isoformat()


def test_another_sites_page_signs_nobody_up(stranger: TestClient, stored: Database) -> None:
    assert stranger.post("/sign-up", data=GOOD, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    with stored.read() as session:
        assert not session.exec(select(Subscription)).all()
