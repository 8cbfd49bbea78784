"""How often a quote stands on the page that is named for it: `python -m bench.citations`.

For each PDF of `bench.pdf_set` it is known what is written on which page. A sentence counts as found if a clause that the store would
hold (`contracts.segments`) speaks it on that page; each clause's offsets must give its own words back. The reference is the
page's text from bare pypdfium2 (the text alone, no clauses).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2

from bench.figures import say
from bench.pdf_set import SHAPES, Sample, sample
from contracts import documents
from contracts.extraction import extract
from contracts.segments import segments

GOAL = 0.995


@dataclass(frozen=True, slots=True)
class Cited:
    """How many of a sample's quotes were found on their page by us and by bare pypdfium2, and how many offsets were wrong."""

    shape: str
    quotes: int
    found: int
    reference: int
    inexact: int


def cited(one: Sample) -> Cited:
    """Read the sample as an upload is read, and look for each quote."""
    read = documents.read(one.data, "sample.pdf")
    clauses = segments(read.pages)
    spoken: dict[int, str] = {}
    for clause in clauses:
        spoken[clause.page] = spoken.get(clause.page, "") + " " + clause.text
    terms = extract(read.pages).terms
    inexact = sum(read.text[clause.start : clause.end] != clause.text for clause in clauses)
    inexact += sum(
        read.text[one.start : one.end] != one.quote or read.text.count("\f", 0, one.start) + 1 != one.page for one in terms
    )
    bare = {number: page.get_textpage().get_text_range() for number, page in enumerate(pypdfium2.PdfDocument(one.data), start=1)}
    return Cited(one.shape, len(one.quotes), _found(one.quotes, spoken), _found(one.quotes, bare), inexact)


def _found(quotes: Sequence[tuple[int, str]], pages: dict[int, str]) -> int:
    plain = {page: _plain(text) for page, text in pages.items()}
    return sum(_plain(quote) in plain.get(page, "") for page, quote in quotes)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def main() -> None:
    every = [cited(sample(shape)) for shape in SHAPES]
    print(f"{'shape':<24}{'quotes':>8}{'found':>8}{'bare':>8}{'inexact':>9}")
    for one in every:
        print(f"{one.shape:<24}{one.quotes:>8}{one.found:>8}{one.reference:>8}{one.inexact:>9}")
    quotes, found, reference = (sum(getattr(one, name) for one in every) for name in ("quotes", "found", "reference"))
    name = f"quotes found on the page named, of {quotes:,}"
    say(name, "of 100", [100 * found / quotes], [100 * reference / quotes], against="bare pypdfium2", goal=f"≥ {100 * GOAL:g}")


if __name__ == "__main__":
    main()
