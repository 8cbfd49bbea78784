"""Whether a document was replaced, found without reading all of them."""

from collections.abc import Sequence

from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("ix_document_replaces_id", "document", ["replaces_id"])


def downgrade() -> None:
    op.drop_index("ix_document_replaces_id", table_name="document")
