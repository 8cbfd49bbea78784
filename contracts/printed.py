"""A page's text as pdfium gives it → as it is kept and quoted, and offsets of the one as offsets of the other; pure.

Lines end in "\\n". A word that the printer broke at the end of a line is put together again, so that it can be found; a hyphen
that belongs to the word stays ("return-to-work"). Soft hyphens are not printed and go; ligatures become their letters.
"""

import re
import unicodedata
from collections.abc import Iterator

MARKS = re.compile("\r\n?|[\ufffe\x02](?:\r?\n)?|[\x00\f\xad]|[\ufb00-\ufb06]")
RARE = re.compile("[\ufffe\x02\x00\f\xad\ufb00-\ufb06]")
BROKEN = ("\ufffe", "\x02")  # pdfium's marks for a hyphen at the end of a line, which it takes out together with the line's end
HYPHENATED = re.compile(
    r"(?:self|non|follow|long|short|full|part|on|off|co|pre|post|sub|multi|cross|well|so|in|year|day|month|job|take|e)"
)


def printed(raw: str) -> str:
    """The page's text as it is kept."""
    if RARE.search(raw) is None:
        return raw.replace("\r\n", "\n").replace("\r", "\n")
    pieces, position = [], 0
    for start, end, new in _replacements(raw):
        pieces += [raw[position:start], new]
        position = end
    return "".join([*pieces, raw[position:]])


def raw_span(raw: str, start: int, end: int) -> tuple[int, int]:
    """Where the characters from `start` to `end` of `printed(raw)` stand in `raw`."""
    return _raw(raw, start), _raw(raw, end)


def _raw(raw: str, offset: int) -> int:
    shift = 0  # how much longer the raw text is up to here
    for start, end, new in _replacements(raw):
        if start - shift + len(new) > offset:
            return min(start, offset + shift)
        shift += end - start - len(new)
    return min(offset + shift, len(raw))


def _replacements(raw: str) -> Iterator[tuple[int, int, str]]:
    for match in MARKS.finditer(raw):
        yield match.start(), match.end(), _instead(raw, match)


def _instead(raw: str, match: re.Match[str]) -> str:
    mark = match[0][0]
    if mark in BROKEN:
        return "-" if _keeps_hyphen(raw, match) else ""
    if mark in "\r\f":
        return "\n" if mark == "\r" else " "
    return "" if mark in "\x00\xad" else unicodedata.normalize("NFKC", mark)


def _keeps_hyphen(raw: str, match: re.Match[str]) -> bool:
    """Whether the hyphen belongs to the word: it has another one, stands at a number or a capital, or is written so elsewhere."""
    left = re.search(r"[\w-]*$", raw[max(match.start() - 40, 0) : match.start()])
    right = re.match(r"[\w-]*", raw[match.end() : match.end() + 40])
    assert left
    assert right
    before, after = left[0], right[0]
    if not before[-1:].isalpha() or not after[:1].islower() or "-" in before + after:
        return True
    if re.search(rf"\b{re.escape(before + after)}\b", raw, re.IGNORECASE):
        return False
    spelled = re.search(rf"\b{re.escape(before)}-{re.escape(after)}\b", raw, re.IGNORECASE)
    return spelled is not None or HYPHENATED.fullmatch(before.lower()) is not None
