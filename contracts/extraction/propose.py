"""The whole path of one document: pages → clauses → best candidates of every kind → values."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from contracts.extraction import fee_tables, lexicon, ranker, values
from contracts.extraction.date_roles import ROLES, last_signature
from contracts.extraction.dates import DateMention, dates
from contracts.extraction.proposal import Extraction, ProposedTerm
from contracts.extraction.ranker import Floats, Model
from contracts.extraction.segments import Segment, segments, sentences
from contracts.extraction.terms import Start, expires

CANDIDATES = 10
"""How many clauses are proposed for one kind."""
FAINTEST = 0.0005
"""Chance under which a clause is not proposed."""
READ_FROM, READ_TO = 0.2, 3
"""Values are read from a kind's first candidate, and from the next when as likely as this: a wrong value is worse than none."""
DATE_CHANCE = 0.05
"""Chance under which a date is not taken for the agreement's or the effective one."""
PAGE_BREAK = "\f"


def extract(pages: Sequence[str], *, model: Model | None = None) -> Extraction:
    """Propose the terms and fees of a document.

    `pages` are its page texts; offsets count code points in the pages joined by a form feed. A text file is one page,
    unchanged. Any text is accepted, an empty one has no terms. `model` is the shipped one unless given.
    """
    text = PAGE_BREAK.join(pages)
    every = sentences(text)
    starts = _page_starts(pages)
    proposed = [*_learnt_terms(text, every, model or ranker.model()), *_field_terms(every)]
    terms = tuple(replace(term, page=bisect_right(starts, term.start)) for term in proposed)
    return Extraction(pages=len(pages), terms=terms, fees=tuple(fee_tables.fees(pages)))


@dataclass(frozen=True)
class _Dated:
    """The document's dates with their chances of each role, and which signature follows which."""

    mentions: Sequence[DateMention]
    chances: Floats
    last_signature: Mapping[int, int] = field(default_factory=dict)

    def best(self, role: str) -> DateMention | None:
        column = ROLES.index(role)
        if not len(self.mentions):
            return None
        index = int(np.argmax(self.chances[:, column]))
        if self.chances[index, column] < DATE_CHANCE:
            return None
        return self.mentions[self.last_signature.get(index, index)]

    def start(self) -> Start:
        effective, signed = self.best("effective_date"), self.best("agreement_date")
        return Start(effective.date if effective else None, signed.date if signed else None)


def _learnt_terms(text: str, every: Sequence[Segment], model: Model) -> Iterator[ProposedTerm]:
    """The kinds of the CUAD list, by the trained model."""
    clauses = segments(text)
    mentions = dates(text)
    dated = _Dated(mentions, model.roles(text, mentions), last_signature(text, mentions))
    chances = model.confidences(clauses, every, mentions=mentions, roles=dated.chances)
    for column, kind in enumerate(model.kinds):
        yield from _best(kind, clauses, chances[:, column], dated)


def _best(kind: str, clauses: Sequence[Segment], chances: Floats, dated: _Dated) -> Iterator[ProposedTerm]:
    chosen = dated.best(kind) if kind in ROLES else None
    if chosen:
        chances = _raised(clauses, chances, chosen)
    order = np.argsort(-chances, kind="stable")[:CANDIDATES]
    for rank, index in enumerate(order):
        clause, chance = clauses[index], float(chances[index])
        if chance < FAINTEST:
            return
        value = None
        if rank < READ_TO and (chance >= READ_FROM or rank == 0):
            value = _value(kind, clause, dated.start(), chosen)
        yield ProposedTerm(kind, value, 0, clause.start, clause.end, clause.text, round(chance, 4))


def _raised(clauses: Sequence[Segment], chances: Floats, chosen: DateMention) -> Floats:
    """The clause that holds the date chosen for a role is at least as likely as any other."""
    raised = chances.copy()
    holder = max(0, bisect_right([clause.start for clause in clauses], chosen.start) - 1)
    raised[holder] = max(float(chances.max()) * 1.0001, float(chances[holder]))
    return raised.clip(0, 1)


def _value(kind: str, clause: Segment, start: Start, chosen: DateMention | None) -> str | None:
    if kind in ROLES:
        return chosen.date.isoformat() if chosen and clause.start <= chosen.start < clause.end else None
    if kind == "expiration_date":
        return _iso(expires(clause.text, start))
    return values.read(kind, clause.text)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _field_terms(every: Sequence[Segment]) -> Iterator[ProposedTerm]:
    """The kinds of this field, by their clues."""
    for kind, clues in lexicon.FIELD.items():
        scored = [(score, each) for each in every if (score := clues.score(each.text, each.heading)) is not None and score > -0.5]
        scored.sort(key=lambda pair: (-pair[0], pair[1].start))
        for score, each in scored[:CANDIDATES]:
            value = values.read(kind, each.text)
            yield ProposedTerm(kind, value, 0, each.start, each.end, each.text, round(lexicon.chance(score), 4))


def _page_starts(pages: Sequence[str]) -> list[int]:
    starts = [0]
    for page in pages[:-1]:
        starts.append(starts[-1] + len(page) + len(PAGE_BREAK))
    return starts
