"""Alembic's entry: always on a connection that `api.migrate` opened, in one transaction."""

from alembic import context
from sqlmodel import SQLModel

import api.database  # noqa: F401 - knows every table
from api.migrations.scope import ours

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    include_name=ours,
    compare_type=True,
)
context.run_migrations()
