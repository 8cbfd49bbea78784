"""A question → what the contracts on file say on a day, or that nothing is recorded. Never an invented value.

First a fee or a term that a person confirmed and that holds on the day: its value. Else the clause that speaks of what
was asked: its words and place, without a value. Else nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row
from sqlmodel import Session

from contracts import asked_day, fees, search, store, synonyms, terms
from contracts.clause_index import Passage
from contracts.models import FeeItem, Term
from contracts.vocabulary import Period

GOOD = 0.6  # share of the question that a clause must speak of to be quoted
WITHOUT_EXPECTED = 0.8  # what is left of it for a clause without the kind of answer that was asked for
ALTERNATIVES = 5
FITTING = 0.9  # what a clause is worth at least that was proposed for the kind asked for and says all else
HINT = 0.2  # what being proposed for the kind asked for adds, among clauses that speak of all that was asked
KINDS = 2  # kinds of term that one question may be about

NUMBER = r"(?:\d+\)?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|fifteen|twenty|thirty|sixty|ninety)"
EXPECTED = {
    "amount": re.compile(r"[$€£]\s?\d|\d+(?:,\d{3})*\.\d\d\b|\bdollars?\b|\d\s?%", re.IGNORECASE),
    "frequency": re.compile(r"\b(?:every|each|once|twice|daily|weekly|monthly|quarterly|yearly|annual(?:ly)?)\b", re.IGNORECASE),
    "duration": re.compile(
        rf"\b{NUMBER}[\s-]+(?:\(\d+\)\s+)?(?:(?:business|working|calendar|consecutive)\s+)?(?:day|week|month|year|hour|minute)s?\b"
        r"|\b(?:immediately|forthwith|at once|same day)\b",
        re.IGNORECASE,
    ),
    "content": re.compile(r"\b(?:shows?|states?|contains?|includes?|specif(?:y|ies)|lists?|sets? out)\b", re.IGNORECASE),
    "date": re.compile(r"\b(?:19|20)\d\d\b", re.IGNORECASE),
    "place": re.compile(r"@|\b(?:street|avenue|road|box|go to|addressed|portal|site|floor)\b", re.IGNORECASE),
    "duty": re.compile(r"\b(?:must|shall|will|requires?d?|is to|are to|at least|at most|exceed)\b", re.IGNORECASE),
    "permission": re.compile(r"\b(?:may|must not|shall not|can(?:not|['’]t)?|only|consent|permitted|approval)\b", re.IGNORECASE),
}
NEGATION = re.compile(r"\b(?:not|no|never|without|fails?|unless|except)\b|n['’]t\b", re.IGNORECASE)
FEE_WORDS = re.compile(r"\b(?:fee|fees|rate|price|code|cost|paid|pay|charge|bill|much)\b", re.IGNORECASE)
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]*")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: `start` and `end` are offsets (code points) into the document's whole text."""

    value: str | None
    quote: str | None
    contract: str | None
    document: str | None
    page: int | None
    start: int | None
    end: int | None
    confidence: float
    kind: str | None = None
    contract_id: int | None = None
    document_id: int | None = None
    heading: str | None = None  # of a file without pages of its own
    paragraph: int | None = None
    unit: str | None = None  # of the value, such as "business day"; a page says both in words

    def to_json(self) -> dict[str, Any]:
        keys = ("value", "quote", "contract", "document", "page", "start", "end", "confidence", "kind", "document_id")
        return {key: getattr(self, key) for key in keys} | ({"paragraph": self.paragraph} if self.paragraph else {})


