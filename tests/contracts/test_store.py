"""Documents are stored once, whole, and seen by their own organisation alone."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from api.database import Database
from contracts import documents, fulltext, originals, search, store, synonyms
from contracts.models import Clause
from tests.contracts import factories, samples


def test_pages_join_to_the_whole_text_at_their_offsets(session: Session) -> None:
    document = factories.added(session)
    pages = store.pages(session, document.id or 0, organisation_id=1)
    whole = "\f".join(samples.AGREEMENT)
    assert "\f".join(page.text for page in pages) == whole
    assert all(whole[page.start :].startswith(page.text) for page in pages)
    clauses = session.exec(select(Clause)).all()
    assert all(whole[clause.start : clause.end] == clause.text for clause in clauses)
    assert len(clauses) > 8


def test_the_same_bytes_twice_are_one_document(session: Session) -> None:
    first = factories.added(session)
    again = factories.added(session, owner=factories.contract(title="another"))
    assert again.id == first.id
    assert [row.title for row in store.contracts(session, organisation_id=1)] == ["OR2 agreement"]
    other = factories.added(session, owner=factories.contract(2))
    assert other.id != first.id


def test_an_organisation_sees_only_its_own(session: Session) -> None:
    document = factories.added(session)
    assert document.id
    foreign = {"organisation_id": 2}
    assert store.document(session, document.id, **foreign) is None
    assert store.contract(session, document.contract_id, **foreign) is None
    assert store.contract_named(session, "OR2 agreement", **foreign) is None
    assert store.contract_named(session, str(document.contract_id), **foreign) is None
    assert store.pages(session, document.id, **foreign) == []
    assert store.page(session, document.id, 1, **foreign) is None
    assert store.documents(session, **foreign) == []
    assert store.contracts(session, **foreign) == []
    assert store.contracts_by_id(session, [document.contract_id], **foreign) == {}
    assert store.named(session, [document.contract_id], **foreign) == {}
    assert store.in_force(session, [document.id], day=factories.TODAY, **foreign) == {}
    assert search.clauses(session, synonyms.groups("discharge report"), **foreign) == []
    with pytest.raises(store.WrongOrganisation):
        store.add(session, organisation_id=2, document=factories.text("x"), contract=factories.contract(1), now=factories.NOW)


def test_a_search_finds_the_clauses_of_its_own_organisation_among_those_of_two(session: Session) -> None:
    for organisation_id in (1, 2):
        owner = factories.added(session, owner=factories.contract(organisation_id)).contract_id
        asked = {"organisation_id": organisation_id}
        assert {one.clause.contract_id for one in search.clauses(session, synonyms.groups("discharge report"), **asked)} == {
            owner
        }
    first = search.clauses(session, synonyms.groups("discharge report"), organisation_id=1)
    foreign = [one.clause.id for one in first]
    both = search.clauses(session, synonyms.groups("discharge report"), organisation_id=2, also=foreign)
    assert {one.clause.contract_id for one in both} == {owner}


def test_a_removed_or_changed_clause_leaves_the_index(session: Session) -> None:
    factories.added(session)
    asked = synonyms.groups("discharge report")
    changed = session.get_one(Clause, search.clauses(session, asked, organisation_id=1)[0].clause.id)
    changed.text = "Nothing of the kind."
    session.flush()
    assert [one.clause.id for one in search.clauses(session, asked, organisation_id=1) if one.coverage == 1] == []
    invoices = search.clauses(session, synonyms.groups("invoices received"), organisation_id=1)[0].clause
    session.delete(session.get_one(Clause, invoices.id))
    session.flush()
    assert invoices.id not in [
        one.clause.id for one in search.clauses(session, synonyms.groups("invoices received"), organisation_id=1)
    ]


def test_the_index_is_made_again_from_what_is_stored(database: Database) -> None:
    with database.write() as session:
        factories.added(session)
    with database.engine.begin() as connection:
        fulltext.drop(connection)
        fulltext.create(connection)
        fulltext.create(connection)  # harmless the second time
    with database.read() as session:
        hits = search.clauses(session, synonyms.groups("discharge report"), organisation_id=1)
        assert hits[0].coverage == 1
        counted = session.execute(text("SELECT count(*) FROM fts_clause")).scalar_one()
        assert counted == len(session.exec(select(Clause)).all())


def test_words_of_a_question_are_never_taken_for_search_syntax(session: Session) -> None:
    factories.added(session)
    for question in (
        '"discharge',
        "discharge AND NOT (",
        "scope : o2 discharge",
        "'; DROP TABLE clause; --",
        "discharge & | ! :* <->",
        "@o2",
    ):
        search.clauses(session, synonyms.groups(question), organisation_id=1)
    assert session.exec(select(Clause)).first() is not None


def test_an_original_is_kept_byte_for_byte_once(tmp_path: Path) -> None:
    read = documents.read(samples.pdf("signed"), "a.pdf")
    path = originals.keep(tmp_path, read)
    assert path == tmp_path / read.sha256[:2] / read.sha256
    assert path.read_bytes() == read.data
    assert originals.keep(tmp_path, read) == path
    assert originals.fetch(tmp_path, read.sha256) == read.data
    assert list(path.parent.iterdir()) == [path]


def test_a_changed_or_missing_original_is_named(tmp_path: Path) -> None:
    read = documents.read(samples.pdf("signed"), "a.pdf")
    path = originals.keep(tmp_path, read)
    path.chmod(0o640)
    path.write_bytes(read.data[:-1] + b"x")
    with pytest.raises(originals.OriginalLost, match="was changed"):
        originals.fetch(tmp_path, read.sha256)
    path.unlink()
    with pytest.raises(originals.OriginalLost, match="restore it from a backup"):
        originals.fetch(tmp_path, read.sha256)


def test_an_original_half_written_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = documents.read(samples.pdf("signed"), "a.pdf")

    def full(_descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(originals.os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        originals.keep(tmp_path, read)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
