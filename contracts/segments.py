"""Pages → clauses that can be quoted alone, each with exact offsets; pure.

A clause begins after a blank line or at a numbered line, stays within its page, and is cut at a sentence's end when it
grows past what one reads at a glance. Joined again, clauses and the white space between them are the whole text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LONG = 700  # code points after which the next sentence's end closes a clause
LONGEST = 1_400  # where it is cut at a space if no sentence ends
HEADING = 60  # code points that a heading has at most

NUMBERED = re.compile(
    r"\s*(?:\d{1,2}(?:\.\d{1,3})*[.)]?\s|\([a-z0-9]{1,4}\)\s|[A-Z][.)]\s|[A-Z]\.\d{1,2}(?:\.\d{1,3})*[.)]?\s|(?:article|section|schedule|appendix)\s+\w)",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(r"[.;:!?][”\"')\]]?\s")


@dataclass(frozen=True, slots=True)
class Segment:
    """A clause: `text` is the whole text from `start` to `end`, all of it on `page`."""

    page: int
    start: int
    end: int
    text: str


def segments(pages: Iterable[str], *, by_line: bool = False) -> list[Segment]:
    """Every clause of the document in order; offsets count code points in the pages joined by form feeds.

    `by_line` says that each line is a paragraph of its own, as a word processor's are.
    """
    found, offset = [], 0
    for number, page in enumerate(pages, start=1):
        for start, end in _headed(page, _blocks(page, by_line=by_line)):
            found += [Segment(number, offset + a, offset + b, page[a:b]) for a, b in _pieces(page, start, end)]
        offset += len(page) + 1
    return found


def _blocks(page: str, *, by_line: bool) -> Iterator[tuple[int, int]]:
    """Spans of lines that belong together."""
    start = position = 0
    for line in page.splitlines(keepends=True):
        begins = (by_line or NUMBERED.match(line) is not None) and position > start
        if not line.strip() or begins:
            if position > start:
                yield start, position
            start = position if line.strip() else position + len(line)
        position += len(line)
    if position > start:
        yield start, position


def _headed(page: str, blocks: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The spans with each lone heading ("4. Insurance") put before the clause it names."""
    waiting: int | None = None
    for start, end in blocks:
        begun = start if waiting is None else waiting
        text = page[start:end].strip()
        if len(text) <= HEADING and "\t" not in text and not text.endswith((".", ";", ":", ",")) and end - begun <= LONG:
            waiting = begun
            continue
        waiting = None
        yield begun, end
    if waiting is not None:
        yield waiting, len(page)


def _pieces(page: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span, trimmed, in pieces of readable length."""
    while end - start > LONGEST:
        cut = next((match.end() for match in SENTENCE_END.finditer(page, start + LONG, start + LONGEST)), 0)
        cut = cut or max(page.rfind(" ", start + LONG, start + LONGEST), page.rfind("\n", start + LONG, start + LONGEST)) + 1
        cut = cut or start + LONGEST
        yield from _trimmed(page, start, cut)
        start = cut
    yield from _trimmed(page, start, end)


def _trimmed(page: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    text = page[start:end]
    left, right = len(text) - len(text.lstrip()), len(text.rstrip())
    if right > left:
        yield start + left, start + right
