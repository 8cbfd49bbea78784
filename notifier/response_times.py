"""How the desks do: questions asked, business days until an answer, and how often a question went to the wrong one; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from notifier import workdays
from notifier.models import Enquiry


@dataclass(frozen=True, slots=True)
class DeskRecord:
    """One desk: `days` is the median of business days to the first answer (None without one), `misroutes` were corrected."""

    desk: str
    asked: int
    answered: int
    waiting: int
    days: float | None
    misroutes: int


def by_desk(enquiries: Iterable[Enquiry]) -> list[DeskRecord]:
    """A record for each desk that was asked or mistaken for another, the most asked first; drafts count only as misroutes."""
    grouped: dict[str, list[Enquiry]] = {}
    for enquiry in enquiries:
        grouped.setdefault(enquiry.routed_to, []).append(enquiry)
    found = [_record(desk, rows) for desk, rows in grouped.items()]
    return sorted((one for one in found if one.asked or one.misroutes), key=lambda one: (-one.asked, one.desk))


def _record(desk: str, rows: list[Enquiry]) -> DeskRecord:
    asked = [row for row in rows if row.asked_at is not None]
    spans = [workdays.between(row.asked_at, row.answered_at) for row in asked if row.asked_at and row.answered_at]
    return DeskRecord(
        desk,
        asked=len(asked),
        answered=len(spans),
        waiting=sum(row.state == "asked" for row in asked),
        days=float(median(spans)) if spans else None,
        misroutes=sum(row.correction in {"proposed", "accepted"} for row in rows),
    )
