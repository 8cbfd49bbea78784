"""The whole path of one document: pages → clauses → best candidates of every kind → values."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from contracts.extraction import fee_tables, lexicon, values
from contracts.extraction.proposal import Extraction, ProposedTerm
from contracts.extraction.segments import Segment, sentences

CANDIDATES = 10
"""How many clauses are proposed for one kind."""
PAGE_BREAK = "\f"


def extract(pages: Sequence[str]) -> Extraction:
    """Propose the terms and fees of a document.

    `pages` are its page texts; offsets count code points in the pages joined by a form feed. A text file is one page,
    unchanged. Any text is accepted, an empty one has no terms.
    """
    text = PAGE_BREAK.join(pages)
    starts = _page_starts(pages)
    terms = [_placed(term, starts) for term in _field_terms(sentences(text))]
    return Extraction(pages=len(pages), terms=tuple(terms), fees=tuple(fee_tables.fees(pages)))


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


def _placed(term: ProposedTerm, starts: Sequence[int]) -> ProposedTerm:
    return ProposedTerm(
        term.kind, term.value, bisect_right(starts, term.start), term.start, term.end, term.quote, term.confidence
    )
