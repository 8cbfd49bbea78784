"""Pursuits as rows: taken up once a tender, moved by the acts of `pipeline`, with a checklist, a history and a way back.

Every function takes the organisation with it and flushes; the edge commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from contracts import pipeline
from contracts.models import Contract, Pursuit, PursuitStep, PursuitTask
from contracts.vocabulary import aware

PER_LIST = 200
FIELDS = ("owner", "due", "decision", "submitted_at", "confirmation", "proof_sha256", "proof_name", "debrief", "contract_id")


class NothingToUndo(ValueError):
    """Raised by `undo` where no step is left to be taken back."""


@dataclass(frozen=True, slots=True)
class Target:
    """What another room says of the tender that is taken up."""

    ocid: str
    title: str
    number: str | None = None
    closes_at: datetime | None = None


def take_up(session: Session, target: Target, *, organisation_id: int, by: str, now: datetime) -> Pursuit:
    """The organisation's pursuit of a tender; taking it up again changes nothing."""
    if known := of_tender(session, target.ocid, organisation_id=organisation_id):
        return known
    row = Pursuit(
        organisation_id=organisation_id,
        ocid=target.ocid,
        title=target.title,
        number=target.number,
        closes_at=target.closes_at,
        created_at=now,
        changed_at=now,
    )
    session.add(row)
    session.flush()
    _write(session, row, PursuitStep(**_step(row, by, now), act="take_up", old_stage="", new_stage=row.stage))
    return row


def act(session: Session, row: Pursuit, name: str, *, by: str, now: datetime, **fields: Any) -> Pursuit:
    """Do `name` (a key of pipeline.ACTS) with the fields it sets. Raises pipeline.NotInThisStage, pipeline.Wanting, KeyError."""
    if name == "submit":
        fields.setdefault("submitted_at", now)
    moved = pipeline.step(row.stage, name, **fields)
    before = {field: _plain(getattr(row, field)) for field in moved.fields}
    entry = PursuitStep(**_step(row, by, now), act=name, old_stage=row.stage, new_stage=moved.stage, before=before)
    for field, value in moved.fields.items():
        assert field in FIELDS
        setattr(row, field, value)
    row.stage, row.changed_at = moved.stage, now
    if name == "go" and not tasks(session, row):
        for title in pipeline.CHECKLIST:
            add_task(session, row, title)
    _write(session, row, entry)
    return row


def undo(session: Session, row: Pursuit, *, by: str, now: datetime) -> Pursuit:
    """Take the last step back: its fields stand as before. Both stay in the history. Raises NothingToUndo."""
    last = next((one for one in history(session, row) if one.act in pipeline.ACTS and not one.undone), None)
    if last is None:
        raise NothingToUndo("nothing is left to take back")
    for field, value in last.before.items():
        setattr(row, field, _read(field, value))
    entry = PursuitStep(**_step(row, by, now), act="undo", old_stage=row.stage, new_stage=last.old_stage)
    row.stage, row.changed_at, last.undone = last.old_stage, now, True
    session.add(last)
    _write(session, row, entry)
    return row


def become_contract(session: Session, row: Pursuit, *, title: str, number: str | None, by: str, now: datetime) -> Contract:
    """The contract that a won pursuit became, tied to the tender; doing it again gives the same contract."""
    if row.contract_id is not None:
        return session.get_one(Contract, row.contract_id)
    pipeline.step(row.stage, "contract")
    made = Contract(
        organisation_id=row.organisation_id,
        title=title.strip() or row.title,
        number=(number or "").strip() or None,
        solicitation_number=row.number,
        ocid=row.ocid,
        created_at=now,
    )
    session.add(made)
    session.flush()
    act(session, row, "contract", by=by, now=now, contract_id=made.id)
    return made


def one(session: Session, pursuit_id: int, *, organisation_id: int) -> Pursuit | None:
    """One pursuit of the organisation, or None, also where another organisation has it."""
    return session.exec(select(Pursuit).where(Pursuit.organisation_id == organisation_id, Pursuit.id == pursuit_id)).first()


