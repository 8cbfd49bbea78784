"""What a look would change, worked out before anything is written: the guard judges the plan, and only then it is applied."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlmodel import Session, col, select

from contracts.vocabulary import Change, TenderStatus
from crawler import misread, volume
from crawler.changes import TEXTS, changes, coarser
from crawler.identity import Row, renamed, rows
from crawler.items import Look, Posting
from crawler.models import Sighting, Source
from crawler.normalise import number_key
from crawler.sources import SourceConfig

T = TypeVar("T")
CHUNK = 500  # values in one IN (…)
REENCODED = 5  # rows of one look that differ only where letters may have been spoilt: the file was read wrongly
RERENDERED = 5  # rows of one look of which nothing is new but the hour of the day they close on: the column gained its hours
STALE = timedelta(days=180)  # a posting without a closing that was published longer ago is not new, whenever it appears


class Known(NamedTuple):
    """The little of a sighting that every look needs; the posting itself is read only where the digest differs."""

    id: int
    native_id: str
    tender_id: int
    digest: str
    missing_since: datetime | None
    closes_at: datetime | None
    unsettled: bool
    number_key: str | None


@dataclass(slots=True)
class Plan:
    """Rows sorted by what is to be done with them; `changed` holds what each said before and what of it means something."""

    new: list[Row] = field(default_factory=list)
    changed: list[tuple[Known, Row, Posting, list[Change]]] = field(default_factory=list)
    renamed: list[tuple[Known, str]] = field(default_factory=list)
    settled: list[Known] = field(default_factory=list)
    returned: list[Known] = field(default_factory=list)
    gone: list[Known] = field(default_factory=list)
    unchanged: int = 0
    facts: volume.Facts = field(default_factory=lambda: volume.Facts(rows=0, read=0))


def draw(session: Session, state: Source, config: SourceConfig, look: Look, *, now: datetime) -> Plan:
    """The plan for a look, from one query for what is there, one for what came back and one for what differs."""
    plan = Plan()
    present = {known.native_id: known for known in _present(session, config.name)}
    listed = rows(look.postings)
    known = present | {k.native_id: k for k in _absent(session, config.name, _ids(listed, present))}
    listed = [_under_known_id(row, known) for row in listed]

    unknown = [row for row in listed if row.native_id not in known]
    here = {row.native_id for row in listed}
    gone = {k.native_id: k for k in present.values() if k.native_id not in here}
    new_names = _renamed(session, unknown, gone, len(listed)) if unknown and gone else {}

    differing: list[tuple[Known, Row]] = []
    for row in listed:
        before = known.get(row.native_id)
        if before is None and row.native_id in new_names:
            before = gone.pop(new_names[row.native_id])
            plan.renamed.append((before, row.native_id))
        if before is None:
            plan.new.append(row)
            continue
        if before.missing_since is not None:
            plan.returned.append(before)
        if before.digest != row.digest:
            differing.append((before, row))
        else:
            plan.unchanged += 1
            if before.unsettled:
                plan.settled.append(before)
    said = _postings(session, [before.id for before, _ in differing])
    plan.changed = _forgiven([(b, row, said[b.id], changes(said[b.id], row.posting)) for b, row in differing])
    part = config.window or look.announces  # what it lacks means nothing
    plan.gone = [] if part else list(gone.values())
    plan.facts = _facts(plan, state, look, present.values(), now=now, window=part)
    return plan


def _facts(plan: Plan, state: Source, look: Look, present: Collection[Known], *, now: datetime, window: bool) -> volume.Facts:
    return volume.Facts(
        rows=look.rows,
        read=len(look.postings),
        before=volume.usual([int(size) for size in state.volume]),
        present=len(present),
        present_open=sum(_open(k, now) for k in present),
        gone=len(plan.gone),
        gone_open=sum(_open(k, now) for k in plan.gone),
        new_open=sum(open_to_bids(row.posting, now) for row in plan.new),
        changed=sum(bool(found) for _, _, _, found in plan.changed),
        unplaced=sum(old.closes is not None and row.posting.closes is None for _, row, old, found in plan.changed if found),
        total=look.total,
        columns=look.columns,
        columns_before=tuple(str(name) for name in state.columns),
        says_none=look.says_none,
        window=window,
        parts=sum(len(old.parts) for _, _, old, _ in plan.changed),
        parts_changed=sum(len(found) for _, _, old, found in plan.changed if old.parts),
    )


def open_to_bids(posting: Posting, now: datetime) -> bool:
    """Whether a posting is, or is planned to be, open: news when first seen. One that does not say is taken for open."""
    over = posting.closes < now if posting.closes else posting.published is not None and now - posting.published > STALE
    return not over and posting.status in {TenderStatus.OPEN, TenderStatus.PLANNED, TenderStatus.UNKNOWN}


def _open(known: Known, now: datetime) -> bool:
    return known.closes_at is None or known.closes_at >= now


def _forgiven(changed: list[tuple[Known, Row, Posting, list[Change]]]) -> list[tuple[Known, Row, Posting, list[Change]]]:
    """The changes without those that only a whole file makes: of one that was read in a wrong encoding so badly that letters were
    lost, and of one whose deadlines are printed with their hours from now on.

    One row alone may be an edit; several rows of one look that differ only in words with other letters, or hours, are none.
    """
    spoilt = {before.id for before, _, _, found in changed if found and all(_spoilt(change) for change in found)}
    refined = {
        before.id
        for before, row, old, found in changed
        if [change.field for change in found] == ["closes"] and coarser(row.posting, old)
    }
    forgiven = (spoilt if len(spoilt) >= REENCODED else set()) | (refined if len(refined) >= RERENDERED else set())
    return [(before, row, old, [] if before.id in forgiven else found) for before, row, old, found in changed]


def _spoilt(change: Change) -> bool:
    return change.field in TEXTS and misread.only_spoilt(str(change.old or ""), str(change.new or ""))


def _under_known_id(row: Row, known: dict[str, Known]) -> Row:
    """The row under the id it had before the portal began, or ceased, to give that id to another row as well."""
    base, mark, _ = row.native_id.partition("#")
    number = number_key(row.posting.number)
    if row.native_id in known and (mark or known[row.native_id].number_key in {number, None} or number is None):
        return row
    other = base if mark else f"{row.native_id}#{number}"[:250]
    if other in known and known[other].number_key == number:
        return Row(other, row.posting, row.digest)
    return row


def _ids(listed: Sequence[Row], present: dict[str, Known]) -> set[str]:
    """Ids to look for among the absent: those not present, and the other form of those that may be under it."""
    wanted = set()
    for row in listed:
        before = present.get(row.native_id)
        if before is None:
            wanted.add(row.native_id)
        base, mark, _ = row.native_id.partition("#")
        number = number_key(row.posting.number)
        if mark:
            wanted.add(base)
        elif number and (before is None or before.number_key != number):
            wanted.add(f"{row.native_id}#{number}"[:250])
    return wanted - present.keys()


def _renamed(session: Session, unknown: list[Row], gone: dict[str, Known], size: int) -> dict[str, str]:
    said = _postings(session, [k.id for k in gone.values()])
    return renamed(unknown, {name: said[k.id] for name, k in gone.items()}, size)


COLUMNS = (
    Sighting.id, Sighting.native_id, Sighting.tender_id, Sighting.digest, Sighting.missing_since, Sighting.closes_at,
    Sighting.unsettled, Sighting.number_key,
)  # fmt: skip


def _present(session: Session, source: str) -> Iterator[Known]:
    query: Any = select(*COLUMNS).where(Sighting.source == source, col(Sighting.missing_since).is_(None))  # type: ignore[call-overload]
    return (Known(*row) for row in session.exec(query))


def _absent(session: Session, source: str, ids: set[str]) -> Iterator[Known]:
    for chunk in chunks(sorted(ids)):
        query: Any = select(*COLUMNS).where(Sighting.source == source, col(Sighting.native_id).in_(chunk))  # type: ignore[call-overload]
        yield from (Known(*row) for row in session.exec(query))


def _postings(session: Session, ids: Sequence[int]) -> dict[int, Posting]:
    found: dict[int, Posting] = {}
    for chunk in chunks(ids):
        for key, said in session.exec(select(Sighting.id, Sighting.posting).where(col(Sighting.id).in_(chunk))):
            found[key or 0] = Posting.load(dict(said))
    return found


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """The values in lists that fit one query."""
    iterator = iter(values)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
