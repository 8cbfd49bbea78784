"""Going after a tender: what may be done in which stage, and the record that stays of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, SQLModel, create_engine

from contracts import pipeline, pursuits
from contracts.models import Contract, Pursuit, PursuitStep, PursuitTask
from contracts.pipeline import ACTS, NotInThisStage, Wanting, may, step
from contracts.pursuits import NothingToUndo, Target

NOW = datetime(2026, 7, 8, 17, 0, tzinfo=UTC)
TENDER = Target("ocds-test-048-2026", "Occupational rehabilitation services", "048-2026", NOW + timedelta(days=6))
WHO = {"by": "Ana", "now": NOW}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("stage", pipeline.STAGES)
def test_an_act_leads_where_the_table_says_and_is_refused_elsewhere(stage: str, act: str) -> None:
    said = {"decision": "close to home", "confirmation": "BC-1"}
    if may(stage, act):
        assert step(stage, act, **said).stage == ACTS[act][stage]
    else:
        with pytest.raises(NotInThisStage, match=f"this is {stage}"):
            step(stage, act, **said)


@pytest.mark.parametrize(("stage", "act"), [("watching", "go"), ("watching", "no_go"), ("preparing", "submit")])
def test_a_decision_wants_its_reason_and_a_submission_its_proof(stage: str, act: str) -> None:
    with pytest.raises(Wanting):
        step(stage, act, decision="", confirmation=None)


def test_a_tender_is_taken_up_once_in_an_organisation(session: Session) -> None:
    first = pursuits.take_up(session, TENDER, organisation_id=1, **WHO)
    assert pursuits.take_up(session, TENDER, organisation_id=1, **WHO).id == first.id
    other = pursuits.take_up(session, TENDER, organisation_id=2, **WHO)
    assert pursuits.one(session, other.id or 0, organisation_id=1) is None
    assert [row.id for row in pursuits.listed(session, organisation_id=1)] == [first.id]


def test_from_watching_to_the_contract(session: Session) -> None:
    row = pursuits.take_up(session, TENDER, organisation_id=1, **WHO)
    pursuits.act(session, row, "go", decision="Two of our sites are in the region", owner="Ana", due=date(2026, 7, 13), **WHO)
    lines = pursuits.tasks(session, row)
    assert [line.title for line in lines] == list(pipeline.CHECKLIST)
    pursuits.tick(session, lines[0], done=True, **WHO)
    assert pursuits.progress(session, organisation_id=1) == {row.id: (1, len(lines))}
    pursuits.act(session, row, "submit", confirmation="BC-4411", **WHO)
    assert row.submitted_at == NOW
    pursuits.act(session, row, "win", debrief="Best price of four", **WHO)
    made = pursuits.become_contract(session, row, title="", number="77-2026", **WHO)
    assert (made.ocid, made.solicitation_number, made.title) == (TENDER.ocid, "048-2026", TENDER.title)
    assert pursuits.become_contract(session, row, title="Again", number=None, **WHO).id == made.id
    assert [one.act for one in pursuits.history(session, row)] == ["contract", "win", "submit", "go", "take_up"]


def test_only_what_was_won_becomes_a_contract(session: Session) -> None:
    row = pursuits.take_up(session, TENDER, organisation_id=1, **WHO)
    with pytest.raises(NotInThisStage):
        pursuits.become_contract(session, row, title="", number=None, **WHO)


def test_a_tender_let_pass_can_be_gone_for_after_all(session: Session) -> None:
    row = pursuits.take_up(session, TENDER, organisation_id=1, **WHO)
    pursuits.act(session, row, "no_go", decision="Too far", **WHO)
    pursuits.act(session, row, "go", decision="A partner has a site there", **WHO)
    assert (row.stage, row.decision) == ("preparing", "A partner has a site there")


@contextmanager
def memory() -> Iterator[Session]:
    """A database for one example."""
    engine = create_engine("sqlite://")
    for model in (Contract, Pursuit, PursuitTask, PursuitStep):
        SQLModel.metadata.tables[model.__tablename__].create(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


ONE_ACT = st.sampled_from(sorted(ACTS))
DAYS = st.dates(date(2026, 1, 1), date(2027, 1, 1))


@given(st.lists(st.tuples(ONE_ACT, DAYS), max_size=8))
def test_every_step_can_be_taken_back_to_the_beginning(acts: list[tuple[str, date]]) -> None:
    with memory() as session:
        row = pursuits.take_up(session, TENDER, organisation_id=1, **WHO)
        done = 0
        seen = [_state(row)]
        for name, due in acts:
            if name != "contract" and may(row.stage, name):
                pursuits.act(session, row, name, decision=f"because {due}", confirmation="BC-1", due=due, **WHO)
                done += 1
                seen.append(_state(row))
        for known in reversed(seen[:-1]):
            pursuits.undo(session, row, **WHO)
            assert _state(row) == known
        with pytest.raises(NothingToUndo):
            pursuits.undo(session, row, **WHO)
        assert sum(one.act == "undo" for one in pursuits.history(session, row)) == done


def _state(row: object) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in ("stage", *pursuits.FIELDS))


def test_a_line_of_the_checklist_wants_words_and_keeps_its_place(session: Session) -> None:
    row = pursuits.take_up(session, TENDER, organisation_id=1, **WHO)
    with pytest.raises(ValueError, match="what is to be done"):
        pursuits.add_task(session, row, "  ")
    for title in ("Ask two referees", "Book the signing"):
        pursuits.add_task(session, row, title, owner="Ben", due=date(2026, 7, 10))
    assert [(line.position, line.title) for line in pursuits.tasks(session, row)] == [
        (1, "Ask two referees"),
        (2, "Book the signing"),
    ]
    line = pursuits.tasks(session, row)[0]
    pursuits.tick(session, line, done=True, by="Ben", now=NOW)
    pursuits.tick(session, line, done=True, by="Ana", now=NOW + timedelta(days=1))
    assert line.done_by == "Ben"
    assert pursuits.task(session, line.id or 0, organisation_id=2) is None
