"""Request ids, the log's line for each request, and /metrics."""

import re
from pathlib import Path
from typing import Any

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.database import Database
from api.settings import Settings
from api.tracing import request_id
from contracts.vocabulary import Health
from tests.api.service import BASE, NOW, TestClient, add_source, settings


def test_every_answer_has_an_id_and_a_sane_one_is_kept(web: TestClient) -> None:
    assert re.fullmatch("[0-9a-f]{32}", web.get("/about").headers["x-request-id"])
    assert web.get("/nothing", headers={"x-request-id": "proxy-1.2_3"}).headers["x-request-id"] == "proxy-1.2_3"


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "a b c d e f g", "abcdefgh\n", "réquête-1"])
def test_no_other_id_gets_into_headers_or_logs(given: str) -> None:
    assert request_id(given) != given


def test_a_request_is_one_line_of_the_log_without_what_was_asked_for(web: TestClient) -> None:
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        answer = web.get("/u/a-secret-token?query=private")
    (line,) = [one for one in lines if one["event"] == "request"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/u/{token}", 404)
    assert line["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in str(line)
    assert "private" not in str(line)


def scraped(client: TestClient, **headers: str) -> dict[str, Any]:
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def test_metrics_are_counted_by_route_and_read_from_the_rows(stored: Database, tmp_path: Path) -> None:
    with stored.write() as session:
        add_source(session, health=Health.REFUSED)
    client = TestClient(create_app(settings(tmp_path, metrics=True), stored, clock=lambda: NOW), base_url=BASE)
    for address in ("/tenders/one", "/tenders/two", "/nowhere"):
        client.get(address)
    found = scraped(client)
    counted = {
        (sample.labels["route"], sample.labels["status"]): sample.value
        for sample in found["bidkeeper_http_requests"].samples
        if sample.name.endswith("_total")
    }
    assert counted == {("/tenders/{ocid}", "404"): 2, ("none", "404"): 1}
    assert [(one.labels, one.value) for one in found["bidkeeper_sources"].samples] == [({"health": "refused"}, 1)]
    assert {"process_resident_memory_bytes", "bidkeeper_http_request_duration_seconds", "bidkeeper_deliveries"} <= set(found)


def test_there_are_no_metrics_unless_the_operator_allows_them(web: TestClient, stored: Database, tmp_path: Path) -> None:
    assert not Settings().metrics
    assert web.get("/metrics").status_code == 404
    client = TestClient(create_app(settings(tmp_path, metrics_token="a long token"), stored, clock=lambda: NOW), base_url=BASE)
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"authorization": "Bearer another"}).status_code == 401
    assert scraped(client, authorization="Bearer a long token")
