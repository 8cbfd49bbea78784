"""What holds for every reader, from an answer's bytes to the news of it: noise is no news, an edit is that edit, a cut is health."""

import json
import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from contracts.vocabulary import Health
from crawler import replay, spiders, store
from crawler.items import Look, Page, SourceError
from crawler.replay import TROUBLES
from crawler.sources import SourceConfig
from crawler.spiders import PLATFORMS
from tests.crawler.reading import sample, shipped, whole_rows

NOW = datetime(2026, 9, 15, 12, tzinfo=UTC)
Edit = tuple[str, str]
HTML_OPTIONS = {
    "rows": "table.bids tr",
    "fields": {"number": "td:nth-child(1)", "title": "td:nth-child(2)", "url": "td a::attr(href)", "closes": "td:nth-child(3)", "status": "./td[4]"},
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A sample of a platform: where its rows stand, and for some fields a text in it and another to put in its place.

    `rows` is a pattern of one row's text, or takes the decoded JSON to the list of its rows. An edit's key names the changed fields.
    """

    file: str
    rows: str | Callable[[Any], list[Any]]
    edits: dict[str, Edit]
    values: dict[str, Any] = field(default_factory=dict)

    def source(self, platform: str) -> SourceConfig:
        if platform == "csv-dataset":
            return shipped("toronto").model_copy(update={"name": "test"})
        return SourceConfig(name="test", platform=platform, enabled=False, **{"zone": "America/Vancouver", **self.values})


CASES = {
    "bids-and-tenders": Case(
        "bids-and-tenders/search.json",
        lambda found: found["data"],
        {
            "title": ("PW-7 - Gravel", "PW-7 - Gravel and sand"),
            "number": ("PW-7 - Gravel", "PW-8 - Gravel"),
            "closes": ("Thu Oct 8, 2026 2:00 PM", "Fri Oct 9, 2026 2:00 PM"),
            "addenda": ('"Addendums": 2', '"Addendums": 3'),
            "documents": ('"Documents": 4', '"Documents": 5'),
        },
    ),
    "canadabuys-csv": Case(
        "canadabuys-csv/open.csv",
        r'(?:"Physio|,Entretien|Expired)(?s:.*?)\n(?=,Entretien|Expired|\Z)',
        {
            "title": ("northern bases", "southern bases"),
            "closes": ("2026-10-15T14:00:00", "2026-10-22T14:00:00"),
            "amendments": (",002,", ",003,"),
            "type": ("Request for Proposal", "Request for Information"),
            "documents files": ("two.pdf", "two.pdf,https://example.org/a/three.pdf"),
            "description resubmission": ("Details attached", "Details attached. A new submission is required"),
        },
    ),
    "csv-dataset": Case(
        "csv-dataset/city.csv",
        r"\d,aaaa-(?s:.*?),000\r?\n",
        {
            "title": ("Ice resurfacing", "Ice resurfacing of rinks"),
            "closes": ("2026-11-12", "2026-11-13"),
            "type": ("Doc1,RFQ", "Doc1,RFP"),
            "published": ("2026-09-03", "2026-09-04"),
        },
    ),
    "html-list": Case(
        "html-list/page1.html",
        r"<tr><td>.*?</tr>",
        {
            "title": ("Boiler room", "Furnace room"),
            "closes": ("October 15, 2026", "October 16, 2026"),
            "status": ("<td>Amended", "<td>Cancelled"),
            "number": ("051-2026", "061-2026"),
        },
        {"address": "https://bids.example/list", "options": HTML_OPTIONS},
    ),
    "canadabuys-search": Case(
        "canadabuys-search/results.html",
        r'<tr class="views-row">(?s:.*?)</tr>',
        {
            "title": (">Gravel<", ">Gravel and sand<"),
            "closes": ("2026/10/20", "2026/10/21"),
            "buyer": ("Example Department", "Another Department"),
        },
        {"window": True},
    ),
    "bcbid": Case(
        "bcbid/grid.html",
        r'<tr id="body_x_grid_grd_tr.*?</tr>',
        {
            "title": ("<td>Paint</td><td>Paint", "<td>Paint and brushes</td><td>Paint"),
            "closes": ("2026-11-05 4:00:00 PM", "2026-11-06 4:00:00 PM"),
            "amendments": ("<td>2</td>", "<td>3</td>"),
            "buyer": ("Example Board", "Another Board"),
        },
        {"window": True},
    ),
    "bonfire": Case(
        "bonfire/open.json",
        lambda found: [],
        {"title": ("Clinic flooring", "Clinic roofing"), "closes": ("2026-10-29 21", "2026-10-30 21"), "number": ("EX-26-1", "EX-26-2")},
    ),
    "ocds": Case(
        "ocds/package.json",
        lambda found: found["releases"],
        {
            "closes": ("2026-10-08T18:00:00+01:00", "2026-10-09T18:00:00+01:00"),
            "supplier": ("AnyCorp", "OtherCorp"),
            "value": ('"amount": 11', '"amount": 12'),
        },
        {"window": True},
    ),
    "feed": Case(
        "feed/notices.rss",
        r"<item>.*?</item>",
        {"title": ("<title>Gravel", "<title>Gravel and sand"), "description": ("<description>Closing date: 2026-10-22", "<description>Closes: 2026-10-23")},
        {"window": True},
    ),
    "sam-gov": Case(
        "sam-gov/search.json",
        lambda found: found["opportunitiesData"],
        {"title": ('"Beds"', '"Beds and tables"'), "closes": ("2026-10-15T14:00:00-04:00", "2026-10-16T14:00:00-04:00"), "number": ("36C-26-R-1", "36C-26-R-2")},
        {"window": True},
    ),
    "ted": Case(
        "ted/search.json",
        lambda found: found["notices"],
        {"title": ('"Betten"', '"Betten und Tische"'), "closes": ("17:30:00+02:00", "18:30:00+02:00")},
        {"window": True},
    ),
    "merx": Case(
        "merx/list.html",
        r'<tr class="mets-table-row (?:odd|even)">.*?</tr>',
        {"title": (">Gravel<", ">Gravel and sand<"), "closes": ("2026/10/09", "2026/10/10"), "buyer": ("Example Library", "Another Library")},
    ),
    "program-page": Case(
        "programs/page.html",
        r"<li><a href=\"https://portal.*?</li>",
        {"resource: Reference manual": ("1.2 MB", "1.3 MB"), "contact: Invoicing or billing": ("555.0142", "555.0143")},
    ),
}  # fmt: skip


def test_no_platform_is_left_out() -> None:
    assert set(CASES) == set(PLATFORMS)


class Watched:
    """A source whose answers are given by hand, a day apart."""

    def __init__(self, session: Session, source: SourceConfig) -> None:
        self.session, self.source, self.now = session, source, NOW

    def shows(self, body: bytes) -> store.Saved:
        self.now += timedelta(days=1)
        page = Page(body, url=self.source.address)
        try:
            listing = spiders.read(page, self.source)
        except SourceError as error:
            state = next(health for kind, health in TROUBLES if isinstance(error, kind))
            look = Look("test", self.now, trouble=(state, str(error)))
        else:
            look = Look(
                "test",
                self.now,
                postings=listing.postings,
                rows=listing.rows,
                columns=listing.columns,
                says_none=listing.says_none,
            )
        saved = store.save(self.session, self.source, look, now=self.now)
        self.session.flush()
        return saved


@contextmanager
def watched(platform: str) -> Iterator[tuple[Watched, bytes]]:
    """A source of the platform that has shown its sample once; nothing of it is left behind."""
    case = CASES[platform]
    with Session(engine(), expire_on_commit=False) as session:
        source, body = Watched(session, case.source(platform)), sample(case.file).body
        assert source.shows(body).health is Health.HEALTHY
        yield source, body


@cache
def engine() -> Engine:
    return replay.throwaway()


def noisy(platform: str, body: bytes, rng: random.Random) -> bytes:
    """The same listing: rows in another order and some of them twice, other white space, attributes and keys that mean nothing."""
    case = CASES[platform]
    if not isinstance(case.rows, str):
        found = json.loads(body)
        rows = case.rows(found)
        rows[:] = [{**row, "noise": rng.random()} for row in [*rows, *rng.choices(rows, k=rng.randrange(3))]] if rows else rows
        rng.shuffle(rows)
        return json.dumps(found, indent=rng.choice([None, 3]), ensure_ascii=rng.random() < 0.5).encode()
    text = body.decode("utf-8")
    rows = re.findall(case.rows, text)
    start, end = text.index(rows[0]), text.rindex(rows[-1]) + len(rows[-1])
    rows += rng.choices(rows, k=rng.randrange(3))
    rng.shuffle(rows)
    if "<" in rows[0]:
        rows = [re.sub(r"<(tr|td|a|span|li)\b", rf'<\1 data-n="{rng.random()}"', row) for row in rows]
        rows = [re.sub(r"(<td[^>]*>)(?=\w)", r"\1\n  ", row) for row in rows]
    return (text[:start] + "".join(rows) + text[end:]).encode()


@pytest.mark.parametrize("platform", CASES)
@settings(max_examples=30)
@given(seed=st.integers(0, 2**32))
def test_order_repetition_white_space_and_attributes_are_no_news(platform: str, seed: int) -> None:
    with watched(platform) as (source, body):
        saved = source.shows(noisy(platform, body, random.Random(seed)))
        assert (saved.releases, saved.events, saved.missing) == ((), (), ())


@pytest.mark.parametrize(("platform", "fields"), [(name, fields) for name, case in CASES.items() for fields in case.edits])
def test_an_edit_is_told_as_that_edit_and_once(platform: str, fields: str) -> None:
    with watched(platform) as (source, body):
        old, new = CASES[platform].edits[fields]
        assert body.count(old.encode()) >= 1
        edited = body.replace(old.encode(), new.encode(), 1)
        saved = source.shows(edited)
        (release,) = saved.releases
        wanted = [fields] if ":" in fields else sorted(fields.split())
        assert sorted(change["field"] for change in release.changes) == wanted
        assert source.shows(edited).releases == ()


@pytest.mark.parametrize("platform", CASES)
@settings(max_examples=25)
@given(at=st.integers(min_value=1))
def test_a_listing_cut_anywhere_is_health_and_never_news(platform: str, at: int) -> None:
    """A CSV cut exactly behind a row is whole for whoever reads it: rows are missing then, which is no news either."""
    with watched(platform) as (source, body):
        whole = body.rstrip()
        end = whole.rfind(b"</html>") if b"</html>" in whole else len(whole) - 1
        cut = body[: at % end]
        saved = source.shows(cut)
        assert saved.releases == ()
        assert saved.health is not Health.HEALTHY or whole_rows(cut)
