"""Pages → proposed terms and fees, each with its page, place and quote; a person confirms.

`segments` cuts the text into clauses, `ranker` orders them for each kind of the CUAD list by a small trained linear model,
`lexicon` does so by rule for the kinds of this field, `values` reads what a clause says as a date, a duration or a place, and
`fee_tables` reads the lines of a fee schedule. All of it is pure: the same pages give the same proposals.
"""

from contracts.extraction.proposal import Extraction, ProposedFee, ProposedTerm
from contracts.extraction.propose import extract
from contracts.extraction.segments import Segment, segments, sentences

__all__ = ["Extraction", "ProposedFee", "ProposedTerm", "Segment", "extract", "segments", "sentences"]
