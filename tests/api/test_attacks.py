"""One test for each way in that a web service must not have; docs/security.md names them."""

# ruff: noqa: F811 - pytest takes fixtures by the names of arguments

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.accounts import store
from api.app import create_app
from api.database import Database
from api.json.once import HEADER as IDEMPOTENCY
from api.security import CONTENT_SECURITY_POLICY
from contracts.models import Contract
from tests.api.routes_of import FORM, everything
from tests.api.service import BASE, HTML, NOW, TestClient, add_release, add_source, add_tender
from tests.api.service import settings as chosen
from tests.api.test_accounts import PUBLIC, Clock, _cheap_passwords, clock, door, sign_in  # noqa: F401 - fixtures
from tests.api.test_pages_alerts import add_subscription

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)><a href="javascript:alert(3)">'
ANYWHERE = {"/u/{token}", "/api/v1/relay-events"}  # a mail provider and a relay post from outside
HOSTILE = [
    "",
    " ",
    "\x00",
    "\r\nSet-Cookie: evil=1",
    "../../../../etc/passwd",
    "' OR 1=1 --",
    EVIL,
    "=cmd|' /C calc'!A0",
    "9" * 400,
    "-1",
    "1e309",
    "NaN",
    "\ud7ff\uffff",
    "\u202e\u200b",
    "{{7*7}}",
    "%s%n",
    "(" * 300,
]


class Scripts(HTMLParser):
    """What a browser would run or follow: scripts without a source, event handlers, addresses of scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and not (given.get("src") or "").startswith("/static/"):
            self.found.append(f"<script {attrs}>")
        for name, value in attrs:
            if name.startswith("on") or name == "style" or (value or "").strip().lower().startswith(("javascript:", "data:text")):
                self.found.append(f"<{tag} {name}={value!r}>")


def run_by(page: str) -> list[str]:
    parser = Scripts()
    parser.feed(page)
    return parser.found


@pytest.fixture
def hostile(web: TestClient, stored: Database) -> TestClient:
    """A service whose scraped and uploaded texts are all an attack."""
    with stored.write() as session:
        first = add_tender(
            session,
            number=EVIL,
            ocid="ocds-evil",
            title=EVIL,
            buyer=EVIL,
            description=EVIL,
            url="javascript:alert(1)",
            closes_text=EVIL,
            files=[
                {"title": EVIL, "url": "javascript:alert(1)"},
                {"title": EVIL, "url": "data:text/html,<script>alert(1)</script>"},
            ],
        )
        add_release(session, first, changes=[{"field": "title", "old": EVIL, "new": EVIL}])
        add_source(session, health_reason=EVIL)
        add_subscription(session, query=EVIL)
        session.add(Contract(organisation_id=1, title=EVIL, number=EVIL, created_at=NOW))
    web.post("/contracts", files={"file": (EVIL + ".txt", f"1. Notice {EVIL} of 60 days.".encode())}, data={"title": EVIL})
    web.post("/account/people", data={"address": "x@clinic.example", "role": "staff"})
    web.post("/enquiries", data={"question": EVIL, "asker_name": EVIL})
    return web


def test_no_scraped_text_and_no_uploaded_name_runs_in_a_page(hostile: TestClient) -> None:
    pages = [asked for asked in everything(hostile.app)[0] if not asked.unsafe and not asked.path.startswith("/api/")]  # type: ignore[arg-type]
    seen = 0
    for asked in pages:
        for number in (1, 2):
            values = {name: "ocds-evil" if name == "ocid" else "board" if name == "name" else number for name in asked.names}
            answer = hostile.get(asked.at(**values), headers=HTML)
            if answer.headers.get("content-type", "").startswith("text/html"):
                assert not run_by(answer.text), (str(asked), run_by(answer.text))
                seen += "alert(1)" in answer.text
    assert seen >= 8  # it was there, and harmless


def test_the_policy_forbids_scripts_and_styles_in_the_page_and_framing(web: TestClient) -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    for address in ("/", "/sign-in", "/nothing", "/api/v1/tenders"):
        answer = web.get(address, headers=HTML)
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"


def test_no_unsafe_route_is_reached_from_another_site(web: TestClient) -> None:
    private, public = everything(web.app)  # type: ignore[arg-type]
    for asked in (*private, *public):
        if asked.unsafe and asked.path not in ANYWHERE:
            address = asked.at(**dict.fromkeys(asked.names, 1))
            for headers in (
                {"sec-fetch-site": "cross-site"},
                {"sec-fetch-site": "same-site"},
                {"origin": "https://evil.example"},
            ):
                assert web.request(asked.method, address, data=FORM, headers=headers).status_code == 403, asked


def test_no_safe_route_changes_anything(hostile: TestClient, stored: Database) -> None:
    def everything_stored() -> list[str]:
        with stored.read() as session:
            connection = session.connection().connection
            return [line for line in connection.iterdump() if "signin" not in line]  # type: ignore[attr-defined]

    before = everything_stored()
    private, public = everything(hostile.app)  # type: ignore[arg-type]
    for asked in (*private, *public):
        if not asked.unsafe and not asked.path.startswith("/sign-in/provider"):
            hostile.get(asked.at(**dict.fromkeys(asked.names, 1)))
    assert everything_stored() == before


def test_private_answers_are_kept_by_no_cache(door: TestClient, stored: Database) -> None:
    sign_in(door, stored)
    for asked in everything(door.app)[0]:  # type: ignore[arg-type]
        if not asked.unsafe:
            kept = door.get(asked.at(**dict.fromkeys(asked.names, 1))).headers["cache-control"]
            assert kept in {"no-store", "private, no-cache"}, (str(asked), kept)


@pytest.mark.parametrize(
    "host", ["evil.example", "bids.clinic.example.evil.example", "evil.example:443", "bids.clinic.example@evil.example"]
)
def test_no_host_header_gets_into_links_or_answers(stored: Database, tmp_path: Path, host: str) -> None:
    app = create_app(chosen(tmp_path, public_url=PUBLIC), stored, clock=lambda: NOW)
    client = TestClient(app, base_url=PUBLIC, follow_redirects=False)
    sign_in(client, stored)
    for headers in ({"host": host}, {"x-forwarded-host": host}, {"forwarded": f"host={host}"}):
        answer = client.post("/account/people", data={"address": "n@clinic.example", "role": "staff"}, headers=headers)
        assert "evil" not in answer.text
        assert answer.status_code == (421 if "host" in headers else 200)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "https:evil.example",
    ],
)
def test_no_next_leads_to_another_site(door: TestClient, stored: Database, address: str) -> None:
    """Every form that says where it goes on, made from the application's own routes, and the pages that hand it on."""
    sign_in(door, stored)
    private, public = everything(door.app)  # type: ignore[arg-type]
    forms = [asked for asked in (*private, *public) if asked.unsafe and "next" in asked.fields]
    assert len(forms) > 3
    for asked in forms:
        answer = door.request(asked.method, asked.at(**dict.fromkeys(asked.names, "x")), data=FORM | {"next": address})
        target = urlsplit(urljoin("https://bids.clinic.example/", answer.headers.get("location", "/")))
        assert target.netloc == "bids.clinic.example", (str(asked), answer.headers["location"])
    for page in ("/sign-in", "/sign-in/code", "/account/code"):
        assert f'value="{address}"' not in door.get(page, params={"next": address}, headers=HTML).text


