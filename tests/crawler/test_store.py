"""What is stored of a look, and what of it is news: everything that happened on the portal, once, and nothing else."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, SQLModel, select

from api.database import Database
from contracts.vocabulary import Health, ReleaseTag, TenderStatus
from crawler import counting, reading, store
from crawler.filters import Filters, named
from crawler.items import CapturedPage, Look, Posting
from crawler.models import Capture, Sighting, Tender
from crawler.sorting import Sort
from crawler.sources import SourceConfig

T0 = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PORTAL = SourceConfig(
    name="portal", platform="feed", address="https://portal.example", permission="ours", every=HOUR, zone="America/Vancouver"
)
OTHER = PORTAL.model_copy(update={"name": "other"})


def posting(nth: int = 1, /, **values: Any) -> Posting:
    """One open posting, told apart by its number."""
    said = {
        "id": f"id-{nth}",
        "number": f"{nth:03}-2026",
        "title": f"Services of kind {nth}",
        "status": TenderStatus.OPEN,
        "buyer": "A board",
        "closes": T0 + timedelta(days=30),
        "closes_text": "in a month",
        "published": T0 - timedelta(days=1),
    }
    return Posting(**{**said, **values})


def look(*postings: Posting, at: datetime = T0, source: str = "portal", **values: Any) -> Look:
    page = CapturedPage(url="https://portal.example", taken_at=at, status=200, media_type="text/html", sha256="0" * 64, size=10)
    return Look(**{"source": source, "at": at, "postings": postings, "rows": len(postings), "pages": (page,), **values})


def tenders(session: Session, *, sort: Sort = "changed", limit: int = 50, offset: int = 0, **filters: Any) -> list[Tender]:
    return reading.whole(session, Filters(**filters), now=T0, sort=sort, limit=limit, offset=offset)


@pytest.fixture
def session() -> Iterator[Session]:
    """A database in memory; `both` is for what the two kinds of database might do differently."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    SQLModel.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        yield session
    engine.dispose()


@pytest.fixture
def both(database: Database) -> Iterator[Session]:
    with Session(database.engine, expire_on_commit=False) as session:
        yield session


class Watch:
    """A source looked at again and again, an hour apart."""

    def __init__(self, session: Session, config: SourceConfig = PORTAL, now: datetime = T0) -> None:
        self.session, self.config, self.now = session, config, now

    def sees(self, *postings: Posting, **values: Any) -> store.Saved:
        self.now += HOUR
        saved = store.save(
            self.session, self.config, look(*postings, at=self.now, source=self.config.name, **values), now=self.now
        )
        self.session.flush()
        return saved


def many(count: int = 20, first: int = 1, **values: Any) -> list[Posting]:
    return [posting(number, **values) for number in range(first, first + count)]


def told(saved: store.Saved) -> list[tuple[ReleaseTag, list[str]]]:
    return [(release.tag, [change["field"] for change in release.changes]) for release in saved.news]


def test_the_first_look_is_recorded_and_told_to_nobody(session: Session) -> None:
    saved = Watch(session).sees(posting(1), posting(2))
    assert (saved.new, saved.changed, saved.unchanged, saved.health) == (2, 0, 0, Health.HEALTHY)
    assert [release.tag for release in saved.releases] == [ReleaseTag.TENDER] * 2
    assert saved.news == saved.events == ()


def test_a_notice_is_news_from_the_first_and_nobodys_baseline(session: Session) -> None:
    watch = Watch(session)
    assert told(watch.sees(posting(1), announces=True)) == [(ReleaseTag.TENDER, [])]
    assert told(watch.sees(posting(1), announces=True)) == []
    page = watch.sees(posting(1), posting(2), posting(3))
    assert (page.new, told(page)) == (2, [])
    saved = watch.sees(posting(4), announces=True)
    assert (told(saved), saved.missing) == ([(ReleaseTag.TENDER, [])], ())
    assert told(watch.sees(posting(5, closes=T0 - timedelta(days=1)), announces=True)) == []