NOWHERE = Place(None, None, None, None, None, None, None, 0.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """The best place and the next ones; `place.quote` is None when nothing is recorded."""

    place: Place
    as_of: date
    alternatives: tuple[Place, ...] = ()

    @property
    def recorded(self) -> bool:
        return self.place.quote is not None or self.place.value is not None

    def to_json(self) -> dict[str, Any]:
        """The keys that the command line promises."""
        place = self.place
        return {
            "value": place.value,
            "quote": place.quote,
            "contract": place.contract,
            "document": place.document,
            "page": place.page,
            "as_of": self.as_of.isoformat(),
            "confidence": place.confidence,
            "alternatives": [other.to_json() for other in self.alternatives],
        }


def answer(
    session: Session,
    question: str,
    *,
    organisation_id: int,
    as_of: date,
    contract_id: int | None = None,
    program: str | None = None,
    site: str | None = None,
) -> Answer:
    """What is on file about the question, within one contract, program line or site if given; a day in its words goes before `as_of`."""
    question, as_of = asked_day.taken_out(question, as_of)
    scope = _Scope(organisation_id, as_of, _contracts(session, organisation_id, contract_id, program, site))
    asked, kinds = synonyms.groups(question), synonyms.term_kinds(question)
    confirmed = [*_fees(session, question, asked, scope), *_terms(session, kinds, asked, scope)]
    quoted = _clauses(session, question, kinds, asked, scope) if len(confirmed) <= ALTERNATIVES else []
    places = confirmed + [place for place in quoted if place.confidence >= GOOD]
    if not places:
        return Answer(NOWHERE, as_of, tuple(quoted[:ALTERNATIVES]))
    return Answer(places[0], as_of, tuple(places[1 : 1 + ALTERNATIVES]))


@dataclass(frozen=True, slots=True)
class _Scope:
    """Whose contracts may answer, as of which day, and which of them (None: all)."""

    organisation_id: int
    as_of: date
    contract_ids: Sequence[int] | None


class _Named:
    """The contracts and documents that found rows belong to, for naming them and for what holds on the day."""

    def __init__(self, session: Session, scope: _Scope, rows: Sequence[Term | FeeItem | Passage]) -> None:
        self.as_of = scope.as_of
        org = scope.organisation_id
        self.contracts = store.named(session, {row.contract_id for row in rows}, organisation_id=org)
        documents = {row.document_id for row in rows if row.document_id is not None}
        self.documents = store.in_force(session, documents, organisation_id=org, day=scope.as_of)

    def of(self, row: Term | FeeItem | Passage) -> dict[str, Any]:
        contract, document = self.contracts[row.contract_id], self.documents.get(row.document_id or 0)
        paragraph, heading = _outlined(document, row.end)
        return {
            "contract": contract.number or contract.title,
            "document": document.file_name if document else None,
            "contract_id": row.contract_id,
            "document_id": row.document_id,
            "page": row.page,
            "start": row.start,
            "end": row.end,
            "paragraph": paragraph,
            "heading": heading,
        }

    def idle(self, row: Term | FeeItem | Passage) -> bool:
        """Whether the row's contract does not run on the day; such answers stand behind those of running ones."""
        contract = self.contracts[row.contract_id]
        return self.as_of not in Period(contract.start, None if contract.evergreen else contract.end)


def _contracts(
    session: Session, organisation_id: int, contract_id: int | None, program: str | None, site: str | None
) -> Sequence[int] | None:
    """The contracts that may answer; None for all."""
    if contract_id is None and program is None and site is None:
        return None
    found = store.contract_ids(session, organisation_id=organisation_id, program=program, site=site)
    return [one for one in found if contract_id in {None, one}]


def _fees(session: Session, question: str, asked: Sequence[synonyms.Group], scope: _Scope) -> list[Place]:
    """Confirmed fees whose code is in the question, else those whose description says all that it asks about."""
    if not FEE_WORDS.search(question):
        return []
    where: dict[str, Any] = {"organisation_id": scope.organisation_id, "day": scope.as_of, "contract_ids": scope.contract_ids}
    codes = {fees.code_key(word.rstrip(".")) for word in CODE.findall(question)}
    rows = fees.confirmed(session, codes=codes, **where)
    about = [group for group in asked if group.name not in {"fee", "pay", "invoice", "code"}]
    if not rows and about:
        every = fees.confirmed(session, codes=None, **where)
        rows = [row for row in every if all(group.stands_in(synonyms.stemmed(row.description)) for group in about)]
    named = _Named(session, scope, rows)
    return [_fee_place(row, named) for row in sorted(rows, key=named.idle)]


def _fee_place(row: FeeItem, named: _Named) -> Place:
    unit = f" {fees.per(row.unit)}" if row.unit else ""
    value = f"{row.amount} {row.currency}{unit}" if row.amount is not None else None
    return Place(
        value=value, quote=row.quote or f"{row.code} {row.description}", confidence=1.0, kind="fee_code", **named.of(row)
    )


def _terms(session: Session, kinds: Sequence[str], asked: Sequence[synonyms.Group], scope: _Scope) -> list[Place]:
    """Confirmed terms of a kind the question asks for, which hold on the day and say everything else it asks about."""
    found = terms.valid(session, kinds, scope.as_of, organisation_id=scope.organisation_id, contract_ids=scope.contract_ids)
    rows = [row for row in found if _fits(row, asked)]
    named = _Named(session, scope, rows)
    ordered = sorted(rows, key=lambda row: (named.idle(row), kinds.index(row.kind)))
    return [
        Place(value=row.value, unit=row.unit, quote=row.quote, confidence=1.0, kind=row.kind, **named.of(row)) for row in ordered
    ]


def _fits(term: Term, asked: Sequence[synonyms.Group]) -> bool:
    """Whether the term is about all that was asked: a discharge report's deadline is no answer for a progress report."""
    own, said = synonyms.kind_words(term.kind), synonyms.stemmed(f"{term.quote or ''} {term.value or ''}")
    return all(group.stands_in(own) or group.stands_in(said) for group in asked)


def _clauses(
    session: Session, question: str, kinds: Sequence[str], asked: Sequence[synonyms.Group], scope: _Scope
) -> list[Place]:
    """Clauses that speak of what was asked, those that extraction proposed for the kind of thing asked for the surer."""
    pointed = _pointed(session, kinds[:KINDS], asked, scope)
    hits = search.clauses(
        session, asked, organisation_id=scope.organisation_id, contract_ids=scope.contract_ids, also=list(pointed)
    )
    named = _Named(session, scope, [hit.clause for hit in hits])
    expected, negated = synonyms.expected(question), NEGATION.search(question) is not None
    ranked = []
    for hit in hits:
        if hit.clause.document_id not in named.documents:
            continue  # replaced, or not yet in force
        hint = pointed.get(hit.clause.id, 0.0)
        holds = expected is None or EXPECTED[expected].search(hit.clause.text) is not None
        coverage = max(hit.coverage, FITTING if hint else 0.0)
        confidence = round(coverage * (1.0 if holds else WITHOUT_EXPECTED), 3)
        place = Place(value=None, quote=hit.clause.text, confidence=confidence, **named.of(hit.clause))
        otherwise = negated and NEGATION.search(hit.clause.text) is None
        ranked.append((confidence < GOOD, named.idle(hit.clause), -(confidence + HINT * hint), otherwise, place))
    return [place for *_, place in sorted(ranked, key=lambda one: one[:4])]


def _pointed(session: Session, kinds: Sequence[str], asked: Sequence[synonyms.Group], scope: _Scope) -> dict[int, float]:
    """Clauses (by id) that were proposed for a kind the question asks for and say all else that it asks about, and how likely they are.

    A proposal gives no value before a person confirmed it; that it was made still tells which clause is meant.
    """
    found = terms.proposed(session, kinds, organisation_id=scope.organisation_id, contract_ids=scope.contract_ids)
    fitting = [(term.document_id, term.start, term.end, term.confidence or 0.0) for term in found if _fits(term, asked)]
    return search.overlapping(session, fitting, organisation_id=scope.organisation_id)


def _outlined(document: Row[Any] | None, end: int | None) -> tuple[int | None, str | None]:
    """Paragraph number and heading of a quote, for files that have paragraphs instead of pages.

    The quote's end decides: its beginning may be the heading that stands before its words.
    """
    if document is None or end is None or not document.outline.get("paragraphs"):
        return None, None
    headings = [heading["text"] for heading in document.outline["headings"] if heading["start"] < end]
    return sum(1 for begun in document.outline["paragraphs"] if begun < end), headings[-1] if headings else None
