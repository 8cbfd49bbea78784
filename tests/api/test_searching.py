"""The list's search box speaks the language of alerts: what an alert finds, the list finds too."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from api import charts, searching
from api.database import Database
from api.journeys import telling
from api.programs import program_aliases
from contracts.vocabulary import TenderStatus
from crawler.models import Release, Tender
from notifier.query import Reading, parse
from tests.api.service import HTML, NOW, TestClient, add_release, add_tender

ROWS = (
    {"number": "048-2026", "title": "Occupational Rehabilitation Services", "buyer": "A compensation board", "type": "RFP"},
    {
        "number": "051-2026",
        "title": "Hand therapies, by application",
        "buyer": "Interior Health",
        "type": "Request for Proposals",
    },
    {
        "number": "052-2026",
        "title": "Réadaptation professionnelle",
        "buyer": "Santé Québec",
        "description": "Cliniques médicales",
    },
    {"number": "053-2026", "title": "Road construction", "status": TenderStatus.CANCELLED, "closes_at": NOW + timedelta(days=40)},
    {"number": "054-2026", "title": "Work conditioning", "programs": ["or2"], "closes_at": NOW + timedelta(days=2)},
)
SEARCHES = (
    "", "occupational rehab", "rehabilitation", "therapy", "thérapie", '"hand therapy"', "readaptation", "clinic", "medical",
    'buyer:"interior health"', "number:048-2026", "type:RFP", "status:cancelled", "program:OR2", "source:board", "title:road",
    "road OR hand", "(road OR hand) application", "closes<3d", "closes>30d", "closes>2026-08-01", "or2", "board -road",
)  # fmt: skip


@pytest.fixture
def filled(stored: Database) -> Database:
    with stored.write() as session:
        _fill(session)
    return stored


@pytest.fixture
def searched(session: Session) -> Session:
    """The rows in each of the two databases in turn."""
    _fill(session)
    return session


def _fill(session: Session) -> None:
    for row in ROWS:
        add_release(session, add_tender(session, **row))
    session.flush()


def found(session: Session, text: str) -> set[str]:
    sources = {"board": "The board's own page"}
    types = [str(row.get("type", "")) for row in ROWS]
    known = searching.Known(session, program_aliases(), lambda: types, lambda: sources, NOW)
    condition = searching.condition(parse(text, program_aliases()), known)
    return set(session.exec(select(col(Tender.number)).where(condition)).all())


def alerted(session: Session, text: str) -> set[str]:
    query = parse(text, program_aliases())
    pairs = [(entry, telling.news(entry, tender, None)) for tender, entry in _last(session)]
    return {news.number or "" for _entry, news in pairs if query.holds(Reading(news, now=NOW))}


def _last(session: Session) -> list[tuple[Tender, object]]:
    tenders = session.exec(select(Tender)).all()
    return [(tender, add_release(session, tender)) for tender in tenders]


@pytest.mark.parametrize("text", SEARCHES)
def test_the_list_finds_what_an_alert_finds(searched: Session, text: str) -> None:
    assert alerted(searched, text) <= found(searched, text)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("construction", {"053-2026"}),
        ("hand OR road", {"051-2026", "053-2026"}),
        ("-road -hand -work -occupational", {"052-2026"}),
        ("status:cancelled", {"053-2026"}),
        ("program:OR2", {"054-2026"}),
        ("closes<3d", {"054-2026"}),
        ("type:RFP", {"048-2026", "051-2026", "053-2026", "054-2026", "052-2026"}),
        ("nothing-like-it", set()),
        ("100%", set()),
        ("-(road OR hand OR occupational) -conditioning", {"052-2026"}),
        ("-(-hand)", {"051-2026"}),
        ("-(roa OR han)", {row["number"] for row in ROWS}),
        ('"work conditioning" OR title:hand', {"051-2026", "054-2026"}),
        ('"hand application"', {"051-2026"}),
        ('"application hand"', set()),
        ("(hand closes<10d) OR (road closes>30d)", {"051-2026", "053-2026"}),
        ("2026 hand", {"051-2026"}),
        ("202 hand", set()),
    ],
)
def test_a_search_leaves_out_what_it_should(searched: Session, text: str, numbers: set[str]) -> None:
    assert found(searched, text) == numbers


WORDS = st.sampled_from(["therapy", "thérapies", "réadaptation", "clinic", "cliniques", "médicaux", "x%", "a_b", "bureaux", "\\"])


@given(st.lists(WORDS, min_size=1, max_size=4), st.data())
@settings(max_examples=60)
def test_no_word_of_a_title_is_lost_between_the_two(words: list[str], data: st.DataObject) -> None:
    wanted = data.draw(st.sampled_from(words))
    title = " ".join(words)
    pattern = searching.pattern(searching.stems(wanted)) if searching.stems(wanted) else "%"
    assert _like(pattern, title), (pattern, title)


def _like(pattern: str, text: str) -> bool:
    """SQL's LIKE without regard to case, `_` for one character, `%` for any."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(_like(pattern[1:], text[at:]) for at in range(len(text) + 1))
    if pattern[0] == "\\":
        return text[:1].casefold() == pattern[1] and _like(pattern[2:], text[1:])
    return bool(text) and pattern[0] in {"_", text[0].casefold()} and _like(pattern[1:], text[1:])


