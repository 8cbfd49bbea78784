"""The language of a message that no subscription asked for, and of the mails to a payee."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for table in ("delivery", "payee"):
        op.add_column(table, sa.Column("language", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    for table in ("payee", "delivery"):
        op.drop_column(table, "language")
