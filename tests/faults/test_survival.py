"""A short run of the survival suite: two nodes, a few faults of every kind that heals soon. The long one is `make faults`."""

import asyncio
from pathlib import Path

import pytest

from tests.faults.survival.__main__ import survive
from tests.faults.survival.injury import ON_DISK, pause_past_the_lease


@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_a_cluster_that_is_broken_on_purpose_loses_and_repeats_nothing(tmp_path: Path) -> None:
    story = survive(tmp_path, faults=12, nodes=2, hosts=2, seed=7, pace=0.7, without=(pause_past_the_lease, *ON_DISK))
    verdict, done = asyncio.run(story)
    assert sum(done.values()) == 12
    assert verdict.events > 0
    assert verdict.good, verdict.counts()
