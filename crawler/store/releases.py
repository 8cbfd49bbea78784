"""A release's row: its name is made of what it tells, so that telling it twice is one row."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from contracts.vocabulary import Change, ReleaseTag
from crawler.models import Release, Tender


def values(
    tender: Tender,
    tag: ReleaseTag,
    found: Sequence[Change],
    *,
    source: str,
    now: datetime,
    news: bool = True,
    capture_id: int | None = None,
    mark: str = "",
) -> dict[str, Any]:
    """The columns of a release; `mark` tells apart what one source says of one tender in one moment."""
    name = "\x00".join(filter(None, (tender.ocid, source, now.isoformat(), tag, mark)))
    return {
        "release_id": f"{tender.ocid}-{hashlib.blake2b(name.encode(), digest_size=6).hexdigest()}",
        "ocid": tender.ocid,
        "tender_id": tender.id or 0,
        "tag": tag,
        "date": now,
        "source": source,
        "changes": [{"field": c.field, "old": c.old, "new": c.new} for c in found],
        "capture_id": capture_id,
        "news": news,
    }


def release(tender: Tender, tag: ReleaseTag, found: Sequence[Change], **said: Any) -> Release:
    """A new release, not yet in any session; keywords as of `values`."""
    return Release(**values(tender, tag, found, **said))
