"""Contracts are kept as long as their rule says, a hold keeps them longer, and what is disposed of leaves nothing but its log."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, SQLModel, select

from api import retaining
from api.database import Database
from contracts import audit, fees, holds, lookup, originals, particulars, retention, store, terms
from contracts.models import Contract, Document
from tests.api.service import settings
from tests.contracts import factories
from tests.contracts.factories import NOW, TODAY

OWNED = ("clause", "contract", "contractamendment", "contractparty", "document", "documentpage", "feeitem", "obligation", "term")


def filed(
    session: Session, folder: Path, *, end: date | None = date(2019, 4, 1), organisation_id: int = 1, **named: object
) -> Document:
    """A contract that ended, with a document, a corrected term, a fee and an amendment."""
    owner = factories.contract(organisation_id, start=date(2016, 4, 1), end=end, title=named.get("title", "Old"))
    document = factories.added(session, named.get("content"), owner)  # type: ignore[arg-type]
    originals.put(folder, document.sha256, b"")
    terms.confirm(session, factories.term(session, document), by="Ada", now=NOW, value="P3D")
    fees.confirm(session, factories.fee(session, document), by="Ada", now=NOW)
    given = {"rationale": "new form", "document_id": str(document.id)}
    particulars.add(session, owner, "amendment", given, by="Ada", now=NOW)
    return document


def keep_seven_years(session: Session, *, automatic: bool = False) -> None:
    retention.set_rule(session, organisation_id=1, months=84, basis="clause 14.2", automatic=automatic, by="Ada", now=NOW)


def test_a_contract_is_due_when_its_time_is_over_and_never_without_a_rule_or_an_end(session: Session, tmp_path: Path) -> None:
    filed(session, tmp_path)
    filed(session, tmp_path, end=None, title="No end", content="Other words")
    assert retention.due(session, organisation_id=1, today=date(2099, 1, 1)) == []
    keep_seven_years(session)
    assert retention.due(session, organisation_id=1, today=date(2026, 3, 31)) == []
    [one] = retention.due(session, organisation_id=1, today=date(2026, 4, 1))
    assert (one.contract.title, one.ended, one.since, one.hold) == ("Old", date(2019, 4, 1), date(2026, 4, 1), None)
    assert retention.due(session, organisation_id=2, today=date(2099, 1, 1)) == []


def test_what_is_held_stays_until_the_hold_is_lifted(database: Database, tmp_path: Path) -> None:
    folder = settings(tmp_path).originals
    with database.write() as session:
        contract_id = filed(session, folder).contract_id
        keep_seven_years(session, automatic=True)
        hold = holds.place(session, f"contract:{contract_id}", organisation_id=1, reason="a dispute", by="Ada", now=NOW)
    assert retaining.dispose_due(database, settings(tmp_path), now=NOW) == 0
    with pytest.raises(holds.Held, match=r"contract \d+ is held since 2026-04-01 \(a dispute\): lift the hold first"):
        retaining.dispose(database, folder, contract_id, organisation_id=1, by="Ada", reason="x", now=NOW)
    with database.write() as session:
        assert retention.due(session, organisation_id=1, today=TODAY)[0].hold is not None
        row = holds.one(session, hold.id or 0, organisation_id=1)
        assert row
        holds.lift(session, row, by="Bo", now=NOW)
    assert retaining.dispose_due(database, settings(tmp_path), now=NOW) == 1
    assert retaining.dispose_due(database, settings(tmp_path), now=NOW) == 0


def test_disposal_leaves_no_row_and_no_file_but_the_log_and_what_others_own(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        mine = filed(session, tmp_path)
        kept = filed(session, tmp_path, end=date(2030, 1, 1), title="Kept", content="We keep records for seven years.")
        theirs = filed(session, tmp_path, organisation_id=2)  # the same bytes in another organisation
        assert mine.sha256 == theirs.sha256
    assert retaining.dispose(database, tmp_path, mine.contract_id, organisation_id=1, by="Ada", reason="over", now=NOW)
    assert not retaining.dispose(database, tmp_path, theirs.contract_id, organisation_id=1, by="Ada", reason="over", now=NOW)
    with database.read() as session:
        for name in OWNED:
            table = SQLModel.metadata.tables[name]
            column = (
                table.c.contract_id if "contract_id" in table.c else table.c.id if name == "contract" else table.c.document_id
            )
            gone = mine.id if name == "documentpage" else mine.contract_id
            assert gone not in session.exec(select(column)).all(), name  # type: ignore[call-overload]
        answer = lookup.answer(session, "when is the discharge report due", organisation_id=1, as_of=TODAY)
        assert {place.contract for place in (answer.place, *answer.alternatives)} == {"Kept"}
        assert lookup.answer(session, "how long do we keep records", organisation_id=1, as_of=TODAY).recorded
        entry = audit.entries(session, organisation_id=1)[0]
        assert (entry.action, entry.detail["documents"], entry.detail["reason"]) == ("contract.disposed", [mine.sha256], "over")
        assert audit.verify(session, organisation_id=1).whole
    assert originals.place(tmp_path, mine.sha256).exists()  # the other organisation still has it
    retaining.dispose(database, tmp_path, theirs.contract_id, organisation_id=2, by="Di", reason="over", now=NOW)
    assert not originals.place(tmp_path, mine.sha256).exists()
    assert originals.place(tmp_path, kept.sha256).exists()


def test_without_being_told_the_clock_disposes_of_nothing(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        filed(session, tmp_path)
        keep_seven_years(session)
    assert retaining.dispose_due(database, settings(tmp_path), now=NOW + timedelta(days=9_999)) == 0
    with database.read() as session:
        assert len(session.exec(select(Contract)).all()) == 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"months": 0}, "keep records from 1 to 1200 months"),
        ({"basis": " "}, "say where the time comes from"),
        ({"record": "payee"}, "there is no rule for “payee”"),
    ],
)
def test_a_rule_that_can_not_be_is_refused(session: Session, given: dict[str, object], says: str) -> None:
    whole = {"organisation_id": 1, "months": 84, "basis": "x", "automatic": False, "by": "Ada", "now": NOW} | given
    with pytest.raises(retention.BadRule, match=says):
        retention.set_rule(session, **whole)  # type: ignore[arg-type]


def test_the_same_words_in_other_bytes_are_known(session: Session) -> None:
    first = factories.added(session, "The Provider\nmust report.")
    assert store.same_words(session, factories.text("The Provider must   report."), organisation_id=1) == first
    assert store.same_words(session, factories.text("The Provider must not report."), organisation_id=1) is None
    assert store.same_words(session, factories.text("The Provider must report."), organisation_id=2) is None
