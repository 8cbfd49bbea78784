"""A tender's row as the posting that it was made of, and back."""

from typing import Any

from crawler.items import PostedDocument, Posting
from crawler.models import Tender


def as_posting(tender: Tender) -> Posting:
    """A tender's values as a posting, to compare them with what a portal says."""
    return Posting(
        id=tender.ocid,
        number=tender.number,
        title=tender.title,
        status=tender.status,
        buyer=tender.buyer,
        published=tender.published_at,
        closes=tender.closes_at,
        closes_text=tender.closes_text,
        closes_precision=tender.closes_precision,
        url=tender.url,
        amendments=tender.amendments,
        addenda=tender.addenda,
        documents=tender.documents,
        type=tender.type,
        description=tender.description,
        supplier=tender.supplier,
        value=tender.value,
        rationale=tender.rationale,
        files=tuple(PostedDocument(**file) for file in tender.files),
    )


def update(tender: Tender, values: dict[str, Any]) -> None:
    """Give the tender these columns."""
    for name, value in values.items():
        setattr(tender, name, value)