@pytest.mark.parametrize(
    "text", ["\r\nSet-Cookie: evil=1", "\nX-Evil: 1", "a\x00b", 'a"; filename="evil.exe', "é\u202etxt.exe", "../../up.txt"]
)
def test_no_text_of_theirs_becomes_a_header(web: TestClient, stored: Database, text: str) -> None:
    web.post("/contracts", files={"file": ("x.txt", f"Agreement {text!r}".encode())})
    with stored.write() as session:
        from contracts.models import Document  # noqa: PLC0415 - only here

        document = session.get_one(Document, 1)
        document.file_name = text  # as if a browser had sent it raw
    answers = [
        web.get("/contracts/1/documents/1/original"),
        web.get("/about", headers={"x-request-id": "".join(one for one in text if " " <= one <= "~")}),
        web.post("/sign-in", data={"next": text, "address": "a", "password": "b"}),
        web.post("/language", data={"language": "fr", "next": text}),
    ]
    for answer in answers:
        assert "evil" not in {name.lower() for name in answer.headers} | {name.lower() for name in answer.cookies}
        assert "x-evil" not in answer.headers
        assert answer.status_code < 500
    name = answers[0].headers["content-disposition"]
    assert name.startswith("attachment; filename*=UTF-8''")
    assert re.fullmatch(r"[!-~ ]+", name)
    assert '"' not in name
    assert "/" not in name.replace("UTF-8''", "")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../settings.py",
        "/static/%2e%2e/settings.py",
        "/static/..%2fsettings.py",
        "/static/%2e%2e%2f%2e%2e%2fpyproject.toml",
        "/static//etc/passwd",
        "/static/..\\settings.py",
        "/contracts/1/documents/..%2f..%2fkeys/original",
        "/contracts/..%2fkeys",
        "/tenders/..%2f..%2fetc%2fpasswd",
        "/feeds/..%2f..%2fkeys/atom",
    ],
)
def test_no_path_leads_out_of_its_folder(web: TestClient, tmp_path: Path, path: str) -> None:
    (tmp_path / "keys").write_text("k1 secret\n")
    answer = web.get(path)
    assert answer.status_code in {404, 405, 422}
    for inner in ("BaseSettings", "root:", "k1 secret", "build-system"):
        assert inner not in answer.text