def test_a_new_posting_is_told_once_with_its_evidence(session: Session) -> None:
    watch = Watch(session)
    watch.sees(posting(1))
    saved = watch.sees(posting(1), posting(2))
    assert told(saved) == [(ReleaseTag.TENDER, [])]
    entry = store.history(session, saved.news[0].ocid)[0]
    assert entry.capture is not None
    assert entry.capture.taken_at == watch.now
    assert told(watch.sees(posting(1), posting(2))) == []


def test_a_moved_deadline_is_told_once_with_old_and_new(both: Session) -> None:
    watch = Watch(both)
    watch.sees(posting(1), posting(2))
    moved = posting(1, closes=T0 + timedelta(days=37))
    saved = watch.sees(moved, posting(2))
    assert told(saved) == [(ReleaseTag.TENDER_AMENDMENT, ["closes"])]
    assert saved.news[0].changes == [
        {"field": "closes", "old": (T0 + timedelta(days=30)).isoformat(), "new": (T0 + timedelta(days=37)).isoformat()}
    ]
    assert store.tender(both, saved.news[0].ocid).closes_at == T0 + timedelta(days=37)  # type: ignore[union-attr]
    assert told(watch.sees(moved, posting(2))) == []


def test_a_posting_first_seen_after_its_closing_is_recorded_without_news(session: Session) -> None:
    watch = Watch(session)
    watch.sees(posting(1))
    saved = watch.sees(posting(1), posting(2, closes=T0 - HOUR), posting(3, status=TenderStatus.AWARDED))
    assert saved.new == 2
    assert saved.news == ()
    assert told(watch.sees(posting(1), posting(2, closes=T0 + timedelta(days=9)), posting(3, status=TenderStatus.AWARDED))) == [
        (ReleaseTag.TENDER_AMENDMENT, ["closes"])
    ]


def test_a_status_that_only_follows_the_clock_is_no_news_and_a_cancellation_is(session: Session) -> None:
    watch = Watch(session)
    soon = T0 + 2 * HOUR
    watch.sees(posting(1, closes=soon), posting(2))
    watch.now = soon
    saved = watch.sees(posting(1, closes=soon, status=TenderStatus.CLOSED), posting(2, status=TenderStatus.CANCELLED))
    assert told(saved) == [(ReleaseTag.TENDER_CANCELLATION, ["status"])]
    assert len(saved.releases) == 2


def test_absence_is_a_state_of_the_sighting_and_never_news(session: Session) -> None:
    watch = Watch(session)
    watch.sees(*many(5))
    gone = watch.sees(*many(4))
    assert (told(gone), gone.health, [s.native_id for s in gone.missing]) == ([], Health.HEALTHY, ["id-5"])
    assert session.exec(select(Tender).where(Tender.number == "005-2026")).one().status is TenderStatus.OPEN
    back = watch.sees(*many(5))
    assert (told(back), [s.native_id for s in back.returned]) == ([], ["id-5"])
    assert watch.sees(*many(5)).returned == ()


def test_a_look_in_trouble_changes_health_alone_and_is_told_once(session: Session) -> None:
    watch = Watch(session)
    watch.sees(*many(3))
    first = watch.sees(trouble=(Health.REFUSED, "a captcha"), rows=0)
    again = watch.sees(trouble=(Health.REFUSED, "a captcha"), rows=0)
    back = watch.sees(*many(3))
    assert [(e.old, e.new, e.reason) for e in first.events] == [(Health.HEALTHY, Health.REFUSED, "a captcha")]
    assert again.events == ()
    assert [(e.old, e.new) for e in back.events] == [(Health.REFUSED, Health.HEALTHY)]
    assert first.releases == again.releases == back.releases == ()
    assert len(store.events(session, "portal")) == 2


def test_trouble_puts_the_next_look_off_ever_longer_and_no_longer_than_the_rhythm(session: Session) -> None:
    watch = Watch(session)
    waits = []
    for _ in range(8):
        watch.sees(trouble=(Health.UNREACHABLE, "no answer"), rows=0)
        waits.append(store.sources(session)[0].next_look_at - watch.now)  # type: ignore[operator]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=1)
    assert waits[-1] == HOUR
    watch.sees(trouble=(Health.UNREACHABLE, "busy"), rows=0, retry_after=7200.0)
    assert store.sources(session)[0].next_look_at == watch.now + 2 * HOUR


