"""Digests, business days, and what a channel other than mail has to know."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("delivery", sa.Column("digest", sa.String(), nullable=True))
    op.create_index("ix_delivery_digest", "delivery", ["digest"])
    op.add_column("subscription", sa.Column("workdays", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("subscription", sa.Column("options", JSON, nullable=False, server_default="{}"))
    op.add_column("subscription", sa.Column("note", sa.String(), nullable=False, server_default=""))
