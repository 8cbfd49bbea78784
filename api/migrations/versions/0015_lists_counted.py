"""Lists of tenders counted from an index alone, and the sources of each tender found with it."""

from collections.abc import Sequence

from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("ix_tender_listed", "tender", ["status", "closes_at", "id", "ocid"])
    op.drop_index("ix_tender_status_closes", table_name="tender")
    op.create_index("ix_sighting_shown", "sighting", ["tender_id", "source"])
    op.drop_index("ix_sighting_tender_id", table_name="sighting")


def downgrade() -> None:
    op.create_index("ix_sighting_tender_id", "sighting", ["tender_id"])
    op.drop_index("ix_sighting_shown", table_name="sighting")
    op.create_index("ix_tender_status_closes", "tender", ["status", "closes_at"])
    op.drop_index("ix_tender_listed", table_name="tender")