SPELT = (
    "therapy", "thérapies", "Réadaptation", "clinique", "clinics", "médicaux", "medical", "bureaux", "baux", "bail", "œuvre", "Straße",
    "l’équipement", "l'eau", "driver's", "planning", "plans", "x%", "a_b", "or2", "ﬁlm", "048-2026", "2026", "road", "roads", "boards",
)  # fmt: skip


@pytest.fixture
def both(sqlite_empty: Path, tmp_path: Path, postgres_own: str) -> Iterator[list[Database]]:
    """The same rows in SQLite and in PostgreSQL, every word with two others."""
    (tmp_path / "test.db").write_bytes(sqlite_empty.read_bytes())
    databases = [Database(f"sqlite:///{tmp_path / 'test.db'}"), Database(postgres_own)]
    for database in databases:
        with database.write() as session:
            for place, word in enumerate(SPELT):
                other, third = SPELT[place - 1], SPELT[place - 7]
                add_tender(session, number=f"n{place}", title=f"{word} {other}", buyer=third, description=None, type=word)
    yield databases
    for database in databases:
        database.close()


def test_both_databases_find_the_same_and_no_less_than_an_alert(both: list[Database]) -> None:
    words = st.sampled_from(SPELT).map(lambda word: word.replace('"', ""))
    phrases = st.lists(words, min_size=2, max_size=2).map(lambda pair: f'"{" ".join(pair)}"')
    parts = st.one_of(words, phrases, words.map("title:{}".format), words.map("buyer:{}".format), words.map("-{}".format))
    texts = st.recursive(
        parts,
        lambda part: st.tuples(part, st.sampled_from([" ", " OR "]), part).map(lambda three: f"({''.join(three)})"),
        max_leaves=4,
    )

    @given(texts)
    @settings(max_examples=100)
    def agree(text: str) -> None:
        with both[0].read() as first, both[1].read() as second:
            tenders = first.exec(select(Tender)).all()
            wanted = parse(text, program_aliases())
            news = [
                telling.news(Release(release_id="", ocid="", tender_id=0, tag="tender", date=NOW, source=""), one, None)
                for one in tenders
            ]
            alerts = {one.number for one in news if wanted.holds(Reading(one, now=NOW))}
            listed = [found(session, text) for session in (first, second)]
        assert listed[0] == listed[1]
        assert alerts <= listed[0]

    agree()


def test_a_search_that_can_not_be_read_says_where(web: TestClient, filled: Database) -> None:
    answer = web.get('/tenders?text="hand', headers=HTML)
    assert answer.status_code == 422
    assert "never closed (column 1)" in answer.text
    assert web.get('/tenders/export/csv?text="hand', headers=HTML).status_code == 422


def test_the_whole_choice_can_be_saved_as_an_alert(web: TestClient, filled: Database) -> None:
    page = web.get("/tenders?text=hand&status=open&within=14&program=or2", headers=HTML).text
    assert "/subscribe?query=hand+program%3A%22or2%22+status%3A%22open%22+closes%3C14d" in page


def test_each_filter_says_how_many_it_would_leave(web: TestClient, filled: Database) -> None:
    assert 'href="/tenders?counts=yes"' in web.get("/tenders", headers=HTML).text
    page = web.get("/tenders?counts=yes", headers=HTML).text
    assert "Open (4)" in page
    assert "Cancelled (1)" in page
    assert "board (4)" in page


def test_the_weeks_of_closing_stand_in_a_picture_and_in_a_table(web: TestClient, filled: Database) -> None:
    page = web.get("/tenders?status=all&counts=yes", headers=HTML).text
    assert page.count("<rect") == 10
    assert "6 Jul 2026" in page


def test_a_tender_shows_its_line_of_time_and_what_we_decided(web: TestClient, filled: Database) -> None:
    page = web.get("/tenders/ocds-test-048-2026", headers=HTML).text
    assert 'class="closes"' in page
    assert "Take it up" in page
    assert "number%3A%22048-2026%22" in page
    web.post("/tenders/ocds-test-048-2026/pursue")
    assert "In our pipeline: watching" in web.get("/tenders/ocds-test-048-2026").text


def test_times_are_counted_by_the_week_at_home() -> None:

    sunday_late = datetime(2026, 7, 13, 6, 30, tzinfo=UTC)  # Sunday 23:30 in Vancouver
    bars = charts.weeks([sunday_late, NOW, NOW + timedelta(days=365)], now=NOW)
    assert [bar.count for bar in bars[:2]] == [2, 0]
    assert charts.line([]) == []
