"""Alembic's entry: always on a connection that `api.migrate` opened, in one transaction."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON, String
from sqlmodel import SQLModel

import api.database  # noqa: F401 - knows every table
from api.migrations.scope import ours
from contracts.vocabulary.columns import Codelist, UTCDateTime


def plain(kind: str, item: Any, written: AutogenContext) -> str | Literal[False]:
    """Our own column types as the plain ones they are kept in, so that a migration outlives the code that made it."""
    if kind != "type":
        return False
    if isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Codelist):
        return "sa.String(length=40)"
    if isinstance(item, JSON):
        written.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    if type(item).__name__ == "AutoString" and isinstance(item.impl, String):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    include_name=ours,
    render_item=plain,
    compare_type=True,
)
context.run_migrations()
