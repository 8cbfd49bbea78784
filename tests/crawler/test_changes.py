"""What a portal changed is told field by field, and what only looks different is not told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import Change, ReleaseTag, TenderStatus
from crawler.changes import changes, expected, merged, tag
from crawler.items import PostedDocument, Posting

CLOSES = datetime(2026, 10, 7, 14, 0, tzinfo=timezone(timedelta(hours=-7)))
POSTING = Posting(
    id="1",
    number="048-2026",
    title="Occupational Rehabilitation services",
    status=TenderStatus.OPEN,
    buyer="A board",
    published=CLOSES - timedelta(days=30),
    closes=CLOSES,
    closes_text="October 7, 2026 2:00 PM",
    url="https://portal.example/tender?id=1",
    amendments=0,
    addenda=1,
    documents=2,
    type="RFP",
    description="Treatment of injured workers.",
    files=(PostedDocument("Part A", "https://portal.example/a.pdf"), PostedDocument("Part B", "https://portal.example/b.pdf")),
)

EDITS = {
    "number": "049-2026",
    "title": "Occupational Rehabilitation services, second call",
    "status": TenderStatus.CANCELLED,
    "buyer": "Another board",
    "published": CLOSES - timedelta(days=29),
    "closes": CLOSES + timedelta(days=7),
    "url": "https://portal.example/tender?id=2",
    "amendments": 1,
    "addenda": 2,
    "documents": 3,
    "type": "NRFP",
    "description": "Treatment of injured workers at two sites.",
    "supplier": "A clinic",
    "value": "120000 CAD",
    "rationale": "A second site.",
}


@given(st.dictionaries(st.sampled_from(sorted(EDITS)), st.just(None), min_size=0, max_size=4))
def test_each_edited_field_is_told_and_no_other(fields: dict[str, None]) -> None:
    new = replace(POSTING, **{name: EDITS[name] for name in fields})
    assert {change.field for change in changes(POSTING, new)} == set(fields)


def test_a_change_tells_old_and_new_in_plain_values() -> None:
    new = replace(POSTING, closes=CLOSES + timedelta(days=7), closes_text="October 14, 2026 2:00 PM")
    assert changes(POSTING, new) == [Change("closes", "2026-10-07T14:00:00-07:00", "2026-10-14T14:00:00-07:00")]


@pytest.mark.parametrize(
    "noise",
    [
        {"title": "  Occupational\n Rehabilitation&nbsp;<b>services</b> "},
        {"closes": CLOSES.astimezone(UTC), "closes_text": "2026-10-07 21:00 UTC"},
        {"url": "https://PORTAL.example/tender/?_=99&id=1"},
        {"files": POSTING.files[::-1]},
        {"files": ()},
        {"buyer": None, "addenda": None, "published": None, "description": None, "url": None},
        {"status": TenderStatus.UNKNOWN},
        {"closes": None, "closes_text": None},
        {"extra": {"row": 7}},
    ],
)
def test_noise_is_no_change(noise: dict[str, object]) -> None:
    assert changes(POSTING, replace(POSTING, **noise)) == []


def test_a_closing_that_can_no_longer_be_placed_is_told_once_it_reads_differently() -> None:
    new = replace(POSTING, closes=None, closes_text="to be announced")
    assert [(c.field, c.new) for c in changes(POSTING, new)] == [("closes", None)]
    assert merged(POSTING, new).closes is None


def test_without_an_instant_the_printed_words_count() -> None:
    old = replace(POSTING, closes=None, closes_text="2:00 PM, day to be announced")
    assert changes(old, replace(old, closes_text=" 2:00  PM, day to be announced")) == []
    assert [c.field for c in changes(old, replace(old, closes_text="3:00 PM, day to be announced"))] == ["closes_text"]


@pytest.mark.parametrize(
    "said",
    [
        "Respondents must resubmit their response in full.",
        "Bids received before this amendment are void; a new submission is required.",
        "Submissions must be submitted again by the new closing time.",
        "Les soumissionnaires doivent soumettre à nouveau leur offre.",
    ],
)
def test_an_amendment_that_asks_for_a_new_submission_says_so_once(said: str) -> None:
    new = replace(POSTING, amendments=3, rationale=said)
    found = changes(POSTING, new)
    assert Change("resubmission", None, "required") in found
    assert tag(found) is ReleaseTag.TENDER_AMENDMENT
    assert "resubmission" not in {c.field for c in changes(new, replace(new, rationale=f"{said} See part B."))}


def test_an_addendum_that_adds_information_asks_for_no_new_submission() -> None:
    found = changes(POSTING, replace(POSTING, addenda=5, description="Questions on how to submit are answered in part C."))
    assert tag(found) is ReleaseTag.TENDER_UPDATE
    assert "resubmission" not in {change.field for change in found}


def test_the_hour_of_a_day_that_was_known_is_not_forgotten_and_no_change() -> None:
    day = replace(
        POSTING, closes=CLOSES.replace(hour=23, minute=59, second=59), closes_precision="date", closes_text="2026-10-07"
    )
    assert changes(POSTING, day) == []
    assert merged(POSTING, day).closes == CLOSES
    assert [c.field for c in changes(day, POSTING)] == ["closes"]


def test_documents_added_taken_away_and_replaced_are_named() -> None:
    first, second = POSTING.files
    third = PostedDocument("Addendum 1", "https://portal.example/c.pdf")
    assert changes(POSTING, replace(POSTING, files=(second, first, third))) == [Change("files", [], ["Addendum 1"])]
    assert changes(POSTING, replace(POSTING, files=(second,))) == [Change("files", ["Part A"], [])]
    hashed = replace(POSTING, files=(replace(first, sha256="a"), second))
    assert changes(hashed, replace(hashed, files=(replace(first, sha256="b"), second))) == [
        Change("files", ["Part A"], ["Part A"])
    ]
    assert changes(POSTING, hashed) == []


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("closes", ReleaseTag.TENDER_AMENDMENT),
        ("amendments", ReleaseTag.TENDER_AMENDMENT),
        ("addenda", ReleaseTag.TENDER_UPDATE),
        ("documents", ReleaseTag.TENDER_UPDATE),
        ("title", ReleaseTag.TENDER_UPDATE),
        ("rationale", ReleaseTag.TENDER_AMENDMENT),
        ("supplier", ReleaseTag.AWARD),
        ("value", ReleaseTag.AWARD),
        ("status", ReleaseTag.TENDER_CANCELLATION),
    ],
)
def test_the_weightiest_change_names_the_news(field: str, kind: ReleaseTag) -> None:
    found = changes(POSTING, replace(POSTING, **{field: EDITS[field], "addenda": 2}))
    assert tag(found) is kind


def test_an_award_is_an_award_and_a_withdrawn_amendment_is_none() -> None:
    assert tag(changes(POSTING, replace(POSTING, status=TenderStatus.AWARDED))) is ReleaseTag.AWARD
    assert tag([Change("amendments", 2, 1)]) is ReleaseTag.TENDER_UPDATE


def test_closing_by_the_clock_is_expected_and_closing_early_is_not() -> None:
    closed = replace(POSTING, status=TenderStatus.CLOSED)
    found = changes(POSTING, closed)
    assert expected(found, closed, CLOSES)
    assert not expected(found, closed, CLOSES - timedelta(hours=1))
    assert not expected([*found, Change("addenda", 1, 2)], closed, CLOSES)


def test_what_a_later_look_leaves_out_stays_known() -> None:
    listed = replace(POSTING, description=None, files=(), addenda=None, status=TenderStatus.UNKNOWN, title="New title")
    known = merged(POSTING, listed)
    assert known == replace(POSTING, title="New title")


def test_of_two_decodings_the_right_one_is_kept() -> None:
    right = replace(POSTING, title="The board’s “plan”")
    wrong = replace(POSTING, title="The board’s “plan”".encode().decode("mac_roman"))
    assert changes(right, wrong) == changes(wrong, right) == []
    assert merged(right, wrong).title == merged(wrong, right).title == "The board’s “plan”"
