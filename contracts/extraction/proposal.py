"""What extraction hands over: proposed terms and fees with page and quote, nothing confirmed, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class ProposedTerm:
    """A clause proposed for a kind; `quote` is the joined text from `start` to `end` (code points), on `page` (from 1).

    `value` is an ISO date, an ISO 8601 duration, a jurisdiction's name, an amount or an identifier, only where one was read.
    `confidence` is the estimated chance (0 to 1) that the clause is of this kind.
    """

    kind: str
    value: str | None
    page: int
    start: int
    end: int
    quote: str
    confidence: float


@dataclass(frozen=True)
class ProposedFee:
    """One line of a fee table: what it is called, what it costs in dollars per unit, and the page it stands on."""

    code: str
    description: str
    amount: Decimal
    unit: str | None
    page: int


@dataclass(frozen=True)
class Extraction:
    """Everything proposed from one document; terms grouped by kind, best first within each."""

    pages: int
    terms: tuple[ProposedTerm, ...]
    fees: tuple[ProposedFee, ...]

    def of(self, kind: str) -> tuple[ProposedTerm, ...]:
        """The candidates of one kind, best first."""
        return tuple(term for term in self.terms if term.kind == kind)

    def to_json(self) -> Mapping[str, Any]:
        """The command line's document; `signatures` is left empty for the reader of the file to fill."""
        return {
            "pages": self.pages,
            "terms": [vars(term).copy() for term in self.terms],
            "fees": [vars(fee) | {"amount": f"{fee.amount:f}"} for fee in self.fees],
            "signatures": [],
        }
