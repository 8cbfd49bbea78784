"""Which subscriptions a piece of news was matched against, so that the self-audit can match it again."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("notification", sa.Column("mark", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("notification", "mark")
