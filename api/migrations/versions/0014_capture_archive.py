"""The answers that stand in one evidence file, found without reading all of them."""

from collections.abc import Sequence

from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("ix_capture_archive", "capture", ["archive"])


def downgrade() -> None:
    op.drop_index("ix_capture_archive", table_name="capture")
