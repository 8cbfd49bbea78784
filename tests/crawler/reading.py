"""What the reader tests share: samples, bare sources, and a hand that plays the network for a conversation."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.items import Listing, Page, Posting, SourceError
from crawler.sources import SourceConfig, load
from crawler.spiders import portal, read
from crawler.spiders.portal import Ask

NOW = datetime(2026, 9, 15, 12, tzinfo=UTC)
SAMPLES = Path(__file__).parent.parent / "samples"


def sample(name: str, **values: Any) -> Page:
    return Page((SAMPLES / name).read_bytes(), **values)


def bare(platform: str, **values: Any) -> SourceConfig:
    return SourceConfig(name="test", platform=platform, enabled=False, **values)


def by_id(page: Page, source: SourceConfig) -> dict[str, Posting]:
    return {posting.id: posting for posting in read(page, source).postings}


def trouble(page: Page, source: SourceConfig) -> SourceError | None:
    """What reading raises, None when it reads."""
    try:
        read(page, source)
    except SourceError as error:
        return error
    return None


def converse(source: SourceConfig, network: dict[str, Page]) -> tuple[list[Ask], list[Listing]]:
    """Play a visit against canned answers by address; gives what was asked and what was listed."""
    visit, asked, listed = portal(source.platform).visit(source, now=NOW), [], []
    step = next(visit)
    try:
        while True:
            if isinstance(step, Listing):
                listed.append(step)
                step = next(visit)
            else:
                asked.append(step)
                step = visit.send(network[step.url.split("?")[0] if step.url not in network else step.url])
    except StopIteration:
        return asked, listed


def shipped(name: str) -> SourceConfig:
    return load()[name]


def whole_rows(cut: bytes) -> int | None:
    """How many rows a CSV holds if it ends exactly behind one, else None."""
    text = cut.decode("utf-8", "replace")
    if not text.endswith("\n"):
        return None
    try:
        return len(list(csv.reader(io.StringIO(text, newline=""), strict=True))) - 1
    except csv.Error:
        return None
