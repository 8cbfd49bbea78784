"""The clock never looks twice at one source at a time, sends what is due together as one, and finishes what is in flight."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from api import scheduler
from api.scheduler import Clock
from crawler.sources import SourceConfig


def source(name: str, **options: object) -> SourceConfig:
    """A source that is switched on and due only once in a test."""
    return SourceConfig.model_validate(
        {
            "name": name,
            "platform": "feed",
            "address": "https://portal.example/",
            "permission": "a test",
            "every": timedelta(days=1),
        }
        | options
    )


class Looks:
    """Records each batch; a look lasts until `let_go` is set."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.at_once: set[str] = set()
        self.let_go = asyncio.Event()
        self.begun = asyncio.Event()
        self.finished = 0

    async def __call__(self, batch: Sequence[SourceConfig]) -> None:
        names = {one.name for one in batch}
        assert not names & self.at_once
        self.at_once |= names
        self.batches.append(sorted(names))
        self.begun.set()
        await self.let_go.wait()
        self.at_once -= names
        self.finished += 1


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "GATHERING", 0.05)


def now() -> datetime:
    return datetime.now(UTC)


def test_sources_that_are_due_together_share_one_crawl_and_a_switched_off_one_is_left_out() -> None:
    async def story() -> Looks:
        looks = Looks()
        clock = Clock(looks, now=now)
        clock.watch([source("a"), source("b"), source("off", enabled=False)])
        clock.start()
        await looks.begun.wait()
        looks.let_go.set()
        await clock.stop()
        return looks

    assert asyncio.run(story()).batches == [["a", "b"]]


def test_a_fire_during_a_look_counts_once_and_waits_for_its_end() -> None:
    async def story() -> Looks:
        looks = Looks()
        clock = Clock(looks, now=now)
        clock.watch([one := source("a")])
        clock.start()
        await looks.begun.wait()
        looks.begun.clear()
        for _ in range(3):
            await clock._fire(one)
        assert looks.batches == [["a"]]
        looks.let_go.set()
        await looks.begun.wait()
        await clock.stop()
        return looks

    assert asyncio.run(story()).batches == [["a"], ["a"]]


def test_a_slow_source_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "PATIENCE", 0.05)

    async def story() -> Looks:
        looks = Looks()
        clock = Clock(looks, now=now)
        clock.watch([source("slow")])
        clock.start()
        await looks.begun.wait()
        looks.begun.clear()
        await clock._fire(source("quick"))
        await looks.begun.wait()  # while the slow one is still looked at
        looks.let_go.set()
        await clock.stop()
        return looks

    assert asyncio.run(story()).batches == [["slow"], ["quick"]]


def test_stopping_waits_for_the_look_in_flight() -> None:
    async def story() -> Looks:
        looks = Looks()
        clock = Clock(looks, now=now)
        clock.watch([source("a")])
        clock.start()
        await looks.begun.wait()
        stopping = asyncio.create_task(clock.stop())
        await asyncio.sleep(0)
        assert not stopping.done()
        looks.let_go.set()
        await stopping
        return looks

    assert asyncio.run(story()).finished == 1


def test_a_look_that_raises_does_not_stop_the_clock() -> None:
    async def story() -> int:
        failed = asyncio.Event()
        calls = 0

        async def look(_batch: Sequence[SourceConfig]) -> None:
            nonlocal calls
            calls += 1
            failed.set()
            raise RuntimeError

        clock = Clock(look, now=now)
        clock.watch([one := source("a")])
        clock.start()
        await failed.wait()
        failed.clear()
        await clock._fire(one)
        await failed.wait()
        await clock.stop()
        return calls

    assert asyncio.run(story()) == 2
