"""Every message can be looked at before anybody gets it, and its page can do nothing."""

import pytest
from markupsafe import escape

from notifier.samples import SAMPLES
from tests.api.service import HTML, TestClient


@pytest.mark.parametrize("kind", SAMPLES)
def test_every_message_is_shown_in_every_state_and_language(web: TestClient, kind: str) -> None:
    listed = web.get("/messages").text
    for number, state in enumerate(SAMPLES[kind]):
        for language in ("en", "fr"):
            address = f"/messages/{kind}/{number}/{language}"
            assert address in listed
            shown = web.get(address)
            assert escape(state) in shown.text
            assert f'src="{address}/page"' in shown.text
            assert "frame-src 'self'" in shown.headers["content-security-policy"]
            page = web.get(f"{address}/page")
            assert f'<html lang="{language}">' in page.text
            policy = page.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "sandbox" in policy
            assert "frame-ancestors 'self'" in policy


@pytest.mark.parametrize("address", ["/messages/news/99/en", "/messages/spam/0/en", "/messages/news/-1/en"])
def test_what_is_no_message_is_not_found(web: TestClient, address: str) -> None:
    assert web.get(address, headers=HTML).status_code == 404


def test_other_pages_keep_their_rules(web: TestClient) -> None:
    headers = web.get("/alerts").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
