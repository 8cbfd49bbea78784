"""`kill -9` of the serving process at any moment loses no alert and repeats none but under the same Message-ID."""

import random
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import col, select

from api.accounts.models import FIRST_ORGANISATION
from api.demo.portal import PACIFIC, DemoPosting
from api.demo.story import SUBSCRIBERS, Stage, staged
from crawler.models import Release
from notifier import store

KILLS = 8
SEED = 20241101


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
            stage.wait("some part of the work", _within(moments.uniform(0.0, 2.5)))
            stage.service.restart(signal.SIGKILL)
        stage.wait("every mail", lambda: len(set(_seen(stage))) >= KILLS * len(SUBSCRIBERS))
        releases = _news(stage)
        seen = _seen(stage)
    assert len(releases) == KILLS
    # lost none: every subscriber has a mail for every release
    assert {to for to, _ in seen} == {address for address, _ in SUBSCRIBERS}
    assert all(sum(1 for to, _ in seen if to == address) == KILLS for address, _ in SUBSCRIBERS)
    # a repeat carries the Message-ID of the first, so mail clients show it once; at most one is in flight when the process dies
    repeats = Counter(seen.values())
    assert sum(count - 1 for count in seen.values()) <= KILLS, repeats


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
