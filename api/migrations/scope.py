"""Which tables Alembic looks after."""

from typing import Any


def ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether a table or index is described by the models; full-text tables (`fts_…`) and the queue's own are made by hand."""
    return not (kind in {"table", "index"} and name is not None and name.startswith(("fts_", "ix_fts_", "procrastinate_")))
