"""A backup made while the database is open restores elsewhere with equal rows; a damaged one is refused and named."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import SQLModel, select

from api import backup
from api.database import Database
from api.settings import Settings
from crawler.models import Source

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A data folder with a database of one row and one original."""
    settings = Settings(data=tmp_path / "data")
    settings.originals.mkdir(parents=True)
    (settings.originals / "ab").write_bytes(b"signed")
    database = Database(settings.url)
    SQLModel.metadata.create_all(database.engine)
    with database.write() as session:
        session.add(Source(name="portal"))
    database.close()
    return settings


def test_a_backup_taken_while_writing_restores_elsewhere(settings: Settings, tmp_path: Path) -> None:
    database = Database(settings.url)
    with database.write() as session:
        session.add(Source(name="not committed yet"))
        session.flush()
        made = backup.make(settings, tmp_path / "backups", now=NOW)
        session.rollback()
    database.close()
    elsewhere = Settings(data=tmp_path / "elsewhere")
    backup.restore(made, elsewhere)
    restored = Database(elsewhere.url)
    with restored.read() as session:
        assert [source.name for source in session.exec(select(Source)).all()] == ["portal"]
    restored.close()
    assert (elsewhere.originals / "ab").read_bytes() == b"signed"
    assert backup.rows(elsewhere.data / "bidkeeper.db") == json.loads((made / "manifest.json").read_text())["rows"]


def test_a_damaged_file_is_named(settings: Settings, tmp_path: Path) -> None:
    made = backup.make(settings, tmp_path / "backups", now=NOW)
    (made / "originals" / "ab").write_bytes(b"forged")
    with pytest.raises(backup.BackupError, match=r"originals/ab is missing or damaged"):
        backup.restore(made, Settings(data=tmp_path / "elsewhere"))
    assert not (tmp_path / "elsewhere").exists()


def test_a_manifest_cannot_reach_outside(settings: Settings, tmp_path: Path) -> None:
    made = backup.make(settings, tmp_path / "backups", now=NOW)
    manifest = json.loads((made / "manifest.json").read_text())
    manifest["files"]["../../secret"] = "0"
    (made / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(backup.BackupError, match="outside itself"):
        backup.verify(made)


def test_a_filled_data_folder_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    made = backup.make(settings, tmp_path / "backups", now=NOW)
    with pytest.raises(backup.BackupError, match="not empty"):
        backup.restore(made, settings)


@pytest.mark.parametrize("content", [None, "not json", "{}"])
def test_what_is_no_backup_is_said_to_be_none(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(backup.BackupError, match="no backup"):
        backup.verify(tmp_path)


def test_nothing_to_back_up_is_said(tmp_path: Path) -> None:
    with pytest.raises(backup.BackupError, match="no database"):
        backup.make(Settings(data=tmp_path / "empty"), tmp_path, now=NOW)
