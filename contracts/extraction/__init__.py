"""Pages → proposed terms and fees, each with its page, place and quote; a person confirms.

`segments` cuts the text into clauses, `ranker` orders them for each kind of the CUAD list by a small trained linear model,
`lexicon` does so by rule for the kinds of this field, `values` reads what a clause says as a date, a duration or a place, and
`fee_tables` reads the lines of a fee schedule. All of it is pure: the same pages give the same proposals.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from contracts.extraction.proposal import Extraction, ProposedFee, ProposedTerm
from contracts.extraction.segments import Segment, segments, sentences

if TYPE_CHECKING:
    from contracts.extraction.ranker import Model

__all__ = ["Extraction", "ProposedFee", "ProposedTerm", "Segment", "extract", "segments", "sentences"]


def extract(pages: Sequence[str], *, model: "Model | None" = None) -> Extraction:
    """Propose the terms and fees of a document; see `propose.extract`."""
    from contracts.extraction import propose  # noqa: PLC0415 - numpy, which who only looks proposals up can do without

    return propose.extract(pages, model=model)
