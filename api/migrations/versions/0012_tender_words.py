"""Tenders found by word and by program line, and listed by day, without reading all of them."""

from collections.abc import Sequence

from alembic import op

from crawler import fulltext

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("ix_tender_closes", "tender", ["closes_at", "id"])
    op.create_index("ix_tender_published", "tender", ["published_at", "id"])
    fulltext.INDEX.create(op.get_bind())


def downgrade() -> None:
    fulltext.INDEX.drop(op.get_bind())
    op.drop_index("ix_tender_published", table_name="tender")
    op.drop_index("ix_tender_closes", table_name="tender")
