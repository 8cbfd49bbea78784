"""The load measurement at a fiftieth of its size: no hot path reads a large table whole, looks are kept up with, and a page is made."""

from contextlib import closing
from pathlib import Path

import pytest

from api.database import Database
from bench import load, load_paths
from bench.synthetic import Scale


def test_no_hot_path_reads_a_large_table_whole(postgres_own: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_paths, "RUNS", 2)
    with closing(Database(postgres_own)) as database:
        found = load.loaded(database, tmp_path, Scale.of(0.02), seconds=3)
    assert found.scanned == []
    assert {table.name for table in found.tables if table.rows > load.LARGE} >= {"tender", "release", "delivery"}
    assert len(found.steady.looks) == 3
    assert found.steady.wide > 0
    page = load.page(found, command="python -m bench.load --scale 0.02")
    assert all(f"| {path.name} |" in page for path in found.paths)
