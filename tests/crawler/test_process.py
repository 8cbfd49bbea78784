"""The crawl process: real portals on loopback, kind and hostile ones, each in its right health state; and children that fail."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.vocabulary import Health
from crawler.archive import read as evidence
from crawler.child import environment
from crawler.items import Look, Posting
from crawler.looking import retry_after
from crawler.process import look
from crawler.sources import SourceConfig
from crawler.wire import dump, load
from tests.certificates import own_certificate
from tests.crawler.portals import Portal, answer, bomb, portal
from tests.crawler.reading import sample

AGENT = "Bidkeeper/0.1 (+https://clinic.example/; procurement watch)"
FIELDS = {"number": "td:nth-child(1)", "title": "td:nth-child(2)", "closes": "td:nth-child(3)"}
ROW = "<tr><td>%s</td><td>%s</td><td>2026-10-01</td></tr>"


def page(*titles: str, next_link: str = "") -> bytes:
    rows = "".join(ROW % (f"n{at}-{title[:5]}", title) for at, title in enumerate(titles))
    return f"<html><body><table>{rows}</table>{next_link}</body></html>".encode()


def listed(name: str, address: str, **values: Any) -> SourceConfig:
    options = {"rows": "table tr", "fields": FIELDS, "next": "a.next::attr(href)"}
    known = {"platform": "html-list", "zone": "UTC", "delay": 0.0, "permission": "a test", "options": options}
    return SourceConfig(name=name, address=address, **{**known, **values})


def looks(sources: list[SourceConfig], archive: Path, **values: Any) -> dict[str, Look]:
    known = {"user_agent": AGENT, "allow_loopback": True, "validators": {}, "timeout": 60.0, "download_timeout": 5.0}
    found = list(look(sources, archive=archive, **{**known, **values}))
    assert sorted(one.source for one in found) == sorted(source.name for source in sources)
    return {one.source: one for one in found}


HEADER_FORGER = "=?utf-8?q?a=0D=0ABcc:_x@example.org?="
KIND: dict[str, Any] = {
    "/robots.txt": answer(b"User-agent: *\nDisallow: /private\n", media_type="text/plain"),
    "/list": answer(page("Paint", "Gravel", next_link='<a class="next" href="/more">next</a>')),
    "/more": answer(page("Boilers")),
    "/private": answer(page("Secret")),
    "/same": lambda handler: (
        answer(b"", 304) if handler.headers.get("If-None-Match") == '"v1"' else answer(page("x"), ETag='"v1"')
    ),
    "/changed": lambda handler: answer(page("Newer"), ETag='"v2"', Last_Modified="Tue, 01 Sep 2026 00:00:00 GMT"),
    "/notices.csv": answer(sample("canadabuys-csv/open.csv").body, media_type="text/csv"),
    "/Module/Tenders/en": answer(sample("bids-and-tenders/home.html").body, Set_Cookie="session=kept; Path=/"),
    "/Module/Tenders/en/Tender/Search/11111111-2222-4333-8444-555555555555": answer(
        sample("bids-and-tenders/search.json").body, media_type="application/json"
    ),
}
HOSTILE: dict[str, Any] = {
    "/captcha": answer(b"<html><title>Browser check</title><form>captcha</form></html>"),
    "/forbidden": answer(b"no", 403),
    "/broken": answer(b"oops", 503, Retry_After="120"),
    "/busy": answer(b"slow down", 429, Retry_After="3600"),
    "/renamed": answer(b"<html><body><ul><li>All is new here</li></ul></body></html>"),
    "/nothing": answer(b""),
    "/cut": answer(page("Paint", "Gravel")[:-20]),
    "/metadata": answer(status=302, Location="http://169.254.169.254/latest/meta-data/"),
    "/mapped": answer(status=302, Location="http://[::ffff:169.254.169.254]/"),
    "/nat64": answer(status=301, Location="http://[64:ff9b::7f00:1]/"),
    "/decimal": answer(status=302, Location="http://2886794753/"),
    "/file": answer(status=302, Location="file:///etc/passwd"),
    "/round": answer(status=302, Location="/round"),
    "/huge": answer(b"x", Content_Length="2147483648"),
    "/bomb": bomb(64 * 2**20),
    "/title": answer(page("x" * 10_000_000)),
    "/long": answer(page("x" * 1_000_000)),
    "/forged": answer(page(f"Paint{HEADER_FORGER}\r\n\tBcc: x@example.org\u202e")),
    "/charset": answer(
        "<html><table><tr><td>1</td><td>Été à Québec</td><td></td></tr></table></html>".encode("cp1252"),
        media_type="text/html; charset=klingon",
    ),
    "/short": lambda handler: answer(page("Paint"), Content_Length="5000", Connection="close"),
    "/xxe": answer(b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><table>&x;</table>'),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Look], Portal, Path]]:
    """One crawl process over every portal of this file, looked at once."""
    archive = tmp_path_factory.mktemp("evidence")
    with ExitStack() as stack:
        kind, hostile = stack.enter_context(portal(KIND)), stack.enter_context(portal(HOSTILE))
        slow, endless = stack.enter_context(portal({})), stack.enter_context(portal({}))
        slow.answers, endless.answers = {"/robots.txt": answer(status=404), "/drip": slow.drip}, {"/endless": endless.endless}
        unproved = stack.enter_context(portal(KIND, tls=own_certificate(tmp_path_factory.mktemp("tls"))))
        sources = [
            *(
                listed(f"kind{path.replace('/', '-')}", kind.address + path)
                for path in ("/list", "/private", "/same", "/changed")
            ),
            listed(
                "kind-permitted", kind.address + "/private", options={**listed("x", "http://x").options, "robots": "permitted"}
            ),
            listed("kind-csv", kind.address + "/notices.csv", platform="canadabuys-csv"),
            listed("kind-tenant", kind.address, platform="bids-and-tenders"),
            *(listed(f"hostile{path.replace('/', '-')}", hostile.address + path) for path in HOSTILE),
            listed("feed", hostile.address + "/xxe", platform="feed"),
            listed("slow", slow.address + "/drip"),
            listed("endless", endless.address + "/endless"),
            listed("tls", unproved.address + "/list"),
            listed("nobody", "http://127.0.0.1:9/list"),
        ]
        validators = {
            "kind-same": {kind.address + "/same": {"etag": '"v1"'}},
            "kind-changed": {kind.address + "/changed": {"etag": '"v1"'}},
        }
        yield looks(sources, archive, validators=validators, **weighed(archive / "memory")), kind, archive


def weighed(note: Path) -> dict[str, Any]:
    """The crawl process as it is, which at its end notes the most memory it ever held (KiB)."""
    # VmHWM, not ru_maxrss: that one begins with what the process that forked it held
    peak = "pathlib.Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0]"
    noting = f"import pathlib; pathlib.Path({str(note)!r}).write_text({peak}, 'utf-8')"
    return {
        "command": [sys.executable, "-P", "-c", f"import crawler.__main__\ntry:\n  crawler.__main__.main()\nfinally:\n  {noting}"]
    }


World = tuple[dict[str, Look], Portal, Path]


def test_a_list_is_read_over_all_its_pages(world: World) -> None:
    seen = world[0]["kind-list"]
    assert [posting.title for posting in seen.postings] == ["Paint", "Gravel", "Boilers"]
    assert (seen.trouble, seen.rows, seen.unchanged) == (None, 3, False)


def test_a_tenant_is_read_with_its_cookie_and_token(world: World) -> None:
    seen, kind, _ = world
    assert (seen["kind-tenant"].trouble, len(seen["kind-tenant"].postings), seen["kind-tenant"].total) == (None, 7, 7)
    ((_, path, headers, body),) = [asked for asked in kind.asked if asked[0] == "POST"]
    assert "status=Open&limit=100&start=0" in path
    assert (headers["Cookie"], body) == ("session=kept", b"__RequestVerificationToken=of-the-search-form")


def test_the_user_agent_is_truthful_and_robots_txt_is_asked_first(world: World) -> None:
    _, kind, _ = world
    assert kind.asked[0][1] == "/robots.txt"
    assert {asked[2]["User-Agent"] for asked in kind.asked} == {AGENT}


def test_what_robots_txt_refuses_is_read_only_with_a_permission_on_record(world: World) -> None:
    state, sentence = world[0]["kind-private"].trouble or (None, "")
    assert state is Health.REFUSED
    assert "robots.txt" in sentence
    assert world[0]["kind-permitted"].rows == 1


def test_a_304_is_a_look_without_answer_or_evidence(world: World) -> None:
    seen = world[0]["kind-same"]
    assert (seen.unchanged, seen.trouble, seen.postings, seen.pages) == (True, None, (), ())
    assert list(seen.validators.values()) == [{"etag": '"v1"'}]


def test_a_page_that_changed_is_fetched_once_and_its_marks_kept(world: World) -> None:
    seen, kind, _ = world
    assert [posting.title for posting in seen["kind-changed"].postings] == ["Newer"]
    marks = {"etag": '"v2"', "last_modified": "Tue, 01 Sep 2026 00:00:00 GMT"}
    assert seen["kind-changed"].validators == {kind.address + "/changed": marks}
    assert [asked[1] for asked in kind.asked].count("/changed") == 1


def test_marks_are_kept_only_where_every_page_has_one(world: World) -> None:
    assert world[0]["kind-list"].validators == {}
    assert world[0]["kind-tenant"].validators == {}


def test_every_listing_stands_in_the_evidence_as_it_came(world: World) -> None:
    seen, _, archive = world
    (kept,) = seen["kind-csv"].pages
    assert (kept.rows, kept.status) == (3, 200)
    assert kept.archive is not None
    assert kept.archive_offset is not None
    assert evidence(archive, kept.archive, kept.archive_offset).body == sample("canadabuys-csv/open.csv").body


@pytest.mark.parametrize(
    ("name", "state", "says"),
    [
        ("hostile-captcha", Health.REFUSED, "check for people"),
        ("hostile-forbidden", Health.REFUSED, "403"),
        ("hostile-broken", Health.UNREACHABLE, "503"),
        ("hostile-busy", Health.UNREACHABLE, "429"),
        ("hostile-renamed", Health.LAYOUT_CHANGED, "rows at table tr"),
        ("hostile-nothing", Health.EMPTY, "empty"),
        ("hostile-cut", Health.LAYOUT_CHANGED, "breaks off"),
        ("hostile-metadata", Health.UNREACHABLE, "169.254.169.254"),
        ("hostile-mapped", Health.UNREACHABLE, "never asked"),
        ("hostile-nat64", Health.UNREACHABLE, "never asked"),
        ("hostile-decimal", Health.UNREACHABLE, "172.16.254.1"),
        ("hostile-file", Health.UNREACHABLE, "file:///etc/passwd"),
        ("hostile-round", Health.UNREACHABLE, "on and on"),
        ("hostile-huge", Health.LAYOUT_CHANGED, "32 MiB"),
        ("hostile-bomb", Health.LAYOUT_CHANGED, "32 MiB"),
        ("hostile-title", Health.LAYOUT_CHANGED, "no id or title"),
        ("hostile-long", Health.LAYOUT_CHANGED, "characters long"),
        ("hostile-short", Health.UNREACHABLE, "broke off"),
        ("hostile-xxe", Health.LAYOUT_CHANGED, ""),
        ("feed", Health.LAYOUT_CHANGED, "entities"),
        ("slow", Health.UNREACHABLE, "in time"),
        ("endless", Health.LAYOUT_CHANGED, "32 MiB"),
        ("tls", Health.UNREACHABLE, "certificate"),
        ("nobody", Health.UNREACHABLE, "refuses connections"),
    ],
)
def test_a_hostile_portal_ends_in_its_health_state_and_no_posting(world: World, name: str, state: Health, says: str) -> None:
    seen = world[0][name]
    assert seen.trouble is not None
    assert seen.trouble[0] is state
    assert says in seen.trouble[1]
    assert seen.postings == ()


def test_the_wait_that_a_portal_asks_for_is_handed_on(world: World) -> None:
    assert (world[0]["hostile-busy"].retry_after, world[0]["hostile-broken"].retry_after) == (3600.0, 120.0)


def test_an_unknown_character_set_is_found_out_and_a_forged_title_is_one_line_of_text(world: World) -> None:
    assert world[0]["hostile-charset"].postings[0].title == "Été à Québec"
    (forged,) = world[0]["hostile-forged"].postings
    assert not any(c < " " or c == "\u202e" for c in forged.title)


def test_hostile_portals_do_not_fill_the_memory(world: World) -> None:
    assert int((world[2] / "memory").read_text("utf-8")) < 300 * 1024


def test_no_file_of_the_machine_came_along(world: World) -> None:
    assert "root:" not in json.dumps([dump(seen) for seen in world[0].values()])


def test_loopback_is_never_asked_unless_it_is_allowed(tmp_path: Path) -> None:
    with portal(KIND) as kind:
        by_name = kind.address.replace("127.0.0.1", "localhost")
        seen = looks(
            [listed("literal", kind.address + "/list"), listed("name", by_name + "/list")], tmp_path, allow_loopback=False
        )
    assert kind.asked == []
    assert all(one.trouble and one.trouble[0] is Health.UNREACHABLE and "never asked" in one.trouble[1] for one in seen.values())


def child(text: str) -> dict[str, Any]:
    return {"command": [sys.executable, "-c", text]}


LOOKED = f"import json,sys\njob=json.load(sys.stdin)\nlook={dump(Look('a', datetime(2026, 9, 1, tzinfo=UTC), rows=1))!r}\nprint(json.dumps({{'look':look}}),flush=True)\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("raise SystemExit(3)", "status 3"),
        ("import sys; sys.exit('no such module')", "no such module"),
        ("import os; os.kill(os.getpid(), 9)", "status -9"),
        ("print('hello')", "no look"),
        ("print('{\"look\": {}}')", "no look"),
        ("print('[[[[')", "no look"),
        ("pass", "ended before it could look"),
        (LOOKED + "import time; time.sleep(600)", "not finished after 1 seconds"),
        (LOOKED.replace("'a'", "'elsewhere'"), "not asked for"),
    ],
)
def test_a_child_that_fails_leaves_trouble_for_each_source_it_had_not_finished(tmp_path: Path, text: str, says: str) -> None:
    sources = [listed("a", "http://a.example/"), listed("b", "http://b.example/")]
    seen = looks(sources, tmp_path, timeout=1.0 if "sleep" in text else 30.0, **child(text))
    state, sentence = seen["b"].trouble or (None, "")
    assert state is Health.UNREACHABLE
    assert says in sentence
    assert seen["a"].rows == (1 if "sleep" in text else 0)


def test_leaving_early_ends_the_child(tmp_path: Path) -> None:
    going = look(
        [listed("a", "http://a.example/"), listed("b", "http://b.example/")],
        archive=tmp_path,
        user_agent=AGENT,
        allow_loopback=False,
        validators={},
        timeout=60.0,
        **child(LOOKED + "import time; time.sleep(600)"),
    )
    assert next(going).source == "a"
    going.close()


def test_no_sources_need_no_child(tmp_path: Path) -> None:
    assert looks([], tmp_path, command=["/nonexistent"]) == {}


def test_the_child_gets_no_setting_no_secret_and_no_proxy() -> None:
    ours = {
        "PATH": "/bin",
        "BIDKEEPER_SMTP_PASSWORD": "s3cret",
        "HTTPS_PROXY": "http://evil",
        "http_proxy": "x",
        "AWS_SECRET": "y",
    }
    assert set(environment(ours)) == {"PATH", "PYTHONPATH", "PYTHONUNBUFFERED"}


def test_a_look_crosses_the_pipe_unharmed() -> None:
    at = datetime(2026, 9, 1, 12, 30, tzinfo=UTC)
    whole = Look(
        "a",
        at,
        postings=(Posting("1", "n", "Ünïcode \u2028", closes=at),),
        rows=1,
        columns=("x",),
        trouble=(Health.REFUSED, "no"),
        retry_after=3.5,
        validators={"http://a": {"etag": "e"}},
    )
    assert load(json.loads(json.dumps(dump(whole)))) == whole


NOW = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.0),
        ("99999999999", 7 * 86_400.0),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds
