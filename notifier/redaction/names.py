"""Names of people in free text: after a title, beside a word for a worker, before what only a person has, or by their shape alone.

By shape: two or more capitalised words in a row, none of them in `not_names.txt` (roles, places, months, banks, words that begin
sentences) and no word of a company among them.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from notifier.given import given_names
from notifier.redaction.findings import Finding, Rule, found_by

_WORD = r"(?:[DO]['’])?[A-ZÀ-ÝĀ-Ž][\w'’]+(?:-[A-Za-zÀ-ÿ][\w'’]+)*"
_INITIALS = r"(?:[A-ZÀ-Ý]\.[ \t]?){1,2}"
_PARTICLES = r"(?:(?:de|van|von|der|le|la|St\.|bin|ibn|al|el|dos|da|di|du)[ \t]+)*"
_FULL = rf"{_WORD}(?:[ \t]+(?:[A-ZÀ-Ý]\.[ \t]*)?{_PARTICLES}{_WORD}){{1,2}}(?:,?[ \t]+(?:Jr|Sr)\b\.?)?"
_SHORT = rf"{_WORD}[ \t]+[A-Z]\.?(?=[\s,.;:)?!'’]|$)|{_INITIALS}{_WORD}"
_LISTED = rf"{_WORD},[ \t]{_WORD}"
_SEVERAL = rf"(?:{_LISTED}|{_FULL}|{_SHORT})"
_ANY = rf"(?:{_LISTED}|{_FULL}|{_SHORT}|{_WORD})"
_PERSON = r"(?:worker|patient|client|claimant|injured worker|employee|pt|wkr|travailleur|travailleuse|patiente?|cliente?|participant|pateint|patinet|wife|husband|son|daughter|mother|father|spouse|[ée]poux|[ée]pouse|mari|femme)"
_THINGS = (
    r"(?:claim|file|case|injury|extension|treatment|referral|surgery|assessment|report|program|sessions?|benefits|cheque|employer|chart|wage|mri|return|block|case manager|appointment"
    r"|invoice|bill|progress|discharge|knee|back|shoulder|neck|hand|therapy|restrictions|wife|husband|officer|pension)"
)
_DOING = (
    r"(?:has|is|was|hasn't|isn't|did|didn't|does|will|can|stopped|missed|fell|returned|moved|started|attended|came|called|wants|needs|says|told|cannot|can't|may|should|went"
    r"|reports|still|now|no longer|injured|hurt|starts|lives|works|attends|refuses|had|both|and his|and her|tells|asked|asks|gave)"
)
_STATES = r"(?:been|approved|accepted|cleared|allowed|ready|back|still|covered|able|get|have|start|stay|see|entitled|eligible|fit|going|coming|on|authorized|that)"
_COMPANY_WORDS = """physio physiotherapy rehab rehabilitation clinic clinics inc ltd llp corp corporation company group health services service
society centre center holdings partners partnership association consulting therapeutics wellness recovery roofing construction transport
foods mill mills hospital university college bank union insurance software systems"""
_COMPANY = frozenset(_COMPANY_WORDS.split())
_STAFF = re.compile(
    r"(?i)\b(?:signing (?:officer|authorit)|signator|contact (?:person|on|from|to|is)|main contact|director|owner|office manager|administrator|coordinator|replaces?)\b"
)
_CLIENT = re.compile(rf"(?i)\b(?:{_PERSON}|claims?|treat\w*|injur\w*|dob|phn|sin)\b")


def _person(text: str) -> bool:
    """A name in a person's place: not a role, day, month, place or desk that happens to be capitalised."""
    words = re.findall(r"[^\W\d_]{2,}", text.casefold())
    return bool(words) and not any(word in not_names() for word in words)


def _rule(pattern: str) -> Rule:
    return Rule("worker", re.compile(pattern), _person)


def _given(text: str) -> bool:
    """Words in small letters that begin with somebody's given name."""
    return text.split(maxsplit=1)[0] in given_names()


RULES = (
    Rule("worker", re.compile(r"(?i:\b(?:pt|patient|worker|wkr|client|claimant)\s+)(?P<v>[a-z]{3,} [a-z]{3,})\b"), _given),
    _rule(rf"(?i:\bour\s+)(?P<v>[A-ZÀ-Ý][a-zà-ÿ]{{2,}})(?=\s+(?i:{_DOING})\b)"),
    _rule(rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Mme|Mlle|Monsieur|Madame|MR|MRS|MS)\b\.?\s+(?P<v>{_ANY})"),
    _rule(rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Mme|Mlle|MR|MRS|MS)\b\.?\s+(?P<v>{_WORD}?(?=['’]s\b)|{_WORD})"),
    _rule(rf"(?:^|(?<=[\s,(]))M\.\s+(?P<v>{_WORD})(?=[\s,.?!']|$)"),
    _rule(rf"(?<!Dr\. )(?<!Dr )(?<![\w.])(?P<v>{_INITIALS}{_WORD})"),
    _rule(rf"(?i:\b{_PERSON}(?:'s|s')?(?:\s+(?:name|is|named|called|nom|of|de|of ours|we see))*)\s*[:,(-]?\s+(?P<v>{_ANY})"),
    _rule(r"(?i:\b(?:pt|patient|worker|client)(?:\s+name)?\s*:?\s+)(?P<v>[a-z]\.\s?[a-zà-ÿ]{2,}|[dom]['’][a-z]{3,}|(?<=name )[a-zà-ÿ]{2,} [a-zà-ÿ]{2,}|(?<=name: )[a-zà-ÿ]{2,} [a-zà-ÿ]{2,})"),
    _rule(rf"(?P<v>{_SEVERAL}|{_WORD}?)(?:'s|’s|s')\s+(?i:{_THINGS})\b"),
    _rule(
        r"(?i:\b(?:claim|file|case|dossier|r[ée]clamation|referral|extension|invoice|report|assessment|notes?|chart|treatment|sessions?|surgery|mri|visits?|equipment|brace|program|block|number"
        rf"|regarding|re|status|update|discharge|plan|records?|date|consult)\s*(?:number|no\.?|#)?\s*(?:for|of|on|about|de|pour|:|re)\s+)(?:(?:worker|patient|client)\s+)?(?P<v>{_ANY})"
    ),
    _rule(
        rf"(?P<v>{_SEVERAL})\s*(?:[,(-]|\b(?:is|was|has)\b)?[^.\n]{{0,12}}(?i:\b(?:dob|d\.o\.b|born|phn|sin|claim|clm|file|doi)\b|\(?\d{{8}}\b)"
    ),
    _rule(rf"(?i:\b(?:treat(?:ing|ed)?|saw|seen|assessed|discharged|referred|for|about|re:?|named|called|name is|contact|injured|told|tell|ask|asked)\s+)(?P<v>{_SEVERAL})"),
    _rule(rf"(?i:\b(?:treat(?:ing|ed)?|told|tell|discharged|assessed)\s+)(?P<v>{_WORD})(?=\s+(?:that|he|she|they|to|on|for|yesterday|today)\b)"),
    _rule(rf"(?:^|(?<=[.?!:]\s)|(?<=\n))(?P<v>{_SEVERAL})(?=,?\s+(?i:{_DOING})\b)"),
    _rule(rf"(?i:\b(?:has|is|was|did|does|can|may|will|should)\s+)(?P<v>{_SEVERAL})(?=\s+(?i:{_STATES})\b)"),
)  # fmt: skip
_RUN = re.compile(rf"(?:{_WORD}|(?<![\w.])[A-ZÀ-Ý]\.)(?:,?[ \t]+(?:{_PARTICLES}{_WORD}|[A-ZÀ-Ý]\.))+")
_PIECE = re.compile(rf"{_WORD}|[A-ZÀ-Ý]\.")
_ALONE = re.compile(rf"(?<=[a-zà-ÿ,][ \t]){_WORD}(?![\w'’]|[ \t]+[A-Z0-9])")
_BESIDE = re.compile(rf"(?P<v>{_WORD})(?=[ \t]+(?:and|&|et)[ \t]+$)")


def find_names(text: str) -> Iterator[Finding]:
    """Every name; pieces may overlap."""
    found = [*found_by(RULES, text), *_by_shape(text), *_alone(text)]
    yield from found
    yield from _beside(text, found)
    yield from _again(text, found)


@cache
def not_names() -> frozenset[str]:
    """Capitalised words that are nobody's name, folded."""
    return frozenset((Path(__file__).parent / "not_names.txt").read_text("utf-8").split()) | _COMPANY


def _by_shape(text: str) -> Iterator[Finding]:
    """Runs of capitalised words that nothing explains; in a sentence about the clinic's own staff they are left alone."""
    for run in _RUN.finditer(text):
        pieces = list(_PIECE.finditer(run[0]))
        folded = [_bare(piece[0]) for piece in pieces]
        after = re.match(r"[ \t]+(\w+)", text[run.end() :])
        if _COMPANY & {*folded, after[1].casefold() if after else ""}:
            continue
        while pieces and folded[0] in not_names():
            pieces, folded = pieces[1:], folded[1:]
        while pieces and folded[-1] in not_names():
            pieces, folded = pieces[:-1], folded[:-1]
        if len(pieces) < 2 or any(word in not_names() for word in folded) or all(len(word) < 2 for word in folded):
            continue
        sentence = text[text.rfind("\n", 0, run.start()) + 1 : run.end() + 60]
        if _STAFF.search(sentence) and not _CLIENT.search(sentence):
            continue
        start, end = run.start() + pieces[0].start(), run.start() + pieces[-1].end()
        end -= 2 if text[start:end].endswith(("'s", "’s")) else 0
        yield Finding("worker", start, end, text[start:end])


def _alone(text: str) -> Iterator[Finding]:
    """A single capitalised word that nothing explains, inside a line that speaks of a worker or a claim."""
    for line in re.finditer(r"[^\n]+", text):
        if not _CLIENT.search(line[0]):
            continue
        for match in _ALONE.finditer(line[0]):
            word = _bare(match[0])
            if len(word) > 2 and not match[0].isupper() and _person(word):
                start = line.start() + match.start()
                yield Finding("worker", start, start + len(word), text[start : start + len(word)])


def _beside(text: str, found: list[Finding]) -> Iterator[Finding]:
    """A single name joined to one that was found: "Chantal" in "Chantal and Roger Picard"."""
    for finding in found:
        match = _BESIDE.search(text, max(0, finding.start - 40), finding.start)
        if match and _person(match["v"]):
            yield Finding("worker", match.start("v"), match.end("v"), match["v"])


def _again(text: str, found: list[Finding]) -> Iterator[Finding]:
    """Later mentions of a person by a name that was found once: "Sidhu" after "Mr. Sidhu", "Maria" after "Maria Costa"."""
    names = {
        part
        for finding in found
        for part in re.findall(r"[^\W\d_][\w'’-]+", finding.text)
        if len(part) > 2 and part[0].isupper() and part.casefold() not in not_names()
    }
    for name in names:
        for match in re.finditer(rf"\b{re.escape(name)}\b", text):
            yield Finding("worker", match.start(), match.end(), match[0])


def _bare(word: str) -> str:
    return re.sub(r"['’]s$", "", word.casefold()).rstrip(".")