def test_a_304_touches_only_when_it_was_looked_at(session: Session) -> None:
    watch = Watch(session)
    watch.sees(*many(3))
    saved = watch.sees(unchanged=True, pages=(), rows=0)
    state = store.sources(session)[0]
    assert (state.last_looked_at, state.last_good_at, state.volume) == (watch.now, watch.now, [3])
    assert saved.releases == saved.events == saved.missing == ()
    assert len(session.exec(select(Capture)).all()) == 1


def test_a_listing_that_falls_to_a_tenth_is_held_back_and_its_news_told_once_when_it_recovers(both: Session) -> None:
    watch = Watch(both)
    watch.sees(*many(40))
    moved = posting(1, closes=T0 + timedelta(days=40))
    short = watch.sees(moved, posting(2), posting(90), *many(1, 3))
    assert told(short) == []
    assert short.missing == ()
    assert [e.new for e in short.events] == [Health.SHRUNK]
    assert [q.rows for q in store.quarantines(both)] == [4]
    whole = watch.sees(moved, *many(39, 2), posting(90))
    assert sorted(told(whole)) == [(ReleaseTag.TENDER, []), (ReleaseTag.TENDER_AMENDMENT, ["closes"])]
    assert [e.new for e in whole.events] == [Health.HEALTHY]
    assert store.quarantines(both) == []
    assert told(watch.sees(moved, *many(39, 2), posting(90))) == []


def test_a_listing_that_stays_small_is_believed_after_three_looks_and_its_news_told_once(session: Session) -> None:
    watch = Watch(session)
    watch.sees(*many(40))
    small = [posting(1, closes=T0 + timedelta(days=40)), *many(3, 2)]
    assert [told(watch.sees(*small)) for _ in range(2)] == [[], []]
    third = watch.sees(*small)
    assert told(third) == [(ReleaseTag.TENDER_AMENDMENT, ["closes"])]
    assert third.health is Health.HEALTHY
    assert len(third.missing) == 36
    assert told(watch.sees(*small)) == []


def test_a_listing_that_recovers_little_by_little_tells_each_thing_once(session: Session) -> None:
    watch = Watch(session)
    watch.sees(*many(40))
    news = [told(watch.sees(*many(count), posting(99))) for count in (4, 6, 12, 25, 40, 40)]
    assert [one for look in news for one in look] == [(ReleaseTag.TENDER, [])]
    assert store.sources(session)[0].health is Health.HEALTHY


def test_a_file_emptied_of_what_had_closed_is_believed_at_the_second_look(session: Session) -> None:
    watch = Watch(session)
    watch.sees(*many(40, closes=T0 + 2 * HOUR), *many(5, 100))
    watch.now = T0 + 3 * HOUR
    first, second = watch.sees(*many(5, 100), posting(200)), watch.sees(*many(5, 100), posting(200))
    assert (first.health, told(first)) == (Health.SHRUNK, [])
    assert (second.health, told(second), second.missing) == (Health.HEALTHY, [(ReleaseTag.TENDER, [])], ())


def test_an_empty_answer_is_never_believed_by_itself(session: Session) -> None:
    watch = Watch(session)
    watch.sees(*many(8))
    assert {watch.sees().health for _ in range(6)} == {Health.EMPTY}
    assert watch.sees(*many(8)).missing == ()


def test_a_page_that_says_there_are_none_is_believed_of_a_small_source(session: Session) -> None:
    watch = Watch(session)
    watch.sees(*many(2))
    saved = watch.sees(says_none=True)
    assert (saved.health, told(saved), len(saved.missing)) == (Health.HEALTHY, [], 2)


def test_changed_columns_are_held_back_and_reordered_ones_are_not(session: Session) -> None:
    watch = Watch(session)
    watch.sees(*many(8), columns=("Number", "Title"))
    assert watch.sees(*many(8), columns=("title", " Number")).health is Health.HEALTHY
    saved = watch.sees(*many(7), posting(9), columns=("Number", "Name"))
    assert (saved.health, told(saved)) == (Health.LAYOUT_CHANGED, [])
    assert "lost number, title" not in (saved.events[0].reason or "")
    assert "lost title; new name" in (saved.events[0].reason or "")


