"""Axe-core on a page as it stands: every rule, injected once a page, telling only what is wrong."""

import json
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

OPTIONS = json.dumps({"resultTypes": ["violations"], "preload": False})


def violations(page: Page) -> list[str]:
    """A line for each thing that breaks a rule: the rule, where, and what is wrong; empty for a page without any."""
    if not page.evaluate("typeof axe == 'object'"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(f"axe.run({OPTIONS}).then(({{violations}}) => violations)")
    return [f"{one['id']}: {node['target']}: {node['failureSummary']}" for one in found for node in one["nodes"]]
