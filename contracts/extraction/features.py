"""Segment → the names of its features: words, pairs of words, its title's words, where it stands.

One function serves training and running, so that the model file never disagrees with the code that reads it.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from contracts.extraction.segments import Segment

_WORD = re.compile(r"[a-zA-Z]+(?:['’][a-z]+)?|\d+|[$%§€£]|[(\"“][A-Z]")
_MONTHS = frozenset("january february march april may june july august september october november december".split()) - {"may"}
LAST_WORDS = 220
"""Words read of a segment: what comes later says little about its subject."""


def words(text: str) -> list[str]:
    """Lower-case words; numbers keep only their length, months become one word, a defined term keeps its quote mark."""
    return [_word(found[0]) for found in _WORD.finditer(text)]


def features(every: Sequence[Segment]) -> list[list[str]]:
    """The feature names of each segment of one document, in order; names repeat where the feature does not count."""
    return [sorted(set(_names(segment, index, len(every)))) for index, segment in enumerate(every)]


def _names(segment: Segment, index: int, total: int) -> Iterator[str]:
    text = words(segment.text)[:LAST_WORDS]
    yield from text
    yield from (f"{a} {b}" for a, b in pairwise(text))
    yield from (f"first:{word}" for word in text[:3])
    heading = words(segment.heading)[:10]
    yield from (f"h:{word}" for word in heading)
    yield from (f"h:{a} {b}" for a, b in pairwise(heading))
    yield f"index:{min(index, 12)}"
    yield f"from end:{min(total - 1 - index, 8)}"
    yield f"tenth:{10 * index // total}"
    yield f"length:{min(len(text) // 12, 12)}"
    if segment.text.isupper():
        yield "capitals"


def _word(token: str) -> str:
    if token.isdigit():
        return "#" * min(len(token), 5)
    token = token.lower()
    return "{month}" if token in _MONTHS else token
