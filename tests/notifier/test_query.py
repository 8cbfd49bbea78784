"""The saved-search language: what each form finds, and where a mistake is pointed at."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import TenderStatus
from notifier.query import QueryError, Reading, parse
from notifier.words import beginnings, stem
from tests.notifier.factories import NOW, news

LINES = {"or2": ("Occupational Rehabilitation 2", "OR2"), "crrtw": ("Customized Recovery and Return-to-Work", "CRRTW")}


@pytest.mark.parametrize(
    ("query", "posting"),
    [
        ("", news()),
        ("rehabilitation occupational", news()),
        ("clinic", news(title="Services de cliniques")),
        ("clinique", news(title="Medical clinics")),
        ("readaptation", news(title="Réadaptation au travail")),
        ("équipements", news(title="Achat d'equipement médical")),
        ("médical", news(title="Services médicaux")),
        ("therapies", news(title="Physical therapy")),
        ("thérapie", news(title="Therapies")),
        ("invoicing", news(title="Invoices and billing")),
        ('"rehabilitation services"', news()),
        ("« rehabilitation services »", news()),
        ("“rehabilitation services”", news()),
        ("physio OR rehabilitation", news()),
        ("physio OU rehabilitation", news()),
        ("occupational AND rehabilitation", news()),
        ("(physio OR occupational) services", news()),
        ("rehabilitation -construction", news()),
        ("-(roads OR bridges)", news()),
        ("048-2026", news()),
        ("number:048-2026", news(number="RFP #048-2026")),
        ("number:#048-2026", news()),
        ("program:OR2", news()),
        ('program:"occupational rehabilitation 2"', news()),
        ("program:or-2", news()),
        ('buyer:"interior health"', news()),
        ("status:open", news()),
        ("Status:OPEN", news()),
        ("type:RFP", news()),
        ("type:rfp", news(type="RFP")),
        ("type:NRFP", news(type="NRFP")),
        ("source:harbour", news()),
        ('source:"harbour city"', news()),
        ("title:occupational", news()),
        ("closes<14d", news()),
        ("closes<=2w", news()),
        ("closes>48h", news()),
        ("closes<2026-12-04", news()),
        ("closes:2026-12-03", news()),
        ("closes>=2026-12-03", news()),
        ("clinic's", news(title="The clinics of the north")),
        ("l'hôpital", news(title="Hôpital de jour")),
    ],
)
def test_finds(query, posting):
    assert parse(query, LINES).matches(posting)


@pytest.mark.parametrize(
    ("query", "posting"),
    [
        ("construction", news()),
        ("rehabilitation construction", news()),
        ('"services rehabilitation"', news()),
        ('"services interior"', news()),  # a phrase does not run from the title into the buyer
        ("rehabilitation -occupational", news()),
        ("physio OR construction", news()),
        ("number:48-2026", news()),
        ("program:OR1", news()),
        ('buyer:"island health"', news()),
        ("buyer:rehabilitation", news()),
        ("title:interior", news()),
        ("status:closed", news()),
        ("type:RFI", news()),
        ("type:RFP", news(type=None)),
        ("source:island", news()),
        ("closes<3d", news()),
        ("closes<14d", news(closes_at=None)),
        ("closes<14d", news(closes_at=NOW - timedelta(days=1))),
        ("closes>14d", news()),
        ("closes<2026-12-03", news()),
    ],
)
def test_leaves_out(query, posting):
    assert not parse(query, LINES).matches(posting)


def test_a_program_is_followed_under_the_names_of_its_line():
    known_by_key_only = news(programs=("crrtw",), program_names=())
    assert parse('program:"customized recovery and return to work"', LINES).matches(known_by_key_only)
    assert not parse('program:"customized recovery and return to work"').matches(known_by_key_only)


def test_a_day_is_a_day_where_the_tender_closes():
    late_evening_in_vancouver = news(closes_at=datetime(2026, 12, 4, 6, 0, tzinfo=UTC))
    assert parse("closes:2026-12-03").matches(late_evening_in_vancouver)
    assert parse("closes:2026-12-04").matches(news(closes_at=datetime(2026, 12, 4, 6, 0, tzinfo=UTC), zone=None))


def test_a_span_counts_from_the_moment_asked():
    query = parse("closes<3d")
    assert not query.matches(news())
    assert query.matches(news(), now=NOW + timedelta(days=11))


@pytest.mark.parametrize(
    ("query", "column", "says"),
    [
        ('physio "work', 8, "never closed"),
        ("(physio", 1, "never closed"),
        ("physio)", 7, "never opened"),
        ("physio OR", 8, "missing"),
        ("OR physio", 1, "missing"),
        ("()", 2, "missing"),
        ("colour:red", 1, "no field"),
        ("physio status:maybe", 15, "status is one of"),
        ("closes<soon", 8, "closing limit"),
        ("closes:14d", 8, "closing limit"),
        ("closes<2026-02-30", 8, "closing limit"),
        ("buyer:", 1, "needs a value"),
        ("buyer<health", 1, "only closes"),
        ("a &", 3, "no word"),
        ("»", 1, "does not fit"),
        ("x" * 501, 501, "at most 500"),
        ("(" * 30 + "x" + ")" * 30, 21, "deep"),
    ],
)
def test_a_mistake_is_pointed_at(query, column, says):
    with pytest.raises(QueryError, match=says) as caught:
        parse(query)
    assert caught.value.column == column


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_place_in_it(text):
    column = 1
    try:
        parse(text).matches(news())
    except QueryError as error:
        column = error.column
    assert 1 <= column <= len(text) + 1


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=15))
def test_a_stem_is_never_empty_nor_longer(word):
    assert 1 <= len(stem(word)) <= len(word)


@given(st.from_regex(r"[a-z]{1,9}(s|x|e|es|ie|ies|aux|eaux|al|y|ic|ique|iques|ing|ed|ning)?", fullmatch=True))
def test_a_word_begins_with_one_of_the_beginnings_of_its_stem(word):
    assert word.startswith(beginnings(stem(word)))


words = st.sampled_from(
    ["rehab", "clinic", "services", "roads", "interior", '"rehab clinic"', "status:open", "type:RFP", "source:harbour"]
)
queries = st.recursive(
    words,
    lambda inner: st.one_of(
        inner.map(lambda part: f"-({part})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' '.join(parts)})"),
    ),
    max_leaves=6,
)
postings = st.builds(
    news,
    title=st.lists(st.sampled_from(["rehab", "clinic", "service", "road"]), max_size=4).map(" ".join),
    buyer=st.sampled_from([None, "Interior Health"]),
    status=st.sampled_from([TenderStatus.OPEN, TenderStatus.CLOSED]),
    type=st.sampled_from([None, "RFP", "RFI"]),
)


@given(queries, postings)
def test_not_is_the_opposite(query, posting):
    assert parse(query).matches(posting) != parse(f"-({query})").matches(posting)


@given(queries, postings)
def test_the_index_may_trust_the_paths_of_a_search(query, posting):
    search = parse(query)
    paths = search.paths()
    on_a_path = any(way <= Reading(posting).keys for way in paths.ways)
    assert on_a_path or not search.matches(posting)
    assert search.matches(posting) or not (on_a_path and paths.exact)