def test_rows_that_cannot_be_read_and_a_total_that_is_not_reached_are_held_back(session: Session) -> None:
    watch = Watch(session)
    watch.sees(*many(20))
    assert watch.sees(*many(12), rows=20).health is Health.LAYOUT_CHANGED
    assert watch.sees(*many(15), total=20).health is Health.SHRUNK
    assert watch.sees(*many(20), total=20).health is Health.HEALTHY


def test_a_flood_of_unknown_postings_is_held_back(session: Session) -> None:
    watch = Watch(session)
    watch.sees(*many(20))
    saved = watch.sees(*many(20), *many(60, 100))
    assert (saved.health, told(saved)) == (Health.QUARANTINED, [])


def test_everything_changing_at_once_is_held_back(session: Session) -> None:
    watch = Watch(session)
    watch.sees(*many(30))
    saved = watch.sees(*many(30, closes=T0 + timedelta(days=30, hours=1)))
    assert (saved.health, told(saved)) == (Health.QUARANTINED, [])
    assert watch.sees(*many(30)).health is Health.HEALTHY


def test_a_field_re_rendered_on_every_row_is_recorded_and_told_to_nobody_but_what_else_changed_is(session: Session) -> None:
    watch = Watch(session)
    watch.sees(*many(30))
    after = [posting(1, buyer="Board, A", closes=T0 + timedelta(days=33)), *many(29, 2, buyer="Board, A")]
    first, second, third = (watch.sees(*after) for _ in range(3))
    assert (told(first), told(second)) == ([], [])
    assert told(third) == [(ReleaseTag.TENDER_AMENDMENT, ["buyer", "closes"])]
    assert len(third.releases) == 30


def test_a_person_may_accept_what_was_held_back_and_its_news_is_told_once(both: Session) -> None:
    watch = Watch(both)
    watch.sees(*many(40))
    watch.sees(*many(4), posting(99))
    held = store.quarantines(both)[0]
    saved = store.accept(both, held.id or 0, PORTAL, by="operator", now=watch.now + timedelta(minutes=5))
    assert told(saved) == [(ReleaseTag.TENDER, [])]
    assert saved.releases[0].capture_id == held.capture_id
    assert [e.new for e in saved.events] == [Health.HEALTHY]
    assert (told(watch.sees(*many(4), posting(99))), store.sources(both)[0].health) == ([], Health.HEALTHY)
    with pytest.raises(store.NotHeld, match="no longer held back: it was accepted"):
        store.accept(both, held.id or 0, PORTAL, now=watch.now)
    with pytest.raises(store.NotHeld, match="no look numbered 999"):
        store.reject(both, 999, now=watch.now)


def test_what_a_person_rejected_is_never_believed_by_itself(session: Session) -> None:
    watch = Watch(session)
    watch.sees(*many(40))
    watch.sees(*many(4), posting(99))
    store.reject(session, store.quarantines(session)[0].id or 0, now=watch.now)
    assert {told(watch.sees(*many(4), posting(99))) == [] for _ in range(5)} == {True}
    assert watch.sees(unchanged=True, pages=(), rows=0).health is Health.SHRUNK
    assert store.quarantines(session) == []
    assert told(watch.sees(*many(40), posting(99))) == [(ReleaseTag.TENDER, [])]


def test_a_304_of_a_listing_held_back_counts_as_seeing_it_again(session: Session) -> None:
    watch = Watch(session)
    watch.sees(*many(40))
    watch.sees(*many(4), posting(99))
    second, third = (watch.sees(unchanged=True, pages=(), rows=0) for _ in range(2))
    assert (told(second), told(third), third.health) == ([], [(ReleaseTag.TENDER, [])], Health.HEALTHY)


def test_ids_that_change_their_form_are_the_same_tenders(both: Session) -> None:
    watch = Watch(both)
    before = watch.sees(*many(20)).releases
    renamed = [replace(p, id=f"uuid-{p.number}") for p in many(20)]
    renamed[0] = replace(renamed[0], closes=T0 + timedelta(days=33))
    saved = watch.sees(*renamed)
    assert told(saved) == [(ReleaseTag.TENDER_AMENDMENT, ["closes"])]
    assert saved.missing == ()
    assert saved.new == 0
    assert saved.news[0].ocid == before[0].ocid


