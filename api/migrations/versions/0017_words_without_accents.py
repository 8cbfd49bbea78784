"""Tenders are found by their type too, and without their accents on PostgreSQL as on SQLite: the index of words is made anew."""

from collections.abc import Sequence

from alembic import op

from crawler import fulltext

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    fulltext.INDEX.drop(op.get_bind())
    fulltext.INDEX.create(op.get_bind())


def downgrade() -> None:
    """The index answers the version before as well."""
