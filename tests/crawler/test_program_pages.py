"""A program page's resources, banner and contacts are read whole, and each change of one of them is news of the program."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, SQLModel, select

from contracts.vocabulary import Change, Health, ReleaseTag
from crawler import counting, store
from crawler.changes import changes
from crawler.filters import Filters
from crawler.items import LayoutChanged, Look, Page, Part, Posting, Refused
from crawler.models import Tender
from crawler.sources import SourceConfig
from crawler.spiders import read
from tests.crawler.reading import sample

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ADDRESS = "https://portal.example/program"
SOURCE = SourceConfig(
    name="program-example", platform="program-page", address=ADDRESS, permission="ours", programs=("customized-recovery",)
)
WHOLE = sample("programs/page.html").body.decode()
AT = "https://portal.example/docs"


def page(text: str = WHOLE) -> Page:
    return Page(text.encode(), url=ADDRESS, media_type="text/html")


def posting(text: str = WHOLE) -> Posting:
    return read(page(text), SOURCE).postings[0]


def look(text: str = WHOLE) -> Look:
    return Look(SOURCE.name, NOW, postings=(posting(text),), rows=1)


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    SQLModel.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        yield session
    engine.dispose()


def test_resources_banner_and_contacts_are_read_and_the_sites_own_links_and_notices_are_not() -> None:
    found = posting()
    assert (found.title, found.url, found.closes) == ("Example recovery program", ADDRESS, None)
    assert found.parts == (
        Part("resource", "Initial report template", "1 May 2023, DOCX, 41 KB", f"{AT}/initial-report.docx?v=1"),
        Part("resource", "Discharge report template", "2 June 2023", f"{AT}/discharge-report.docx"),
        Part("resource", "Reference manual", "PDF, 1.2 MB", f"{AT}/manual.pdf"),
        Part("resource", "Bulletin 7: new wording", "May 2023", f"{AT}/bulletin-7.pdf"),
        Part("banner", "", "From 1 November 2024 the Example Return Program replaces this program in most regions."),
        Part("contact", "Your existing contract", "Procurement Desk"),
        Part("contact", "Invoicing or billing", "Payment Desk 604.555.0142"),
    )
    assert Posting.load(found.dump()) == found


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (
            '<li><a href="/docs/bulletin-7',
            '<li><a href="/docs/bulletin-8.pdf">Bulletin 8</a> June 2024</li><li><a href="/docs/bulletin-7',
            Change("resource: Bulletin 8", None, f"June 2024, {AT}/bulletin-8.pdf"),
        ),
        (
            '<li>2 June 2023: <a href="/docs/discharge-report.docx">Discharge report\n template</a></li>',
            "",
            Change("resource: Discharge report template", f"2 June 2023, {AT}/discharge-report.docx", None),
        ),
        (
            "docs/manual.pdf",
            "docs/manual-2.pdf",
            Change("resource: Reference manual", f"PDF, 1.2 MB, {AT}/manual.pdf", f"PDF, 1.2 MB, {AT}/manual-2.pdf"),
        ),
        (
            ">Reference manual<",
            ">Program manual<",
            Change(
                "resource: Program manual",
                f"Reference manual, PDF, 1.2 MB, {AT}/manual.pdf",
                f"Program manual, PDF, 1.2 MB, {AT}/manual.pdf",
            ),
        ),
        (
            "in most regions",
            "everywhere",
            Change(
                "banner",
                "From 1 November 2024 the Example Return Program replaces this program in most regions.",
                "From 1 November 2024 the Example Return Program replaces this program everywhere.",
            ),
        ),
        (
            '<div class="page-banner">',
            "<div>",
            Change("banner", "From 1 November 2024 the Example Return Program replaces this program in most regions.", None),
        ),
        ("Procurement Desk", "Contract Desk", Change("contact: Your existing contract", "Procurement Desk", "Contract Desk")),
    ],
)
def test_each_changed_part_is_one_change_from_old_to_new(session: Session, old: str, new: str, change: Change) -> None:
    assert old in WHOLE
    assert store.save(session, SOURCE, look(), now=NOW).news == ()
    (release,) = store.save(session, SOURCE, look(WHOLE.replace(old, new)), now=NOW + timedelta(days=1)).news
    assert release.tag is ReleaseTag.PROGRAM_UPDATE
    assert [Change(**one) for one in release.changes] == [change]
    assert store.save(session, SOURCE, look(WHOLE.replace(old, new)), now=NOW + timedelta(days=2)).news == ()


def test_a_program_page_is_no_tender_and_news_for_the_lines_it_took_over(session: Session) -> None:
    store.save(session, SOURCE, look(), now=NOW)
    kept = session.exec(select(Tender)).one()
    assert (kept.ocid, kept.is_program) == ("program-example", True)
    assert {"customized-recovery", "or2"} <= set(kept.programs)
    assert store.releases(session) == []
    assert counting.count(session, Filters(), now=NOW) == 0
    assert [entry.release.tag for entry in store.history(session, kept.ocid)] == [ReleaseTag.PROGRAM_UPDATE]


def test_a_page_renamed_is_an_update_of_the_program_and_never_of_a_tender(session: Session) -> None:
    store.save(session, SOURCE, look(), now=NOW)
    renamed = WHOLE.replace("<h1>Example", "<h1>Another")
    (release,) = store.save(session, SOURCE, look(renamed), now=NOW + timedelta(days=1)).news
    assert (release.tag, release.changes[0]["field"]) == (ReleaseTag.PROGRAM_UPDATE, "title")


@given(st.randoms(use_true_random=False), st.sampled_from([" ", "\n\t", "\u00a0"]), st.integers(2, 99))
def test_order_spacing_and_cache_busters_are_no_change(random: Random, space: str, version: int) -> None:
    items = [line for line in WHOLE.split("\n") if line.startswith("<li><a")]
    shuffled = random.sample(items, len(items))
    text = WHOLE
    for item in items:
        text = text.replace(item, "", 1)
    text = text.replace("<h3>Manuals", "<ul>" + "\n".join(shuffled) + "</ul><h3>Manuals").replace("?v=1", f"?v={version}")
    text = text.replace("Procurement Desk", f"Procurement{space}{space}Desk")
    assert changes(posting(), posting(text)) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (WHOLE.replace(">Resources<", ">Files<"), "no resources"),
        (WHOLE.replace("<th>Contact</th>", "<th>Desk</th>"), "no contacts"),
        ("<html><head><title>Start</title></head><body><h1>Welcome</h1></body></html>", 'called "Start"'),
        (WHOLE[:-200], "breaks off"),
    ],
)
def test_a_page_without_its_parts_is_another_layout_and_changes_nothing(text: str, sentence: str) -> None:
    with pytest.raises(LayoutChanged, match=sentence):
        posting(text)


def test_a_check_for_people_is_a_refusal() -> None:
    with pytest.raises(Refused):
        posting("<html><head><title>Just a moment...</title></head><body></body></html>")


def test_a_page_that_never_had_a_contact_table_is_read_when_its_source_says_so() -> None:
    source = SOURCE.model_copy(update={"options": {"parts": ["resources"]}})
    (found,) = read(page(WHOLE.replace("<th>Contact</th>", "<th>Desk</th>")), source).postings
    assert {part.kind for part in found.parts} == {"resource", "banner"}


def test_a_page_made_over_is_held_back(session: Session) -> None:
    many = "".join(f'<li><a href="/docs/old-{n}.pdf">Form {n}</a></li>' for n in range(20))
    before = WHOLE.replace("<h3>Manuals", f"<ul>{many}</ul><h3>Manuals")
    store.save(session, SOURCE, look(before), now=NOW)
    saved = store.save(session, SOURCE, look(before.replace("/docs/old-", "/files/")), now=NOW + timedelta(days=1))
    assert (saved.news, saved.health) == ((), Health.QUARANTINED)