def test_a_single_row_under_a_new_id_is_the_same_only_if_all_else_is(session: Session) -> None:
    watch = Watch(session)
    watch.sees(*many(10))
    assert told(watch.sees(*many(9), posting(10, id="new"))) == []
    again = posting(10, id="newer", closes=T0 + timedelta(days=60))
    assert told(watch.sees(*many(9), again)) == [(ReleaseTag.TENDER, [])]


def test_an_id_given_again_to_another_tender_is_another_tender(session: Session) -> None:
    watch = Watch(session)
    watch.sees(*many(10))
    watch.sees(*many(9), posting(10, id="new"))
    saved = watch.sees(*many(9), posting(10, id="new"), posting(77, id="id-10"))
    assert told(saved) == [(ReleaseTag.TENDER, [])]
    assert len(tenders(session)) == 11


def test_rows_of_one_id_and_different_numbers_are_different_tenders(session: Session) -> None:
    watch = Watch(session)
    watch.sees(posting(1), posting(2), posting(3))
    twin = posting(4, id="id-1")
    assert told(watch.sees(posting(1), posting(2), posting(3), twin)) == [(ReleaseTag.TENDER, [])]
    moved = replace(twin, closes=T0 + timedelta(days=31))
    assert told(watch.sees(moved, posting(3), posting(2), posting(1))) == [(ReleaseTag.TENDER_AMENDMENT, ["closes"])]
    assert told(watch.sees(posting(2), posting(3), moved)) == []
    assert told(watch.sees(posting(1), posting(2), posting(3), moved)) == []


def test_of_two_versions_of_one_row_the_later_counts_whatever_their_order(session: Session) -> None:
    watch = Watch(session)
    watch.sees(posting(1), posting(2))
    later = posting(1, closes=T0 + timedelta(days=35))
    assert told(watch.sees(posting(1), later, posting(2))) == [(ReleaseTag.TENDER_AMENDMENT, ["closes"])]
    assert told(watch.sees(later, posting(2), posting(1))) == []


def test_a_portal_that_answers_in_turns_is_heard_only_when_it_settles(session: Session) -> None:
    watch = Watch(session)
    a, b = posting(1), posting(1, closes=T0 + timedelta(days=31))
    watch.sees(a)
    turns = [told(watch.sees(p)) for p in (b, a, b, a, b, a)]
    assert [len(t) for t in turns] == [1, 1, 0, 0, 0, 0]
    assert [len(told(watch.sees(b))) for _ in range(5)] == [0, 0, 1, 0, 0]


def test_a_deadline_that_moves_back_days_later_is_told_each_time(session: Session) -> None:
    watch = Watch(session)
    a, b = posting(1), posting(1, closes=T0 + timedelta(days=31))
    watch.sees(a)
    for said in (b, a, b, a):
        watch.now += timedelta(days=2)
        assert told(watch.sees(said)) == [(ReleaseTag.TENDER_AMENDMENT, ["closes"])]


def test_the_same_posting_on_two_portals_is_one_tender_with_reasons(both: Session) -> None:
    watch, second = Watch(both), Watch(both, OTHER)
    watch.sees(posting(7))
    second.sees(posting(8))
    spelled = posting(7, id="bc007-2026", number="RFP #007-2026", title="Services of  kind 7", buyer="A BOARD")
    assert told(second.sees(posting(8), spelled)) == []
    found = tenders(both, also=(named(both, "007-2026"),))[0]
    shown = store.sightings(both, found.ocid)
    assert [s.source for s in shown] == ["portal", "other"]
    assert shown[1].reasons[0] == "number RFP #007-2026 is 007-2026"
    assert len(shown[1].reasons) == 4


@pytest.mark.parametrize(
    "weak",
    [
        {"number": "8-2026"},
        {"buyer": "Another city"},
        {"title": "Snow removal"},
        {"closes": T0 + timedelta(days=29)},
        {"closes": None},
    ],
)
def test_weak_evidence_joins_nothing(session: Session, weak: dict[str, Any]) -> None:
    watch, second = Watch(session), Watch(session, OTHER)
    watch.sees(posting(7))
    second.sees(posting(9))
    assert told(second.sees(posting(9), posting(7, **weak))) == [(ReleaseTag.TENDER, [])]


