"""Help, settings, programs, a held look row by row, a month of obligations, reviewing terms, and taking things back."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from api.charts import line, weeks
from api.database import Database
from api.pages.obligations import month_weeks, shown_month
from api.todo import Item, sorted_items
from contracts.models import Contract, Obligation, Term
from contracts.vocabulary import Health
from crawler.comparing import compare
from crawler.items import Posting
from crawler.models import Quarantine, Sighting
from tests.api.service import HTML, NOW, TestClient, add_source, add_tender
from tests.api.test_pages_alerts import add_subscription
from tests.api.test_pages_contracts import add_term


def test_help_lists_searches_and_keys_and_the_keys_can_be_switched_off(web: TestClient) -> None:
    page = web.get("/help", headers=HTML).text
    assert "closes&lt;14d" in page
    assert "/static/keys.js" in page
    web.post("/help/keys", data={})
    assert "/static/keys.js" not in web.get("/", headers=HTML).text
    web.post("/help/keys", data={"on": "yes"})
    assert "/static/keys.js" in web.get("/", headers=HTML).text


def test_settings_show_every_value_and_no_secret(web: TestClient) -> None:
    page = web.get("/settings", headers=HTML).text
    assert "smtp_password" in page
    assert "public_url" in page


def test_a_program_line_shows_its_names_its_successor_and_what_is_open(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_tender(session, programs=["or2"], title="The next round")
    listed = web.get("/programs", headers=HTML).text
    assert "1 open tender" in listed
    page = web.get("/programs/or2", headers=HTML).text
    assert "The next round" in page
    assert "Customized Recovery" in page
    assert "/subscribe?query=program%3Aor2" in page
    assert "Occupational Rehabilitation 2" in web.get("/programs/customized-recovery").text
    assert web.get("/programs/none", headers=HTML).status_code == 404
    assert "OR2" in web.get("/programs/export/csv").text


def test_a_held_look_says_row_by_row_what_would_change(web: TestClient, stored: Database) -> None:
    old = Posting("1", "048-2026", "Rehabilitation", addenda=0)
    with stored.write() as session:
        tender = add_tender(session)
        sighting = session.exec(select(Sighting).where(Sighting.tender_id == tender.id)).one()
        sighting.posting, sighting.native_id = old.dump(), "1"
        add_source(session, health=Health.QUARANTINED)
        rows = [Posting("1", "048-2026", "Rehabilitation", addenda=2).dump(), {"id": "2", "title": "New <b>work</b>"}]
        session.add(Quarantine(source="board", held_at=NOW, last_at=NOW, reason="Odd", postings=rows))
    page = web.get("/sources/board/held/1", headers=HTML).text
    assert "<del>0</del>" in page
    assert "New &lt;b&gt;work&lt;/b&gt;" in page
    assert web.get("/sources/elsewhere/held/1", headers=HTML).status_code == 404
    assert "/sources/board/held/1" in web.get("/", headers=HTML).text


def test_rows_are_compared_under_the_portals_own_ids() -> None:
    before = {key: Posting(key, None, key) for key in "abc"}
    after = {key: Posting(key, None, key.upper() if key == "c" else key) for key in "bcd"}
    found = compare(before, after)
    assert ([row.id for row in found.new], [row.id for row in found.gone], found.same) == (["d"], ["a"], 1)
    assert [(row.id, [change.field for change in steps]) for row, steps in found.changed] in ([("c", ["title"])], [])


def test_a_month_has_whole_weeks_and_each_day_what_is_due(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        session.add(Contract(organisation_id=1, title="Services", number="77-2026", created_at=NOW))
        session.flush()
        for number, day in enumerate((date(2026, 7, 20), date(2026, 8, 3))):
            values = {"key": f"1:t:{number}", "kind": "report_due", "title": f"Report {number}", "due": day, "basis": "yearly"}
            session.add(Obligation(organisation_id=1, contract_id=1, created_at=NOW, **values))
    page = web.get("/obligations?month=2026-08", headers=HTML).text
    assert "August 2026" in page
    assert 'href="#o2"' in page
    assert 'href="#o1"' not in page
    assert shown_month("no month", NOW.date()) == date(2026, 7, 1)
    grid = month_weeks(date(2026, 7, 1), [])
    assert all(len(week) == 7 for week in grid)
    assert "20260720" in web.get("/obligations/export/ics").text


def test_closing_an_obligation_can_be_taken_back(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        session.add(Contract(organisation_id=1, title="Services", created_at=NOW))
        session.flush()
        values = {"key": "1:t", "kind": "report_due", "title": "Report", "due": date(2026, 7, 20), "basis": "yearly"}
        session.add(Obligation(organisation_id=1, contract_id=1, created_at=NOW, **values))
    answer = web.post("/obligations/1/done")
    assert 'action="/obligations/1/reopen"' in web.get(answer.headers["location"], headers=HTML).text
    web.post("/obligations/1/reopen")
    assert "Report" in web.get("/obligations").text
    assert web.post("/obligations/1/reopen", headers=HTML).status_code == 409


def test_only_a_code_and_a_number_of_ours_get_into_the_way_back(web: TestClient) -> None:
    for of in ("1/../../account", "javascript:alert(1)", "", "99999999999"):
        page = web.get("/obligations", params={"done": "obligation_closed", "of": of}, headers=HTML).text
        assert "Closed." in page
        assert "reopen" not in page
    assert 'role="status"' not in web.get("/obligations?done=<script>", headers=HTML).text


def test_terms_are_reviewed_one_after_the_other_and_taken_back(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        first = add_term(session)
        second = add_term(session, kind="governing_law", value="British Columbia")
        second.contract_id = first.contract_id
    address = f"/contracts/{first.contract_id}/review"
    assert "1 of 2" in web.get(address, headers=HTML).text
    answer = web.post(f"{address}/{second.id}/confirm", data={"value": "The law of British Columbia"})
    page = web.get(answer.headers["location"], headers=HTML).text
    assert "1 of 1" in page
    with stored.read() as session:
        kept = session.exec(select(Term).where(Term.status == "confirmed")).one()
    assert f'action="/terms/{kept.id}/reconsider"' in page
    web.post(f"/terms/{kept.id}/reconsider")
    with stored.read() as session:
        assert session.get_one(Term, kept.id).superseded_at is not None
        again = session.exec(select(Term).where(Term.status == "proposed", Term.replaces_id == kept.id)).one()
    assert again.value == "British Columbia"  # as it was read
    assert web.post(f"/terms/{kept.id}/reconsider", headers=HTML).status_code == 409


def test_many_terms_are_decided_at_once(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        rows = [add_term(session), add_term(session, kind="governing_law"), add_term(session, organisation_id=2)]
        rows[1].contract_id = rows[0].contract_id
    ids = [row.id for row in rows]
    web.post(f"/contracts/{rows[0].contract_id}/review", data={"verdict": "confirm", "term": ids})
    with stored.read() as session:
        assert [session.get_one(Term, one).status for one in ids] == ["confirmed", "confirmed", "proposed"]
    wrong = web.post(f"/contracts/{rows[0].contract_id}/review", data={"verdict": "perhaps", "term": ids}, headers=HTML)
    assert wrong.status_code == 422


def test_a_contracts_facts_are_put_right_and_what_is_due_follows(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        session.add(Contract(organisation_id=1, title="Services", created_at=NOW))
    backwards = {"title": "Services", "first": "2027-01-01", "last": "2026-12-31"}
    assert web.post("/contracts/1/facts", data=backwards, headers=HTML).status_code == 422
    assert web.post("/contracts/1/facts", data={"first": "soon"}, headers=HTML).status_code == 422
    web.post("/contracts/1/facts", data={"title": "Rehab", "own_number": "77", "first": "2024-07-01", "last": "2026-08-31"})
    with stored.read() as session:
        row = session.get_one(Contract, 1)
        assert (row.title, row.number, row.end) == ("Rehab", "77", date(2026, 9, 1))
    assert "77 ends: its last day is 31 Aug 2026" in web.get("/obligations").text


def test_what_is_pressing_comes_first_on_the_first_page() -> None:
    items = [Item("c", "/", "", "info"), Item("b", "/", "", "bad", date(2026, 7, 9)), Item("a", "/", "", "bad", date(2026, 7, 8))]
    assert [item.title for item in sorted_items(items)] == ["a", "b", "c"]


def test_pictures_of_time_hold_their_figures() -> None:
    times = [NOW, NOW + timedelta(days=1), NOW + timedelta(days=8)]
    assert [bar.count for bar in weeks(times, now=NOW, count=3)] == [2, 1, 0]
    assert [point.x for point in line([(NOW, "a"), (NOW + timedelta(days=1), "b")])] == [0, 1000]


@pytest.mark.parametrize("path", ["/enquiries/close", "/deliveries/retry"])
def test_nothing_checked_changes_nothing(web: TestClient, path: str) -> None:
    assert web.post(path, data={"outcome": "answered"}).status_code == 303


def test_a_pause_can_be_taken_back_from_the_message_that_says_so(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        one = add_subscription(session, query="rehab")
    answer = web.post(f"/alerts/{one.id}/pause")
    assert f'action="/alerts/{one.id}/resume"' in web.get(answer.headers["location"], headers=HTML).text
