"""`kill -9` of the serving process at any moment loses no alert and repeats none but under the same Message-ID."""

import random
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from api.accounts.models import FIRST_ORGANISATION
from api.demo.portal import PACIFIC, DemoPosting
from api.demo.story import SUBSCRIBERS, Stage, staged
from crawler.models import Release
from notifier import store

KILLS = 8
LINES = 10  # connections that the mail channel keeps open
SEED = 20241101


@pytest.mark.timeout(300)
def test_no_alert_is_lost_and_none_repeated_under_another_name(tmp_path: Path) -> None:
    moments = random.Random(SEED)
    with staged(tmp_path, lambda _: None) as stage:
        with stage.database.write() as session:
            for address, query in SUBSCRIBERS:
                store.subscribe(
                    session,
                    organisation_id=FIRST_ORGANISATION,
                    address=address,
                    query=query,
                    now=datetime.now(UTC),
                    source="test",
                    wording="test",
                    confirmed=True,
                )
        closes = datetime.now(PACIFIC).replace(hour=14, minute=0, second=0, microsecond=0) + timedelta(days=40)
        for n in range(KILLS):
            stage.portal.postings.append(
                DemoPosting(f"{900 + n}-{closes.year}", f"Occupational Rehabilitation 2, lot {n}", closes, closes)
            )
            if n % 2:  # while the news is being stored, told and sent
                stage.wait("the news stored", lambda n=n: len(_news(stage)) > n)  # type: ignore[misc]
                stage.wait("a moment", _within(moments.uniform(0.0, 0.6)))
            else:  # anywhere between starting and looking
                stage.wait("a moment", _within(moments.uniform(0.0, 4.0)))
            stage.service.restart(signal.SIGKILL)
        stage.wait("every mail", lambda: len(_seen(stage)) >= KILLS * len(SUBSCRIBERS))
        releases = _news(stage)
        seen = _seen(stage)
    assert len(releases) == KILLS
    # lost none: every subscriber has a mail for every release
    assert {to for to, _ in seen} == {address for address, _ in SUBSCRIBERS}
    assert all(sum(1 for to, _ in seen if to == address) == KILLS for address, _ in SUBSCRIBERS)
    # a repeat carries the Message-ID of the first; what was accepted and not yet recorded is at most one message a line
    assert sum(count - 1 for count in seen.values()) <= KILLS * LINES


def _within(seconds: float) -> object:
    end = datetime.now(UTC) + timedelta(seconds=seconds)
    return lambda: datetime.now(UTC) >= end


def _seen(stage: Stage) -> Counter[tuple[str, str]]:
    """How often each (recipient, Message-ID) arrived."""
    people = {address for address, _ in SUBSCRIBERS}
    return Counter((mail["to"], mail["message_id"]) for mail in stage.mailbox.to_json() if mail["to"] in people)


def _news(stage: Stage) -> list[Release]:
    with stage.database.read() as session:
        return list(session.exec(select(Release).where(col(Release.news))).all())