def test_two_tenders_joined_by_hand_are_one_under_either_ocid_with_both_histories(both: Session) -> None:
    watch, second = Watch(both), Watch(both, OTHER)
    watch.sees(posting(7))
    second.sees(posting(7, id="x", title="Work of a kind", description="Told here alone"))
    keep, other = sorted(tenders(both), key=lambda tender: tender.source, reverse=True)
    name = other.ocid
    (first,) = store.join(both, keep, other, by="somebody", now=T0)
    assert first == "joined by somebody on 2026-03-01"
    assert len(tenders(both)) == 1
    assert store.tender(both, name) is keep
    assert keep.description == "Told here alone"
    assert [s.reasons for s in store.sightings(both, keep.ocid)] == [[], [first]]
    assert {entry.release.ocid for entry in store.history(both, keep.ocid)} == {keep.ocid, name}
    moved = posting(7, id="x", title="Work of a kind", closes=T0 + timedelta(days=40))
    assert told(second.sees(moved)) == [(ReleaseTag.TENDER_AMENDMENT, ["closes"])]
    with pytest.raises(store.NotJoined, match="one tender already"):
        store.join(both, keep, keep, by="somebody", now=T0)


def test_joining_by_hand_records_what_speaks_for_it(session: Session) -> None:
    watch, second = Watch(session), Watch(session, OTHER)
    watch.sees(posting(7))
    second.sees(posting(7, id="x"))
    joined = tenders(session)[0]
    own = store.part(session, joined, OTHER, by="somebody", now=T0)
    assert "number 007-2026 is 007-2026" in store.join(session, joined, own, by="somebody", now=T0)


def test_what_one_source_shows_is_taken_apart_and_stays_so(both: Session) -> None:
    watch, second = Watch(both), Watch(both, OTHER)
    watch.sees(posting(7))
    second.sees(posting(7, id="x"))
    moved = posting(7, id="x", closes=T0 + timedelta(days=35))
    second.sees(moved)
    (joined,) = tenders(both)
    own = store.part(both, joined, OTHER, by="somebody", now=T0)
    assert [s.source for s in store.sightings(both, joined.ocid)] == ["portal"]
    (shown,) = store.sightings(both, own.ocid)
    assert (shown.source, shown.reasons) == ("other", ["taken apart by somebody on 2026-03-01"])
    assert [entry.release.tag for entry in store.history(both, own.ocid)] == [ReleaseTag.TENDER_AMENDMENT]
    assert own.closes_at == moved.closes
    assert told(second.sees(moved)) == []
    assert told(second.sees(replace(moved, title="Another title"))) == [(ReleaseTag.TENDER_UPDATE, ["title"])]
    assert store.tender(both, joined.ocid).title == "Services of kind 7"
    assert len(tenders(both)) == 2


def test_a_sighting_taken_apart_without_news_of_its_own_is_recorded(session: Session) -> None:
    watch, second = Watch(session), Watch(session, OTHER)
    watch.sees(posting(7))
    second.sees(posting(7, id="x"))
    own = store.part(session, tenders(session)[0], OTHER, by="somebody", now=T0)
    assert [(e.release.tag, e.release.news) for e in store.history(session, own.ocid)] == [(ReleaseTag.TENDER, False)]


def test_what_cannot_be_taken_apart_says_why(session: Session) -> None:
    watch, second = Watch(session), Watch(session, OTHER)
    watch.sees(posting(7), posting(8))
    second.sees(posting(7, id="x"))
    alone, shared = sorted(tenders(session), key=lambda tender: tender.number or "", reverse=True)
    for tender, source, sentence in (
        (alone, PORTAL, "portal alone shows it"),
        (alone, OTHER, "other does not show it; it is shown by portal"),
        (shared, PORTAL, "take the others away instead"),
    ):
        with pytest.raises(store.NotJoined, match=sentence):
            store.part(session, tender, source, by="somebody", now=T0)


