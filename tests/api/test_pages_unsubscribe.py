"""The way out of a mail: it works for whoever holds the link, from anywhere, and only on POST."""

import stat
from pathlib import Path

import pytest

from api.database import Database
from api.keys import link_secret
from notifier import links
from notifier.models import Subscription
from tests.api.service import BASE, HTML, TestClient, settings
from tests.api.test_pages_alerts import add_delivery, add_subscription


def link(stored: Database, folder: Path) -> str:
    """The path in a mail to a new subscriber."""
    with stored.write() as session:
        number = add_subscription(session).id
    assert number is not None
    return links.unsubscribe_url(BASE, number, secret=link_secret(settings(folder))).removeprefix(BASE)


def state(stored: Database) -> str:
    with stored.read() as session:
        return session.get_one(Subscription, 1).state


def test_opening_the_link_changes_nothing_for_mail_scanners_open_links(web: TestClient, stored: Database, tmp_path: Path) -> None:
    address = link(stored, tmp_path)
    page = web.get(address, headers=HTML).text
    assert "<button>Unsubscribe</button>" in page
    assert "a…@clinic.example" in page
    assert "a@clinic.example" not in page
    assert web.head(address).status_code in {200, 405}
    assert state(stored) == "active"


def test_one_click_of_a_mail_provider_ends_it_and_what_was_waiting(web: TestClient, stored: Database, tmp_path: Path) -> None:
    address = link(stored, tmp_path)
    with stored.write() as session:
        add_delivery(session, session.get_one(Subscription, 1))
    # RFC 8058 §3.2: this body, no cookie, no referrer, from the provider's own machines
    headers = {"sec-fetch-site": "cross-site", "origin": "https://mail.example"}
    answer = web.post(address, data={"List-Unsubscribe": "One-Click"}, headers=headers)
    assert answer.status_code == 200
    assert state(stored) == "ended"
    assert "suppressed" in web.get("/alerts?state=suppressed").text.lower()
    assert web.post(address).status_code == 200  # again: nothing more to end


@pytest.mark.parametrize("spoil", [lambda path: path[:-1], lambda path: path + "x", lambda path: "/u/1", lambda path: "/u/é"])
def test_a_link_that_was_not_ours_changes_nothing(web: TestClient, stored: Database, tmp_path: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    address = spoil(link(stored, tmp_path))
    for answer in (web.get(address), web.post(address)):
        assert answer.status_code == 404
        assert "Nothing was changed" in answer.json()["detail"]
    assert state(stored) == "active"


def test_the_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    first = link_secret(settings(tmp_path / "new"))
    assert len(first) == 43
    assert link_secret(settings(tmp_path / "new")) == first
    assert stat.S_IMODE((tmp_path / "new" / "link-secret").stat().st_mode) == 0o600
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["link-secret", "sources.toml"]
    assert link_secret(settings(tmp_path, secret="given")) == "given"
