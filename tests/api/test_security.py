"""What stands before every route, and the headers of every answer."""

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from starlette.datastructures import Headers

from api.app import create_app
from api.database import Database
from api.security import MIB, Rules, refusal
from tests.api.service import BASE, HTML, TestClient, settings

RULES = Rules.of("https://bids.clinic.example", "127.0.0.1")


def refused(method: str = "POST", path: str = "/ask", **headers: str) -> int | None:
    """The status that a request is turned away with, None when it passes."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    problem = refusal(RULES, method, path, Headers({"host": "bids.clinic.example"} | given))
    return problem.status if problem else None


@pytest.mark.parametrize("address", ["/", "/tenders", "/nope", "/api/v1/tenders", "/api/v1/nope", "/static/mark.svg"])
def test_every_answer_carries_the_headers(web: TestClient, address: str) -> None:
    headers = web.get(address).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "strict-transport-security" not in headers
    assert "cache-control" in headers


def test_behind_tls_browsers_are_told_to_stay_there(stored: Database, tmp_path: Path) -> None:
    app = create_app(settings(tmp_path, public_url="https://bids.clinic.example"), stored)
    answer = TestClient(app, base_url="https://bids.clinic.example").get("/")
    assert answer.headers["strict-transport-security"].startswith("max-age=")


def test_a_private_page_is_not_kept(web: TestClient) -> None:
    assert web.get("/sources").headers["cache-control"] == "no-store"
    assert web.get("/tenders").headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "user@127.0.0.1", "", "127.0.0.1/evil", "[::1"]
)
def test_a_foreign_name_is_refused_so_that_dns_rebinding_finds_nothing(host: str) -> None:
    assert refused("GET", "/", host=host) == 421


@pytest.mark.parametrize("host", ["bids.clinic.example", "BIDS.clinic.example:443", "127.0.0.1:8000", "localhost", "[::1]:8000"])
def test_our_own_names_pass(host: str) -> None:
    assert refused("GET", "/", host=host) is None


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "nonsense"])
def test_a_write_from_another_site_is_refused(site: str) -> None:
    assert refused(sec_fetch_site=site) == 403
    assert refused("DELETE", sec_fetch_site=site) == 403
    assert refused("GET", sec_fetch_site=site) is None


def test_without_fetch_metadata_the_origin_decides() -> None:
    assert refused(origin="https://evil.example") == 403
    assert refused(origin="null") == 403
    assert refused(origin="https://bids.clinic.example") is None
    assert refused() is None  # a program, which sends neither
    # the browser's own word outweighs a matching Origin
    assert refused(origin="https://bids.clinic.example", sec_fetch_site="cross-site") == 403


def test_one_click_unsubscribe_may_come_from_anywhere() -> None:
    assert refused(path="/u/token", sec_fetch_site="cross-site") is None


def test_a_body_has_a_limit_that_uploads_raise() -> None:
    assert refused(content_length=str(MIB)) is None
    assert refused(content_length=str(MIB + 1)) == 413
    assert refused(content_length="-1") == 413
    assert refused(path="/contracts", content_length=str(20 * MIB)) is None


def reading_app(stored: Database, tmp_path: Path) -> FastAPI:
    """The application with a route that reads its body, one that breaks, and one that breaks midway."""
    app = create_app(settings(tmp_path), stored)

    @app.post("/read")
    async def read(request: Request) -> int:
        return len(await request.body())

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("a secret in a message")

    return app


def test_a_body_without_a_length_is_cut_at_the_limit(stored: Database, tmp_path: Path) -> None:
    def endless() -> Any:
        for _ in range(40):
            yield b"x" * (MIB // 16)

    with TestClient(reading_app(stored, tmp_path), base_url=BASE) as client:
        assert client.post("/read", content=b"x" * 10).json() == 10
        answer = client.post("/read", content=endless())
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_nobody_foresaw_is_a_problem_that_tells_no_secret(stored: Database, tmp_path: Path) -> None:
    with TestClient(reading_app(stored, tmp_path), base_url=BASE) as client:
        answer = client.get("/broken")
        page = client.get("/broken", headers=HTML)
    assert (answer.status_code, page.status_code) == (500, 500)
    assert "secret" not in answer.text + page.text
    assert "content-security-policy" in answer.headers
    assert "<h1>Internal Server Error</h1>" in page.text
