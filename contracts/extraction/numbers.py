"""Numbers as contracts write them: "5", "five", "thirty-six", "one hundred twenty", "five (5)"."""

import re

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = {word: 10 * tens for tens, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_VALUES = {word: number for number, word in enumerate(_UNITS)} | _TENS | {"fourty": 40}
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth"
).split()
ORDINALS = {word: number for number, word in enumerate(_ORDINALS, 1)} | {"twentieth": 20, "thirtieth": 30}
"""Ordinal words → their number, as in "the fifth anniversary"."""

_WORD = "|".join(sorted(_VALUES, key=len, reverse=True))
SPELLED = rf"(?:(?:{_WORD})(?:\s+hundred)?(?:(?:\s+and\s+|[\s‑–-]+)(?:{_WORD}))*|(?:a|one)\s+hundred)"
"""Pattern of a spelled-out whole number under a thousand; use with IGNORECASE."""


def number(text: str) -> int | None:
    """The whole number that a word, digits or "word (digits)" name; the digits win; None when there is none."""
    digits = re.findall(r"\d+", text)
    if digits:
        return int(digits[-1])
    total = 0
    for word in re.findall(r"[a-z]+", text.lower()):
        if word == "hundred":
            total = max(total, 1) * 100
        elif word in _VALUES:
            total += _VALUES[word]
    return total or None