def test_a_change_shown_by_two_portals_is_told_by_the_first_of_them(session: Session) -> None:
    watch, second = Watch(session), Watch(session, OTHER)
    watch.sees(posting(7))
    second.sees(posting(7, id="x"))
    moved = T0 + timedelta(days=35)
    assert told(second.sees(posting(7, id="x", closes=moved))) == [(ReleaseTag.TENDER_AMENDMENT, ["closes"])]
    assert told(watch.sees(posting(7, closes=moved))) == []
    assert len(store.history(session, tenders(session)[0].ocid)) == 2


def test_a_file_read_in_a_wrong_encoding_that_lost_letters_changes_nothing(session: Session) -> None:
    watch = Watch(session)
    titles = [f"The board’s service – phase {n}, for all of the region" for n in range(8)]
    watch.sees(*(posting(n, title=title) for n, title in enumerate(titles)))
    spoilt = [
        posting(n, title=title.encode().decode("gb2312", "replace").replace("\ufffd", "?")) for n, title in enumerate(titles)
    ]
    assert told(watch.sees(*spoilt)) == []
    assert len(tenders(session, text="board’s")) == 8
    assert told(watch.sees(*(posting(n, title=title) for n, title in enumerate(titles)))) == []


def test_a_window_of_the_newest_is_not_expected_to_keep_its_rows(session: Session) -> None:
    watch = Watch(session, PORTAL.model_copy(update={"window": True}))
    watch.sees(*many(30))
    saved = watch.sees(*many(3, 100))
    assert (saved.health, len(saved.news), saved.missing) == (Health.HEALTHY, 3, ())


def test_tenders_are_found_by_words_number_program_status_and_closing(both: Session) -> None:
    watch = Watch(both)
    watch.sees(
        posting(1, title="OR2 clinics"), posting(2, closes=T0 + timedelta(days=3)), posting(3, status=TenderStatus.PLANNED)
    )
    count = lambda **by: counting.count(both, Filters(**by), now=T0)  # noqa: E731
    assert count() == 3
    assert count(text="kind services") == 2
    assert count(text="100% kind") == 0
    assert [count(also=(named(both, said),)) for said in ("RFP #001-2026", "kind services", "004-2026")] == [1, 2, 0]
    assert count(program="or2") == 1
    assert count(statuses=(TenderStatus.PLANNED,)) == 1
    assert count(within=4) == 1
    assert count(source="portal") == 3
    assert count(source="other") == 0
    assert [tender.number for tender in tenders(both, limit=2)] == ["003-2026", "002-2026"]
    assert [tender.number for tender in tenders(both, limit=2, offset=2)] == ["001-2026"]
    assert [tender.number for tender in tenders(both, sort="closes")] == ["002-2026", "001-2026", "003-2026"]


def test_a_silent_source_is_late_once_even_if_nobody_looks_any_more(session: Session) -> None:
    watch = Watch(session)
    watch.sees(posting(1))
    configs = {"portal": PORTAL, "never": OTHER}
    assert store.late(session, configs, now=watch.now + 2 * HOUR) == []
    later = watch.now + 4 * HOUR
    assert store.late(session, configs, now=later) == ["portal"]
    assert [row.health for row in store.health(session, configs, now=later)] == [Health.LATE, Health.UNSEEN]
    assert [e.new for e in store.check_late(session, configs, now=later)] == [Health.LATE]
    assert store.check_late(session, configs, now=later + HOUR) == ()
    watch.now = later
    assert [e.new for e in watch.sees(posting(1)).events] == [Health.HEALTHY]
    assert store.due(session, configs, now=watch.now) == ["never"]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32), twice=st.lists(st.integers(1, 12), max_size=6), spaces=st.sampled_from([" ", "  ", "\n ", "\xa0"])
)
def test_any_order_repetition_and_spacing_of_a_listing_is_no_news(seed: int, twice: list[int], spaces: str) -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        watch = Watch(session)
        watch.sees(*many(12))
        noisy = [
            replace(p, title=f" <i>{p.title.replace(' ', spaces)}</i>", extra={"n": seed})
            for p in [*many(12), *map(posting, twice)]
        ]
        Random(seed).shuffle(noisy)
        saved = watch.sees(*noisy)
        assert (saved.releases, saved.events, saved.missing, saved.returned) == ((), (), (), ())
        assert session.exec(select(Sighting)).all()
    engine.dispose()
