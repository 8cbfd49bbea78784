"""A date in its surroundings → the names of the features by which its role is learnt: agreement date, effective date.

The words on both sides decide ("made as of … (the “Effective Date”)"), with the place in the document.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from contracts.extraction.dates import DateMention

ROLES = ("agreement_date", "effective_date")
_WORD = re.compile(r"[A-Za-z]+|[(\"“:,.;_]|\d+")
_LABEL_BEHIND = re.compile(r"[\s\d/.-]{0,14}Date\b")
_SIGNED = re.compile(r"\bdated?\b(?:\s*(?:of\s+)?sign\w*)?\s*[:._]*[\s_:]*$|/s/[^\n]{0,40}$", re.IGNORECASE)
_CUE = re.compile(
    r"effective|commenc|begin|start|entered|made|dated|executed|signed|expir|until|through|terminat|between|amend|source|issued|pursuant"
)
_NAMED = re.compile(r"[\s,.;]*\W{0,4}(?:the|hereinafter)?[\w\s]{0,20}\W{0,3}(?:effective|commencement)\s+date", re.IGNORECASE)
_ON_SIGNING = re.compile(
    r"\beffective\b[^.]{0,120}?\b(?:last\s+(?:date|party|signature|signatory|signator\w+)|date\s+of\s+(?:the\s+)?(?:last\s+|final\s+)?(?:signature|execution|signing)|"
    r"(?:later|latest|last)\s+of\s+the|last\s+(?:written|signed|dated))\b"
    r"|\b(?:date|day)\s+(?:of\s+(?:the\s+)?(?:last|final)\s+signature|last\s+(?:written|signed|executed|set\s+forth|shown)|(?:\w+\s+){0,4}signed\s+by\s+the\s+last\b)",
    re.IGNORECASE,
)
_EXPLICIT = re.compile(
    r"\beffective\b(?:\s+(?:date|as\s+of|on|from|beginning|is|until))?\W{0,4}(?:of\s+this\s+agreement\W+)?(?:(?:shall|will)\s+)?(?:means?|be|is)?\b[^.;\n]{0,45}$"
    r"|\b(?:take\s+effect|enter(?:ed)?\s+into\s+force|commence[sd]?|shall\s+begin)\s+(?:on|as\s+of|from)\W+(?:the\s+)?$",
    re.IGNORECASE,
)
BEFORE, AFTER = 90, 60
"""Characters looked at on each side of a date."""


def features(text: str, mentions: Sequence[DateMention]) -> list[list[str]]:
    """The feature names of each date of one document, in reading order."""
    known = [mention.date for mention in mentions]
    explicit = [_says_effective(text, mention) for mention in mentions]
    signed = _signatures(text, mentions)
    if _ON_SIGNING.search(text):
        signed = {index: f"{order}, effective on signing" for index, order in signed.items()}
    return [
        sorted(
            {
                *_names(text, mention),
                *_place(text, mention, index, known),
                signed.get(index, "unsigned"),
                f"effective:{explicit[index]}, elsewhere:{sum(explicit) > explicit[index]}",
            }
        )
        for index, mention in enumerate(mentions)
    ]


def _says_effective(text: str, mention: DateMention) -> bool:
    """Whether the words around a date say outright that it is when the agreement takes effect."""
    before = text[max(0, mention.start - 70) : mention.start]
    return bool(_EXPLICIT.search(before) or _NAMED.match(text[mention.end : mention.end + 50]))


def _names(text: str, mention: DateMention) -> Iterator[str]:
    before = _words(text[max(0, mention.start - BEFORE) : mention.start])[-12:]
    after = _words(text[mention.end : mention.end + AFTER])[:9]
    yield from (f"b:{word}" for word in before)
    yield from (f"a:{word}" for word in after)
    for near, words in (("b", before[::-1]), ("a", after)):
        yield from (f"{near}{place}:{word}" for place, word in enumerate(words[:4]))
        yield from (f"{near}2:{one} {two}" for one, two in pairwise(words))
    cues = _CUE.findall(text[max(0, mention.start - 140) : mention.start].lower())
    follows = "effective date" if _NAMED.match(text[mention.end : mention.end + 50]) else "other"
    yield from (f"cue:{cue}" for cue in cues[-2:])
    yield f"cue:{cues[-1] if cues else None}, {follows}"
    line = text.rfind("\n", 0, mention.start) + 1
    yield from (f"line:{word}" for word in _words(text[line : mention.start])[-5:])


def _place(text: str, mention: DateMention, index: int, known: Sequence[object]) -> Iterator[str]:
    yield f"index:{min(index, 6)}"
    yield f"from end:{min(len(known) - 1 - index, 4)}"
    yield f"at:{sum(mention.start > limit for limit in (150, 400, 900, 2000, 5000, 20000))}"
    yield f"tenth:{10 * mention.start // max(1, len(text))}"
    yield f"repeated:{min(known.count(mention.date), 4)}"
    yield f"latest:{mention.date == max(known)}"  # type: ignore[type-var]
    earlier = text[max(0, mention.start - 4000) : mention.start].lower()
    yield f"signed:{'witness whereof' in earlier or 'signature' in earlier[-600:]}"
    yield f"first of its day:{known.index(mention.date) == index}"


def last_signature(text: str, mentions: Sequence[DateMention]) -> dict[int, int]:
    """Of the dates written beside signatures, each one's place → the place of the latest: a contract is made when the last party signs."""
    signed = [
        n
        for n, each in enumerate(mentions)
        if _SIGNED.search(text[max(0, each.start - 40) : each.start]) or _LABEL_BEHIND.match(text[each.end : each.end + 20])
    ]
    latest = max(signed, key=lambda n: mentions[n].date, default=0)
    return dict.fromkeys(signed, latest)


def _signatures(text: str, mentions: Sequence[DateMention]) -> dict[int, str]:
    latest = last_signature(text, mentions)
    same = {n for n, last in latest.items() if mentions[n].date == mentions[last].date}
    return {n: "last signature" if n in same else "earlier signature" for n in latest}


def _words(text: str) -> list[str]:
    return [word if not word.isdigit() else "#" * min(len(word), 4) for word in _WORD.findall(text.lower())]
