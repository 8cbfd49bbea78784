"""Who a tender was awarded to, for how much, and why it was last amended."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("tender", sa.Column("supplier", sa.Text(), nullable=True))
    op.add_column("tender", sa.Column("value", sa.String(), nullable=True))
    op.add_column("tender", sa.Column("rationale", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("tender", "rationale")
    op.drop_column("tender", "value")
    op.drop_column("tender", "supplier")
