"""A database of each schema that was ever in use is brought up to date and is all there: tests/samples/upgrade/REVISION.json.

A sample holds the rows that the product of that day wrote, table by table. One is added when a version is released.
"""

import base64
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import JSON, Boolean, Column, Date, DateTime, MetaData, func, select
from sqlmodel import Session, SQLModel
from sqlmodel import select as select_rows

from api import journeys
from api.app import create_app
from api.database import Database
from api.migrate import config, current, head, upgrade
from api.settings import Settings
from contracts import audit
from tests.api import service

SAMPLES = sorted((Path(__file__).parent / "samples" / "upgrade").glob("*.json"))
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_what_an_older_version_wrote_is_all_there(bare: Database, sample: Path, tmp_path: Path) -> None:
    rows = filled(bare, sample)
    upgrade(bare)
    assert current(bare) == head()
    with bare.read() as session:
        assert _counts(session, rows) == {name: len(kept) for name, kept in rows.items()}
        for mapper in SQLModel._sa_registry.mappers:  # every row can be read as what it is today
            session.exec(select_rows(mapper.class_)).all()
        assert audit.verify(session, organisation_id=1).whole
        asked = journeys.ask(session, "How long do we have to send the discharge report?", organisation_id=1, now=NOW)
        assert asked.answer.place.value == "P3D"
    settings = Settings(data=tmp_path, database_url=bare.url)
    with service.TestClient(create_app(settings, bare, clock=lambda: NOW), base_url=service.BASE) as web:
        page = web.get("/tenders")
        assert page.status_code == 200
        assert "Occupational Rehabilitation 2 Services" in page.text


def test_there_is_a_sample_of_the_first_schema() -> None:
    assert "0001" in {path.stem for path in SAMPLES}


def filled(database: Database, sample: Path) -> dict[str, list[dict[str, Any]]]:
    """Bring an empty database to the sample's revision and write its rows; gives them."""
    rows: dict[str, list[dict[str, Any]]] = json.loads(sample.read_text("utf-8"))
    with database.engine.execution_options(bidkeeper_write=True).begin() as connection:
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, sample.stem)
    tables = MetaData()
    tables.reflect(database.engine, only=list(rows))
    with database.engine.execution_options(bidkeeper_write=True).begin() as connection:
        for table in tables.sorted_tables:
            connection.execute(table.insert(), [_typed(table.columns, row) for row in rows[table.name]])
    return rows


def _typed(columns: Any, row: dict[str, Any]) -> dict[str, Any]:
    return {name: None if value is None else _value(columns[name], value) for name, value in row.items()}


def _value(column: Column[Any], value: Any) -> Any:
    if isinstance(value, dict):
        return base64.b64decode(value["base64"])
    for kind, read in READ.items():
        if isinstance(column.type, kind):
            return read(value)
    return value


READ: dict[type, Any] = {
    JSON: json.loads,
    DateTime: lambda value: datetime.fromisoformat(value).replace(tzinfo=UTC),
    Date: date.fromisoformat,
    Boolean: bool,
}


def _counts(session: Session, names: Any) -> dict[str, int]:
    tables = SQLModel.metadata.tables
    return {name: session.execute(select(func.count()).select_from(tables[name])).scalar_one() for name in names}
