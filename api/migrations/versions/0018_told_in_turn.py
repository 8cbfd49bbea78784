"""An index of the deliveries that are still to be sent, by subscription: what is told of a tender is told in its order."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WAITING = sa.text("state IN ('queued', 'delayed', 'sending')")


def upgrade() -> None:
    op.create_index("ix_delivery_waiting", "delivery", ["subscription_id"], sqlite_where=WAITING, postgresql_where=WAITING)


def downgrade() -> None:
    op.drop_index("ix_delivery_waiting", table_name="delivery")
