"""Fees: lines proposed from a schedule, rows that hold for spans of days, and what a code is paid on a day.

Confirmed rows of one contract and code never overlap: asking for a day gives one answer or none.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, bindparam
from sqlmodel import Session, col, or_, select

from contracts.extraction import ProposedFee
from contracts.models import Document, FeeItem
from contracts.vocabulary import Period


class Overlap(ValueError):
    """Raised when two confirmed fees of one code would hold on the same day; the text names both rows."""


def code_key(code: str) -> str:
    """The code as it is compared: upper case without spaces."""
    return "".join(code.split()).upper()


def propose(
    session: Session, document: Document, lines: Iterable[ProposedFee], *, pages: Sequence[str], now: datetime
) -> list[FeeItem]:
    """The lines of a schedule as proposed rows of the document's contract, each with the line as printed, for a person to confirm."""
    rows = []
    for line in lines:
        start, end = printed_line(line, pages)
        rows.append(
            FeeItem(
                organisation_id=document.organisation_id,
                contract_id=document.contract_id,
                document_id=document.id,
                code=code_key(line.code),
                description=line.description,
                amount=line.amount,
                unit=line.unit,
                page=line.page,
                start=start,
                end=end,
                quote=None if start is None else "\f".join(pages)[start:end],
                recorded_at=now,
            )
        )
    session.add_all(rows)
    session.flush()
    return rows


def printed_line(line: ProposedFee, pages: Sequence[str]) -> tuple[int | None, int | None]:
    """Where the line stands, as offsets into the whole text; None, None where its words are not found together."""
    offset = sum(len(page) + 1 for page in pages[: line.page - 1])
    digits = f"{line.amount:,.2f}".removesuffix(".00"), f"{line.amount:.2f}".removesuffix(".00")
    for printed in pages[line.page - 1].splitlines(keepends=True):
        said = " ".join(printed.split())
        if line.code in said and " ".join(line.description.split()) in said and any(amount in said for amount in digits):
            text = printed.strip()
            start = offset + printed.index(text)
            return start, start + len(text)
        offset += len(printed)
    return None, None


def confirm(
    session: Session,
    item: FeeItem,
    *,
    by: str,
    now: datetime,
    valid_from: date | None = None,
    valid_to: date | None = None,
    closing: FeeItem | None = None,
) -> FeeItem:
    """The row, confirmed for its span of days; `closing` is the row it takes over from on `valid_from`.

    Raises Overlap when another confirmed row of this contract and code shares a day with it, ValueError for an empty
    span or a row that was decided before.
    """
    if item.status != "proposed" or item.superseded_at is not None:
        raise ValueError(f"{named(item)} is {item.status} already")
    if valid_from is not None and valid_to is not None and valid_to <= valid_from:
        raise ValueError(f"the span from {valid_from} to {valid_to} holds no day")
    item.valid_from, item.valid_to = valid_from or item.valid_from, valid_to or item.valid_to
    if closing is not None:
        _close(session, closing, on=item.valid_from, by=by, now=now)
    refuse_overlap(session, item)
    item.status, item.decided_by, item.decided_at = "confirmed", by, now
    session.add(item)
    session.flush()
    return item


def corrected(session: Session, item: FeeItem, *, by: str, now: datetime, **changes: Any) -> FeeItem:
    """A proposal that was read wrong, as a new proposal with the right description, amount or unit; the old one stays superseded."""
    if item.status != "proposed" or item.superseded_at is not None:
        raise ValueError(f"{named(item)} is {item.status} already")
    kept = {key: getattr(item, key) for key in FeeItem.model_fields if key not in {"id", "recorded_at", "replaces_id"}}
    newer = FeeItem(**kept | changes, recorded_at=now, replaces_id=item.id)
    item.superseded_at, item.decided_by, item.decided_at = now, by, now
    session.add_all([item, newer])
    session.flush()
    return newer


def reject(session: Session, item: FeeItem, *, by: str, now: datetime) -> FeeItem:
    """The row, marked as wrong."""
    item.status, item.decided_by, item.decided_at = "rejected", by, now
    session.add(item)
    session.flush()
    return item


def refuse_overlap(session: Session, item: FeeItem) -> None:
    """Raise Overlap if a confirmed row of the same contract and code shares a day with this one."""
    query = _current(item.organisation_id).where(
        FeeItem.contract_id == item.contract_id, FeeItem.code == item.code, FeeItem.status == "confirmed"
    )
    for other in session.exec(query).all():
        if other.id != item.id and _period(other).overlaps(_period(item)):
            raise Overlap(f"{named(item)} and {named(other)} would both hold on the same day: end one before the other begins.")