def of_tender(session: Session, ocid: str, *, organisation_id: int) -> Pursuit | None:
    """The organisation's pursuit of this tender."""
    return session.exec(select(Pursuit).where(Pursuit.organisation_id == organisation_id, Pursuit.ocid == ocid)).first()


def listed(
    session: Session, *, organisation_id: int, stages: Sequence[str] = (), limit: int = PER_LIST, before: int | None = None
) -> Sequence[Pursuit]:
    """The organisation's pursuits, those that close first first; with `before`, by id downwards from there."""
    query = select(Pursuit).where(Pursuit.organisation_id == organisation_id)
    if stages:
        query = query.where(col(Pursuit.stage).in_(stages))
    if before is not None:
        return session.exec(query.where(col(Pursuit.id) < before).order_by(col(Pursuit.id).desc()).limit(limit)).all()
    none_last = col(Pursuit.closes_at).is_(None)
    return session.exec(query.order_by(none_last, col(Pursuit.closes_at), col(Pursuit.id)).limit(limit)).all()


def history(session: Session, row: Pursuit) -> Sequence[PursuitStep]:
    """What was done, last first."""
    query = select(PursuitStep).where(PursuitStep.organisation_id == row.organisation_id, PursuitStep.pursuit_id == row.id)
    return session.exec(query.order_by(col(PursuitStep.id).desc()).limit(PER_LIST)).all()


def tasks(session: Session, row: Pursuit) -> Sequence[PursuitTask]:
    """The checklist, in its order."""
    query = select(PursuitTask).where(PursuitTask.organisation_id == row.organisation_id, PursuitTask.pursuit_id == row.id)
    return session.exec(query.order_by(col(PursuitTask.position), col(PursuitTask.id)).limit(PER_LIST)).all()


def progress(session: Session, *, organisation_id: int) -> dict[int, tuple[int, int]]:
    """For each pursuit with a checklist, how many of its lines are done, and how many there are."""
    query = (
        select(PursuitTask.pursuit_id, func.count(col(PursuitTask.done_at)), func.count())
        .where(PursuitTask.organisation_id == organisation_id)
        .group_by(col(PursuitTask.pursuit_id))
    )
    return {pursuit: (done, whole) for pursuit, done, whole in session.exec(query).all()}


def add_task(session: Session, row: Pursuit, title: str, *, owner: str | None = None, due: date | None = None) -> PursuitTask:
    """A further line of the checklist; raises ValueError for one without words, or beyond PER_LIST."""
    assert row.id is not None
    last = [known.position for known in tasks(session, row)]
    if not title.strip():
        raise ValueError("say what is to be done")
    if len(last) >= PER_LIST:
        raise ValueError(f"a checklist holds at most {PER_LIST} lines")
    task = PursuitTask(
        organisation_id=row.organisation_id,
        pursuit_id=row.id,
        position=max(last, default=0) + 1,
        title=title.strip(),
        owner=owner or None,
        due=due,
    )
    session.add(task)
    session.flush()
    return task


def task(session: Session, task_id: int, *, organisation_id: int) -> PursuitTask | None:
    """One line of a checklist of the organisation."""
    return session.exec(
        select(PursuitTask).where(PursuitTask.organisation_id == organisation_id, PursuitTask.id == task_id)
    ).first()


def tick(session: Session, row: PursuitTask, *, done: bool, by: str, now: datetime) -> PursuitTask:
    """Mark a line as done, or as still to do; what is as wanted stays as it was."""
    if (row.done_at is not None) != done:
        row.done_at, row.done_by = (now, by) if done else (None, None)
        session.add(row)
        session.flush()
    return row


def _step(row: Pursuit, by: str, now: datetime) -> dict[str, Any]:
    assert row.id is not None
    return {"organisation_id": row.organisation_id, "pursuit_id": row.id, "at": now, "by": by}


def _write(session: Session, row: Pursuit, entry: PursuitStep) -> None:
    session.add(row)
    session.add(entry)
    session.flush()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _read(field: str, value: Any) -> Any:
    if value is None:
        return None
    if field == "submitted_at":
        return aware(datetime.fromisoformat(value))
    return date.fromisoformat(value) if field == "due" else value
