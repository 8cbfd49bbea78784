"""Today, sources, about, and whether the service is ready."""

import hashlib
import tomllib
from datetime import timedelta

import pytest

from api.app import create_app
from api.database import Database
from api.rendering import STATIC, asset
from contracts.models import Contract
from contracts.vocabulary import Health
from crawler.models import Quarantine, SourceEvent
from notifier.models import Subscription
from tests.api.service import BASE, HTML, NOW, TestClient, add_release, add_source, add_tender, settings


def test_today_says_when_nothing_needs_anyone(web: TestClient) -> None:
    assert "Nothing needs you right now." in web.get("/", headers=HTML).text


def test_today_gathers_what_closes_what_changed_and_what_is_broken(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        tender = add_tender(session, title="Closing soon")
        add_tender(session, number="2", title="Closing late", closes_at=NOW + timedelta(days=40))
        add_release(session, tender, changes=[{"field": "addenda", "old": 0, "new": 1}])
        add_release(session, tender, news=False, changes=[{"field": "title", "old": "Quiet", "new": "Closing soon"}])
        add_source(session, health=Health.LAYOUT_CHANGED, health_reason="The table has gone.")
    page = web.get("/", headers=HTML).text
    assert "Closing soon" in page
    assert "The table has gone." in page
    assert "<del>0</del>" in page
    assert "Quiet" not in page  # recorded, told to nobody


def test_a_source_shows_its_health_its_steps_and_what_is_held(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_source(session, health=Health.SHRUNK, health_reason="60 rows where 600 were.", volume=[600, 601])
        session.add(SourceEvent(source="board", at=NOW, old=Health.HEALTHY, new=Health.SHRUNK, reason="60 rows"))
        session.add(Quarantine(source="board", held_at=NOW, last_at=NOW, reason="540 postings would vanish", postings=[{}] * 60))
    listed = web.get("/sources").text
    assert "Most rows gone" in listed
    assert "The board&#39;s own page" in listed
    assert "Its address is not known." in listed
    page = web.get("/sources/board").text
    assert "Healthy → Most rows gone" in page
    assert "540 postings would vanish" in page
    assert "60 postings" in page
    assert web.get("/sources/nowhere", headers=HTML).status_code == 404


@pytest.mark.parametrize("health", list(Health))
def test_every_state_of_health_has_words(web: TestClient, stored: Database, health: Health) -> None:
    with stored.write() as session:
        add_source(session, health=health)
    assert web.get("/sources").status_code == 200


def test_the_service_is_alive_and_ready_whatever_name_a_probe_uses(web: TestClient) -> None:
    assert web.get("/liveness", headers={"host": "10.0.0.7"}).json() == {"status": "alive"}
    assert web.get("/readiness", headers={"host": "10.0.0.7"}).json() == {"status": "ready"}


def test_a_database_behind_on_migrations_or_gone_is_not_ready(stored: Database, tmp_path) -> None:  # type: ignore[no-untyped-def]
    behind = TestClient(create_app(settings(tmp_path), stored, schema_is_current=lambda: False), base_url=BASE)
    assert behind.get("/readiness").status_code == 503
    assert "bidkeeper db upgrade" in behind.get("/readiness").json()["reason"]
    gone = Database(f"sqlite:///{tmp_path}/no/such/folder.db")
    answer = TestClient(create_app(settings(tmp_path), gone), base_url=BASE).get("/readiness")
    assert (answer.status_code, answer.json()["reason"]) == (503, "the database does not answer")


def test_the_files_of_others_are_the_published_ones() -> None:
    files = tomllib.loads((STATIC / "vendor.toml").read_text())["file"]
    for file in files:
        assert hashlib.sha256((STATIC / file["path"]).read_bytes()).hexdigest() == file["sha256"], file["path"]
        assert (STATIC / file["licence_file"]).is_file()
    named = {file["path"] for file in files} | {file["licence_file"] for file in files}
    assert {f"vendor/{path.name}" for path in (STATIC / "vendor").iterdir()} == named


def test_a_versioned_asset_is_kept_for_good_and_any_other_is_asked_about(web: TestClient) -> None:
    assert "immutable" in web.get(asset("bidkeeper.css")).headers["cache-control"]
    assert web.get("/static/bidkeeper.css").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static//etc/passwd"])
def test_no_path_leads_out_of_the_static_folder(web: TestClient, path: str) -> None:
    assert web.get(path).status_code == 404


def test_about_names_versions_and_licences_and_the_api_page_every_operation(web: TestClient) -> None:
    about = web.get("/about").text
    assert "htmx.org" in about
    assert "0BSD" in about
    document = web.get("/api/v1/openapi.json").json()
    page = web.get("/api").text
    assert all(f"{method.upper()} {path}" in page for path, methods in document["paths"].items() for method in methods)


def test_a_new_installation_says_what_to_begin_with_until_it_is_done(web: TestClient, stored: Database) -> None:
    page = web.get("/", headers=HTML).text
    assert "To begin with" in page
    assert "Say which bids you want to hear of" in page
    assert "Put your signed contract on file" in page
    with stored.write() as session:
        session.add(Subscription(organisation_id=1, address="a@clinic.example", query="", created_at=NOW))
        session.add(Contract(organisation_id=2, title="Another clinic's", created_at=NOW))
    page = web.get("/", headers=HTML).text
    assert "Say which bids you want to hear of" not in page
    assert "Put your signed contract on file" in page
    with stored.write() as session:
        session.add(Contract(organisation_id=1, title="Services agreement", created_at=NOW))
    assert "To begin with" not in web.get("/", headers=HTML).text