def as_of(session: Session, code: str, *, organisation_id: int, day: date) -> list[FeeItem]:
    """Rows of the code that hold on the day, confirmed ones first; proposed ones are there for a person to look at."""
    query = _holding(organisation_id, day).where(FeeItem.code == code_key(code), FeeItem.status != "rejected")
    rows = session.exec(query.order_by(col(FeeItem.id))).all()
    return sorted(rows, key=lambda row: row.status != "confirmed")


def confirmed(
    session: Session, *, organisation_id: int, day: date, codes: Collection[str] | None, contract_ids: Sequence[int] | None = None
) -> list[FeeItem]:
    """Confirmed rows that hold on the day, of the codes or of all."""
    values: dict[str, Any] = {
        "organisation": organisation_id,
        "day": day,
        "everywhere": contract_ids is None,
        "contracts": list(contract_ids or ()),
    }
    if codes is None:
        return list(session.exec(_CONFIRMED, params=values).all())
    return list(session.exec(_CONFIRMED_OF_CODES, params=values | {"codes": list(codes)}).all())


def listed(session: Session, *, organisation_id: int, contract_id: int) -> Sequence[FeeItem]:
    """The contract's fee rows that nothing supersedes, by code."""
    query = _current(organisation_id).where(FeeItem.contract_id == contract_id)
    return list(session.exec(query.order_by(col(FeeItem.code), col(FeeItem.valid_from), col(FeeItem.id))).all())


def one(session: Session, item_id: int, *, organisation_id: int) -> FeeItem | None:
    """One fee row of the organisation, or None."""
    return session.exec(select(FeeItem).where(FeeItem.organisation_id == organisation_id, FeeItem.id == item_id)).first()


def named(item: FeeItem) -> str:
    """The row in words: "fee 12 (A100, 145.00 CAD, from 2024-04-01)"."""
    start = f"from {item.valid_from}" if item.valid_from else "from the beginning"
    until = f" until before {item.valid_to}" if item.valid_to else ""
    return f"fee {item.id if item.id is not None else '(new)'} ({item.code}, {item.amount} {item.currency}, {start}{until})"


def per(unit: str) -> str:
    """The unit as it is said after an amount: "per visit", but "each" and "hourly" as they are."""
    return unit if unit.partition(" ")[0] in {"per", "each", "flat", "one"} or unit.endswith("ly") else f"per {unit}"


def _close(session: Session, item: FeeItem, *, on: date | None, by: str, now: datetime) -> None:
    """Supersede a confirmed row by one that ends on the day."""
    if on is None or (item.valid_from is not None and on <= item.valid_from):
        raise ValueError(f"{named(item)} can't end on {on or 'no day'}")
    kept = {
        key: getattr(item, key) for key in FeeItem.model_fields if key not in {"id", "valid_to", "recorded_at", "replaces_id"}
    }
    shorter = FeeItem(**kept, valid_to=on, recorded_at=now, replaces_id=item.id)
    shorter.decided_by, shorter.decided_at = by, now
    item.superseded_at = now
    session.add_all([item, shorter])
    session.flush()


def _period(item: FeeItem) -> Period:
    return Period(item.valid_from, item.valid_to)


def _current(organisation_id: Any) -> Any:
    return select(FeeItem).where(FeeItem.organisation_id == organisation_id, col(FeeItem.superseded_at).is_(None))


def _holding(organisation_id: Any, day: Any) -> Any:
    return _current(organisation_id).where(
        or_(col(FeeItem.valid_from).is_(None), col(FeeItem.valid_from) <= day),
        or_(col(FeeItem.valid_to).is_(None), col(FeeItem.valid_to) > day),
    )


# built once: putting such a statement together costs more than running it
_CODES: Any = bindparam("codes", expanding=True)
_CONTRACTS: Any = bindparam("contracts", expanding=True)
_CONFIRMED = (
    _holding(bindparam("organisation"), bindparam("day"))
    .where(FeeItem.status == "confirmed", or_(bindparam("everywhere", type_=Boolean()), col(FeeItem.contract_id).in_(_CONTRACTS)))
    .order_by(col(FeeItem.code), col(FeeItem.id))
    .limit(2_000)
)
_CONFIRMED_OF_CODES = _CONFIRMED.where(col(FeeItem.code).in_(_CODES))
