"""The index finds exactly what asking every search one by one finds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from api.database import Database
from contracts.vocabulary import Change, ReleaseTag
from notifier import searchindex
from notifier.matching import News, Searches
from notifier.query import parse
from notifier.searchindex import SearchIndex
from notifier.store import unsubscribe
from tests.notifier.factories import NOW, news, subscribed
from tests.notifier.test_query import postings, queries


@given(st.lists(queries, max_size=12), postings)
def test_the_index_agrees_with_asking_every_search(texts, posting):
    searches = list(enumerate(map(parse, texts)))
    index = SearchIndex(searches)
    assert index.matching(posting) == [identity for identity, query in searches if query.matches(posting)]


@given(st.lists(st.tuples(st.integers(0, 4), st.one_of(st.none(), queries)), max_size=15), postings)
def test_an_index_that_was_changed_is_as_good_as_a_new_one(steps, posting):
    index, current = SearchIndex(), {}
    for identity, text in steps:
        if text is None:
            index.remove(identity)
            current.pop(identity, None)
        else:
            index.add(identity, parse(text))
            current[identity] = parse(text)
    assert len(index) == len(current)
    assert index.matching(posting) == SearchIndex(current.items()).matching(posting)


def test_an_index_that_grew_change_by_change_finds_what_one_made_at_once_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searchindex, "FEW", 3)
    words = ["rehab", "rehab services", "bridges", "-bridges", '"occupational rehabilitation"', "program:OR2 OR roads", ""]
    grown, current = SearchIndex(), {}
    for step in range(120):
        identity = step * 7 % 41
        if step % 5 == 4:
            grown.remove(identity)
            current.pop(identity, None)
        else:
            current[identity] = parse(words[step % len(words)])
            grown.add(identity, current[identity])
        expected = [one for one, query in sorted(current.items()) if query.matches(news())]
        assert grown.matching(news()) == expected
    assert len(grown) == len(current)


def test_news_comes_back_from_json_as_it_went() -> None:
    value = news(tag=ReleaseTag.TENDER_AMENDMENT, changes=(Change("closes", "2026-12-01T22:00:00+00:00", None),), addenda=2)
    assert News.from_json(value.to_json() | {"of_a_later_version": 1}) == value


@pytest.fixture
def searches() -> Searches:
    return Searches({"or2": ("OR2",)})


def matching(database: Database, searches: Searches, posting: News) -> list[int]:
    with database.read() as session:
        return searches.matching(session, posting, now=NOW)


def test_the_kept_index_follows_what_others_commit(database: Database, searches: Searches) -> None:
    with database.write() as session:
        first = subscribed(session, "program:OR2").id
    assert matching(database, searches, news()) == [first]
    with database.write() as session:
        second = subscribed(session, "rehabilitation").id
        subscribed(session, "bridges")
    assert matching(database, searches, news()) == [first, second]
    with database.write() as session:
        unsubscribe(session, first, now=NOW)
    assert matching(database, searches, news()) == [second]


def test_what_was_rolled_back_is_not_remembered(database: Database, searches: Searches) -> None:
    with Session(database.engine.execution_options(bidkeeper_write=True)) as session:
        mine = subscribed(session, "rehabilitation").id
        assert searches.matching(session, news(), now=NOW) == [mine]
        session.rollback()
    with database.write() as session:
        subscribed(session, "bridges")
    assert matching(database, searches, news()) == []
