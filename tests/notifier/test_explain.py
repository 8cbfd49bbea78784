"""Why a search found a posting: the posting's own words, and where they stand."""

import pytest
from hypothesis import given

from notifier import phrases
from notifier.explain import Reason, why
from notifier.query import parse
from tests.notifier.factories import news
from tests.notifier.test_query import postings, queries


@pytest.mark.parametrize(
    ("query", "reasons"),
    [
        ("", []),
        ("(unreadable", []),
        ("rehab", []),
        ("rehabilitation", [Reason("Rehabilitation", "title")]),
        ('"occupational rehabilitation"', [Reason("Occupational Rehabilitation", "title")]),
        ("services interior", [Reason("Services", "title"), Reason("Interior", "buyer")]),
        ("bridges OR health", [Reason("Health", "buyer")]),
        ("service -bridges", [Reason("Services", "title")]),
        ("program:or-2", [Reason("OR2", "program")]),
        ("type:RFP", [Reason("Request for Proposals", "type")]),
        ("source:harbour", [Reason("Harbour City bids", "source")]),
        ("closes<30d status:open", [Reason("", "closes"), Reason("open", "status")]),
    ],
)
def test_a_search_is_explained_by_the_postings_own_words(query: str, reasons: list[Reason]) -> None:
    assert why(query, news()) == reasons


def test_an_explanation_reads_in_both_languages() -> None:
    found = why("rehabilitation program:OR2", news())
    assert phrases.found(found, "en") == "found: Rehabilitation (title), OR2 (program)"
    assert phrases.found(found, "fr") == "trouvé : Rehabilitation (titre), OR2 (programme)"
    assert phrases.found([], "en") == ""


@given(queries, postings)
def test_what_matches_by_its_words_is_explained_and_nothing_breaks(query, posting):
    parse(query)
    assert len(why(query, posting)) <= 6
