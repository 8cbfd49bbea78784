"""Clauses that speak of what was asked, best first: narrowed to the organisation and contract, bounded, then ranked.

Every group must be met at first; then all but one, all but two, while too few clauses are found: a contract says "is due"
where the question says "send". Only a bounded set is ever ranked, so a common word costs no more than a rare one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log
from typing import Any

from sqlalchemy import Row, bindparam, text
from sqlmodel import Session, col, select

from contracts.clause_index import COLUMNS, COUNTED, Passage, opened
from contracts.models import Clause
from contracts.segments import HEADING
from contracts.synonyms import Group, stem, stemmed

SHOWN = 12  # of those, the ones that are kept
READ = 24  # clauses that are read and weighed at most
USUAL = 500  # code points of a clause of usual length
ENOUGH = 4  # matches that end the search
CHOSEN = 5  # groups of which every choice is tried


@dataclass(frozen=True, slots=True)
class Hit:
    """A clause and how much of the question it speaks of, from 0 to 1, rare words counting more."""

    clause: Passage
    coverage: float


def clauses(
    session: Session,
    groups: Sequence[Group],
    *,
    organisation_id: int,
    contract_ids: Sequence[int] | None = None,
    also: Sequence[int] = (),
) -> list[Hit]:
    """The best clauses, best first; `contract_ids` narrows the search, the clauses `also` are weighed with those found."""
    if not groups or (contract_ids is not None and not contract_ids):
        return []
    index = opened(session, organisation_id, contract_ids)
    counts = index.counts(groups)
    weights = _weights(counts)
    met = [group for count, group in sorted(zip(counts, groups, strict=True), key=lambda pair: pair[0]) if count]
    found: dict[int, Passage] = {}
    for size in range(len(met), 0, -1):
        # the rarest groups first, and of a long question only those: the number of choices stays small
        for chosen in combinations(met[:CHOSEN] if size <= CHOSEN else met, size):
            found.update({passage.id: passage for passage in _ranked(index.matching(chosen), groups, weights)})
        if len(found) >= ENOUGH:
            break
    read = {passage.id: passage for passage in [*_named(session, also, organisation_id), *list(found.values())[:READ]]}
    return _weighed(list(read.values()), groups, weights)[:SHOWN]


def overlapping(
    session: Session, spans: Sequence[tuple[int | None, int | None, int | None, float]], *, organisation_id: int
) -> dict[int, float]:
    """The clauses (by id) that share a character with a span (document, start, end, weight), each with its greatest weight."""
    found: dict[int, float] = {}
    for document_id, start, end, weight in spans:
        values = {"organisation": organisation_id, "document": document_id, "start": start, "end": end}
        for clause_id in session.exec(_OVERLAPPING, params=values).all():
            if clause_id is not None:
                found[clause_id] = max(found.get(clause_id, 0.0), weight)
    return found


def _weights(counts: Sequence[int]) -> list[float]:
    """What speaking of each group is worth: the rarer its words, the more."""
    return [log(1 + COUNTED / max(count, 1)) for count in counts]


def _ranked(matches: Sequence[Row[Any]], groups: Sequence[Group], weights: Sequence[float]) -> list[Passage]:
    """The clauses that speak most of the groups for their length (the BM25 formula with these weights).

    Done here and not by the index: its own ranking walks every match of every word first, however few are wanted.
    """
    asked = [
        (weight, [" ".join((*phrase[:-1], stem(phrase[-1]))) for phrase in group.phrases])
        for weight, group in zip(weights, groups, strict=True)
    ]
    scored = []
    for row in matches:
        plain, score = row.text.lower(), 0.0
        norm = 1.2 * (0.25 + 0.75 * len(plain) / USUAL)
        for weight, phrases in asked:
            count = sum(map(plain.count, phrases))
            score += weight * count / (count + norm)
        scored.append((-score, row.id, row))
    return [Passage._make(row) for *_, row in sorted(scored)[:SHOWN]]


def _weighed(rows: Sequence[Passage], groups: Sequence[Group], weights: Sequence[float]) -> list[Hit]:
    """Of those that say as much: first what says it in its own words, not in the heading it stands under; then the shorter one, which
    says less besides; then what stands first, for a contract goes from the rule to its exceptions.
    """
    whole = sum(weights) or 1.0
    found = []
    for row in rows:
        stems = stemmed(row.text)
        said = [group.stands_in(stems) for group in groups]
        coverage = sum(weight for weight, there in zip(weights, said, strict=True) if there) / whole
        found.append((-coverage, -_said_below_heading(row.text, groups, said), *_place(row), Hit(row, coverage)))
    return [hit for *_, hit in sorted(found, key=lambda one: one[:-1])]


def _said_below_heading(text: str, groups: Sequence[Group], said: Sequence[bool]) -> int:
    """How many of the groups the clause speaks of without the heading before it; `said` is for the whole clause."""
    heading, _, below = text.partition("\n")
    if not below or len(heading) > HEADING:
        return sum(said)
    stems = stemmed(below)
    return sum(there and group.stands_in(stems) for there, group in zip(said, groups, strict=True))


def _place(clause: Passage) -> tuple[bool, int, int]:
    return len(clause.text) > USUAL, clause.document_id, clause.start


def _named(session: Session, ids: Sequence[int], organisation_id: int) -> list[Passage]:
    """The organisation's clauses of these ids, in their order."""
    if not ids:
        return []
    rows = session.execute(_BY_ID, {"organisation": organisation_id, "ids": list(ids)}).all()
    by_id = {row.id: Passage._make(row) for row in rows}
    return [by_id[one] for one in ids if one in by_id]


# built once: putting the statement together costs more than running it
_IDS: Any = bindparam("ids", expanding=True)
_OVERLAPPING = select(Clause.id).where(
    Clause.organisation_id == bindparam("organisation"),
    Clause.document_id == bindparam("document"),
    col(Clause.start) < bindparam("end"),
    col(Clause.end) > bindparam("start"),
)
_BY_ID = text(f"SELECT {COLUMNS} FROM clause WHERE organisation_id = :organisation AND id IN :ids").bindparams(_IDS)  # noqa: S608
