"""Text → clauses, and the sentences they are made of, each with its place and its heading; pure, exact offsets.

A signed contract reaches us as whatever a PDF or a word processor printed: hard-wrapped lines, whole articles on one
line, page numbers between two halves of a sentence. A sentence (or list item) is cut at blank lines, form feeds and
stops; a lone title ("8.1 Term.") is joined to the sentence that it names. A clause is a run of sentences of one place,
about a paragraph long, and begins anew at a numbered section.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 1400
"""Characters after which a sentence is cut at the next comma or semicolon: tables and lists printed without stops."""
CLAUSE, LONG, SHORT = 400, 900, 150
"""A clause takes sentences until it has CLAUSE characters, never beyond LONG by more than one; a section may end it at SHORT."""
OPENING = 1000
"""Characters within which the title, date and parties of an agreement are one clause, up to its recitals or first section."""

_BLOCK = re.compile(r"[^\f]+?(?=\f|\r?\n[ \t\xa0]*\r?\n|\Z)")
_STOP = re.compile(
    r"""[.?!]["'”’)\]]{0,2}(?=\s+["“'‘(\[]{0,2}[A-Z0-9●•*§–-])   # a full stop before a capital, number or bullet
      | [;:](?=\s+(?:\(?(?:[a-zA-Z]|[ivxIVX]{1,5}|\d{1,2})[).]\s|[●•]))   # a list item after a semicolon or colon
      | [;:.](?=[ \t]*\r?\n[ \t]*(?:\(?(?:[a-zA-Z]|[ivx]{1,5}|\d{1,2}(?:\.\d{1,2})*)[).]?\s|[A-Z●•"“]))""",
    re.VERBOSE,
)
_NUMBER = r"\(?(?:\d{1,2}(?:\.\d{1,3}){0,4}|[A-Za-z]|[ivxlIVXL]{1,6})[.):]?"
_NOT_A_STOP = re.compile(
    rf"""(?:(?:^|[\s("“])(?:Inc|Corp|Co|Ltd|Cos|Bros|No|Nos|Mr|Mrs|Ms|Dr|St|Ave|Rd|Jr|Sr|vs|v|Sec|Sect|Art|Ex|Exh|Para|Attn|Tel
        |e\.g|i\.e|etc|cf|al|approx|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|p\.m|a\.m|Ph\.D|[A-Z]|(?:[A-Z]\.)+[A-Z])
      | (?:^|[\s])(?:Section|Article|Clause|Paragraph|Exhibit|Schedule|Item|ARTICLE|SECTION)?\s*{_NUMBER}\s*)$""",
    re.VERBOSE,
)
_NUMBERED = re.compile(rf"\s*(?:(?:section|article|clause|schedule|appendix|part)\s+[\w.]+[.:]?|{_NUMBER})\s+", re.IGNORECASE)
_BODY = re.compile(
    r"\b(?:WHEREAS|RECITALS?|WITNESSETH|BACKGROUND|TABLE\s+OF\s+CONTENTS|NOW,?\s+THEREFORE)\b|^\s*(?:1\.|(?:ARTICLE|SECTION)\s+(?:I|1|ONE)\b)",
    re.MULTILINE | re.IGNORECASE,
)
_TITLE = re.compile(r"[A-Z][^.;:\n]{2,70}[.:]?\s*$")


@dataclass(frozen=True)
class Segment:
    """A clause or sentence: `text` is the source from `start` to `end` (code points), `heading` what precedes."""

    start: int
    end: int
    text: str
    heading: str = ""


def segments(text: str) -> list[Segment]:
    """The clauses of a text in order, each of one or more whole sentences; none crosses a form feed."""
    return [
        Segment(group[0].start, group[-1].end, text[group[0].start : group[-1].end], group[0].heading)
        for group in _grouped(text, sentences(text))
    ]


def sentences(text: str) -> list[Segment]:
    """The sentences of a text in order; they never overlap, never cross a form feed and together miss only blanks."""
    found: list[Segment] = []
    heading = ""
    for start, end in _joined(text):
        piece = text[start:end]
        title = _title(piece)
        heading = title or heading
        found.append(Segment(start, end, piece, heading))
    return found


def _grouped(text: str, every: list[Segment]) -> Iterator[list[Segment]]:
    """Runs of sentences: a run ends at a form feed, when long enough, or before a numbered section on a new line."""
    group: list[Segment] = []
    opening = _opening(text)
    for sentence in every:
        if group and _ends(group, sentence, text[group[-1].end : sentence.start], opening):
            yield group
            group = []
        group.append(sentence)
    if group:
        yield group


def _ends(group: list[Segment], sentence: Segment, gap: str, opening: int) -> bool:
    """Whether a run is whole before this sentence."""
    if "\f" in gap:
        return True
    if sentence.end <= opening:
        return False
    if group[0].start < opening <= sentence.start:
        return True
    length = group[-1].end - group[0].start
    numbered = length >= SHORT and "\n" in gap and _NUMBERED.match(sentence.text)
    return length >= CLAUSE or sentence.end - group[0].start > LONG or bool(numbered)


def _opening(text: str) -> int:
    """Where the opening of an agreement ends: at its recitals, contents or first section, OPENING at most."""
    first = re.search(r"\S", text)
    start = first.start() if first else 0
    body = _BODY.search(text, start + 40, start + OPENING)
    return body.start() if body else start + OPENING


def _joined(text: str) -> Iterator[tuple[int, int]]:
    """Spans with a lone number or short title joined to what follows it, unless a form feed or much white space is between."""
    waiting: tuple[int, int] | None = None
    for start, end in _cuts(text):
        if waiting:
            gap = text[waiting[1] : start]
            if "\f" in gap or gap.count("\n") > 3:
                yield waiting
            else:
                start = waiting[0]  # noqa: PLW2901  the sentence begins with its title
        waiting = (start, end) if _is_title(text[start:end]) else None
        if not waiting:
            yield start, end
    if waiting:
        yield waiting


def _cuts(text: str) -> Iterator[tuple[int, int]]:
    for block in _BLOCK.finditer(text):
        start = block.start()
        for stop in _STOP.finditer(text, block.start(), block.end()):
            if text[stop.start()] == "." and _NOT_A_STOP.search(text[max(start, stop.start() - 24) : stop.start()]):
                continue
            yield from _cut(text, start, stop.end())
            start = stop.end()
        yield from _cut(text, start, block.end())


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span without its surrounding blanks, in parts when it is over-long."""
    while end - start > LONGEST:
        comma = max(text.rfind(mark, start + LONGEST // 2, start + LONGEST) for mark in (";", ",", "\n", " "))
        middle = comma + 1 if comma > 0 else start + LONGEST
        yield from _cut(text, start, middle)
        start = middle
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end


def _is_title(piece: str) -> bool:
    """Whether a span only names what follows: "8.1", "TERM", "ARTICLE IV", "Governing Law."."""
    if len(piece) > 60:
        return False
    rest = _NUMBERED.sub("", piece + " ", count=1).strip(" .:\t\n-–")
    return len(rest) <= 2 or (len(piece) > len(rest) and bool(_TITLE.match(rest)) and len(rest.split()) <= 6)


def _title(piece: str) -> str:
    """The title a numbered segment opens with, or "": "8.1 Term and Renewal. This Agreement…" → "Term and Renewal"."""
    numbered = _NUMBERED.match(piece)
    if not numbered:
        return piece.strip() if len(piece) < 60 and piece.isupper() else ""
    rest = piece[numbered.end() : numbered.end() + 80]
    opening = re.match(r"(?:\d+(?:\.\d+)*\.?\s+)?([A-Z][\w&/,'’ -]{2,60}?)\s*(?:[.:\n]|$)", rest)
    return opening[1].strip() if opening else ""
