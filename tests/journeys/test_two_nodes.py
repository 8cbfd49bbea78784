"""Two nodes on one PostgreSQL: a posting becomes one mail to each subscriber, whichever node looks and whichever sends."""

from pathlib import Path

import pytest

from api.demo import story
from api.demo.story import staged


@pytest.mark.timeout(300)
def test_what_is_posted_is_mailed_once_whichever_node_does_the_work(postgres_own: str, tmp_path: Path) -> None:
    with staged(tmp_path, lambda _: None, database_url=postgres_own, workers=1) as stage:
        for step in (story._subscribe, story._post, story._add_addendum):
            step(stage)
        story._nothing_twice(stage)
        assert not list(tmp_path.rglob("*.db"))