def test_no_uploaded_name_chooses_where_it_is_kept(web: TestClient, tmp_path: Path) -> None:
    before = {path.name for path in tmp_path.iterdir()}
    for name in ("../../up.txt", "/etc/cron.d/up.txt", "..\\..\\up.txt", "keys", "bidkeeper.toml"):
        web.post("/contracts", files={"file": (name, f"An agreement called {name}.".encode())})
    after = {path.name for path in tmp_path.iterdir() if not path.name.startswith("test.db-")}
    assert after - before <= {"originals"}
    assert all(re.fullmatch("[0-9a-f]{64}", path.name) for path in (tmp_path / "originals").rglob("*") if path.is_file())


@pytest.mark.parametrize("extra", ["organisation_id", "role", "totp_since", "passkey_since", "id", "ended_at", "password_hash"])
def test_no_form_sets_a_field_that_it_does_not_have(door: TestClient, stored: Database, extra: str) -> None:
    sign_in(door, stored, role="staff")
    with stored.read() as session:
        before = store.people(session, organisation_id=1)[0].model_dump()
    door.post("/account/profile", data={"address": "a@clinic.example", "name": "", extra: "owner"})
    with stored.read() as session:
        assert store.people(session, organisation_id=1)[0].model_dump() == before


def test_an_api_body_with_a_field_too_many_is_refused(web: TestClient) -> None:
    for asked in everything(web.app)[0]:  # type: ignore[arg-type]
        if asked.example is not None:
            body = asked.body()
            answer = web.request(
                asked.method,
                asked.at(**dict.fromkeys(asked.names, 1)),
                json=asked.example | {"organisation_id": 2},
                headers=body["headers"] | {IDEMPOTENCY: "k"},
            )
            assert answer.status_code in {403, 422}, (str(asked), answer.status_code)


def test_no_form_and_no_address_makes_the_service_fail(web: TestClient) -> None:
    """Each route with hostile values in each of its fields and parameters, and the edges of numbers."""
    private, public = everything(web.app)  # type: ignore[arg-type]
    for asked in (*private, *public):
        for number in ("0", "-1", str(2**31), str(2**63), "9" * 30, "%00", "%ff", "a" * 3000):
            if asked.names:
                assert web.request(asked.method, asked.at(**dict.fromkeys(asked.names, number))).status_code < 500, (
                    asked,
                    number,
                )
        if asked.path.startswith("/api/"):
            continue  # test_contract.py has these
        for value in HOSTILE:
            address = asked.at(**dict.fromkeys(asked.names, 1))
            if asked.fields:
                answer = web.request(asked.method, address, data=dict.fromkeys(asked.fields, value))
            else:
                answer = web.request(asked.method, address, params=dict.fromkeys(QUERIES, value))
            assert answer.status_code < 500, (str(asked), value)


QUERIES = (
    "text",
    "status",
    "sort",
    "page",
    "within",
    "query",
    "question",
    "day",
    "month",
    "code",
    "cursor",
    "state",
    "before",
    "next",
    "done",
)


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_no_drawn_form_makes_the_service_fail(fuzzed: TestClient, data: Any) -> None:
    forms = [asked for asked in (*everything(fuzzed.app)[0], *everything(fuzzed.app)[1]) if asked.fields]  # type: ignore[arg-type]
    asked = data.draw(st.sampled_from(forms))
    text = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=200))
    form = {name: data.draw(text) for name in asked.fields}
    assert fuzzed.request(asked.method, asked.at(**dict.fromkeys(asked.names, 1)), data=form).status_code < 500, asked


@pytest.fixture
def fuzzed(web: TestClient) -> TestClient:
    """The service at its own machine, where nobody is counted."""
    assert str(web.base_url).startswith(BASE)
    return web
