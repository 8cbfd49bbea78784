"""Personal data in free text, found before it is sent onward: kinds, places, and the text with them taken out.

Kinds: `sin` `phn` `claim` `worker` `bank` `birth` `phone` `email` `address`. Prefers flagging too much over letting one through: a person sees
the flags and decides. Figures that have a plain other meaning (amounts, dates, contract and invoice numbers) are left alone.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

KINDS = ("sin", "phn", "claim", "worker", "bank", "birth", "phone", "email", "address")


@dataclass(frozen=True)
class Finding:
    """One piece of personal data: half-open character span of the text it was found in."""

    kind: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Rule:
    """A pattern whose group `v` (or whole match) is personal data of a kind when `holds` says so."""

    kind: str
    pattern: re.Pattern[str]
    holds: Callable[[str], bool] = bool


def luhn(digits: str) -> bool:
    """The check of a social insurance number (Luhn over nine digits)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def phn_holds(digits: str) -> bool:
    """British Columbia's personal health number: ten digits, a 9 first, weights 2 4 8 5 10 9 7 3 and the rest of 11."""
    if len(digits) != 10 or digits[0] != "9":
        return False
    total = sum((int(digit) * weight) % 11 for digit, weight in zip(digits[1:9], (2, 4, 8, 5, 10, 9, 7, 3), strict=True))
    return 11 - total % 11 == int(digits[9])


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _nine_with_check(text: str) -> bool:
    digits = _digits(text)
    return len(digits) == 9 and digits != "000000000" and luhn(digits)


def _like_phn(text: str) -> bool:
    digits = _digits(text)
    return len(digits) == 10 and digits[0] == "9" and (phn_holds(digits) or " " in text or "-" in text)


def _named(text: str) -> bool:
    """A name in a person's place: not a role, day, month, place or desk that happens to be capitalised."""
    return not (set(re.findall(r"[^\W\d_]{2,}", text.casefold())) & _NOT_NAMES)


_NOT_NAMES = frozenset(
    [
        "an",
        "the",
        "mr",
        "mrs",
        "ms",
        "miss",
        "mme",
        "dr",
        "sin",
        "phn",
        "dob",
        "msp",
        "and",
        "or",
        "for",
        "of",
        "to",
        "in",
        "on",
        "at",
        "is",
        "was",
        "has",
        "have",
        "had",
        "will",
        "be",
        "been",
        "not",
        "no",
        "yes",
        "this",
        "that",
        "with",
        "from",
        "by",
        "as",
        "if",
        "who",
        "what",
        "when",
        "where",
        "why",
        "how",
        "please",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "claim",
        "claims",
        "worker",
        "workers",
        "client",
        "patient",
        "employer",
        "manager",
        "case",
        "officer",
        "call",
        "centre",
        "center",
        "payment",
        "payments",
        "procurement",
        "services",
        "service",
        "health",
        "care",
        "program",
        "programs",
        "portal",
        "provider",
        "contract",
        "agreement",
        "invoice",
        "invoices",
        "report",
        "reports",
        "form",
        "forms",
        "fee",
        "code",
        "clinic",
        "clinics",
        "physio",
        "physiotherapy",
        "rehab",
        "inc",
        "ltd",
        "bc",
        "canada",
        "worksafebc",
        "wcb",
        "icbc",
        "vancouver",
        "victoria",
        "surrey",
        "burnaby",
        "kelowna",
        "kamloops",
        "nanaimo",
        "richmond",
        "langley",
        "abbotsford",
        "prince",
        "george",
        "or1",
        "or2",
        "astd",
        "ot",
        "pt",
        "kin",
        "mri",
        "rtw",
        "initial",
        "progress",
        "discharge",
        "assessment",
        "number",
        "numbers",
        "status",
        "accepted",
        "closed",
        "open",
        "date",
        "details",
        "about",
        "name",
        "he",
        "she",
        "they",
        "it",
        "we",
        "our",
        "name",
        "names",
        "file",
        "files",
        "and",
        "hasn't",
        "hasnt",
        "isn't",
        "isnt",
        "can",
        "could",
        "would",
        "should",
        "did",
        "does",
        "do",
        "didn't",
        "attended",
        "returned",
        "started",
        "still",
        "also",
        "again",
        "number's",
    ]
)
_WORD = r"[A-ZÀ-ÝĀ-Ž][\w'’]+(?:-[A-ZÀ-Ý][\w'’]+)?"
_FULL = rf"{_WORD}(?:[ \t]+(?:[A-ZÀ-Ý]\.[ \t]*)?(?:(?:de|van|von|le|la|St\.|bin|al|dos|da)[ \t]+)*{_WORD}){{1,2}}"
_ANYNAME = rf"(?:{_FULL}|{_WORD}[ \t]+[A-Z]\.?(?=[\s,.;:)?!'’]|$)|[A-ZÀ-Ý]\.[ \t]?(?:[A-Z]\.[ \t]?)?{_WORD}|{_WORD})"
_PERSON_WORDS = r"(?:worker|patient|client|claimant|injured worker|employee|pt|travailleur|travailleuse|patiente?|cliente?|participant|pateint|patinet)"
_MONTH = (
    r"(?:jan(?:uary|vier)?|feb(?:ruary)?|f[ée]v(?:rier)?|mar(?:ch|s)?|apr(?:il)?|avr(?:il)?|may|mai|june?|juin|july?|juillet|aug(?:ust)?|ao[uû]t"
    r"|sept?(?:ember|embre)?|oct(?:ober|obre)?|nov(?:ember|embre)?|d[ée]c(?:ember|embre)?)"
)
_DATE = rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}|{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{2,4}}|\d{{1,2}}(?:st|nd|rd|th|er)?\s+(?:of\s+)?{_MONTH}\.?,?\s+\d{{2,4}}|\d{{6,8}}|(?:19|20)\d{{2}})"

RULES = (
    Rule("sin", re.compile(r"(?i)\b(?:sin\b|s\.i\.n\.|nas\b|social insurance\b(?: number\b| no\.?)?|num[ée]ro d'assurance sociale)\s*(?:is|est|number|no\.?|#|:|=|-)*\s*(?P<v>\d(?:[ .-]?\d){8})\b")),
    Rule("sin", re.compile(r"(?<![\d#-])(?P<v>\d{3}([ .-])\d{3}\2\d{3})(?![\d-]|\.\d)"), _nine_with_check),
    Rule("sin", re.compile(r"(?<![\d#$.,-])(?P<v>\d{9})(?![\d-]|[.,]\d|\s?RT)"), _nine_with_check),
    Rule("phn", re.compile(r"(?i)\b(?:phn\b|p\.h\.n\.|personal health\b(?: number\b| no\.?)?|care ?card\b(?: number)?|health card\b(?: number)?|msp\b(?: number\b| no\.?| #)?)\s*(?:is|number|no\.?|#|:|=|-)*\s*(?P<v>\d(?:[ .-]?\d){9})\b")),
    Rule("phn", re.compile(r"(?<![\d+(-])(?P<v>9\d{3}([ -]?)\d{3}\2\d{3})(?![\d-])"), _like_phn),
    Rule("claim", re.compile(r"(?i)\b(?:claims?|clm|clam|claim file|wcb(?: file| claim)?|file|case|r[ée]clamation|dossier)\b\s*(?:number|numbers|numb|num|no\.?|n[o°]|nr|id|is|was|:|#|-|=)*\s*(?P<v>(?:[A-Z]{1,2}[ -]?)?\d{2}[ -]?\d{3}[ -]?\d{2,4}|\d{6,9})(?!\d)")),
    Rule("claim", re.compile(r"(?<![\w$#./-])(?P<v>[34]\d{7})(?![\w-]|[./,]\d)")),
    Rule("claim", re.compile(r"(?<![\w$.-])#\s?(?P<v>[34]\d{7})(?![\w-])")),
    Rule("claim", re.compile(r"(?i)\b(?:claims?|files|dossiers)\b[^.?!\n]{0,30}?\b(?:and|et|&|,|or)\s*#?\s?(?P<v>\d{8})(?!\d)")),
    Rule("bank", re.compile(r"(?i)\b(?:account|acct|a/c|compte|chequing|savings|iban)\b(?:\s+(?:ending(?: in)?|number|no\.?|num|nr|#|is|from|to|info|details))*\s*[:#=-]?\s*(?P<v>\*{0,6}\d(?:[ -]?\d){2,11})\b(?!\s*(?:days|weeks|months|invoices))")),
    Rule("bank", re.compile(r"(?i)\b(?:transit|branch|institution|inst|routing|succursale|aba|swift|bic)\b(?:\s+(?:number|no\.?|num|code|#|is|and))*\s*[:#=-]?\s*(?P<v>\d(?:[ -]?\d){2,8}|[A-Z]{6}[A-Z0-9]{2,5})\b")),
    Rule("bank", re.compile(r"(?<![\d-])(?P<v>\d{5}[- ]\d{3}[- ](?:\d[- ]?){6,11}\d)(?![\d-])")),
    Rule("bank", re.compile(r"\b(?P<v>(?:\d{4}[ -]){3}\d{4})\b")),
    Rule("birth", re.compile(rf"(?i)\b(?:d\.?o\.?b\.?|date of birth|birth ?date|born(?: on| in)?|b\.?d\.?|birthday|n[ée]e?(?: le| en)|date de naissance|ddn)\s*(?:is|was|est|:|=|-)*\s*(?P<v>{_DATE})")),
    Rule("birth", re.compile(rf"(?i)(?P<v>{_DATE})\s*\(?(?:date of birth|d\.?o\.?b\.?\b)")),
    Rule("phone", re.compile(r"(?<![\d#$-])(?P<v>(?:\+?1[-. ]?)?\(?[2-9]\d{2}\)?[-. ]?[2-9]\d{2}[-. ]\d{4}(?:\s*(?:x|ext\.?|poste|local)\s*\d{1,5})?)(?![\d-])")),
    Rule("phone", re.compile(r"(?i)\b(?:phone|tel|cell|mobile|call|fax|t[ée]l[ée]phone|reach \w+ at|text)\b[^.\n\d]{0,15}(?P<v>(?:\+?1)?[2-9]\d{9}|[2-9]\d{2}[-. ]\d{4})(?!\d)")),
    Rule("email", re.compile(r"(?P<v>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)")),
    Rule("address", re.compile(r"(?i)\b(?P<v>\d{1,5}(?:-\d{1,5})?\s+(?:[A-Z0-9][\w'’]*\.?\s+){1,3}(?:street|st|avenue|ave|road|rd|drive|dr|crescent|cres|way|boulevard|blvd|lane|ln|court|place|highway|hwy)\b\.?)")),
    Rule("address", re.compile(r"\b(?P<v>[ABCEGHJ-NPRSTVXY]\d[A-Z][ -]?\d[A-Z]\d)\b")),
    Rule("worker", re.compile(rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Mme|Mlle|Monsieur|Madame|MR|MRS|MS)\b\.?\s+(?P<v>{_ANYNAME})"), _named),
    Rule("worker", re.compile(rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Mme|Mlle|MR|MRS|MS)\b\.?\s+(?P<v>{_WORD})"), _named),
    Rule("worker", re.compile(rf"(?<!Dr\. )(?<!Dr )(?<![\w.])(?P<v>[A-ZÀ-Ý]\.[ \t]?{_WORD})"), _named),
    Rule("worker", re.compile(rf"(?:^|(?<=[\s,(]))M\.\s+(?P<v>{_WORD})(?=[\s,.?!']|$)"), _named),
    Rule("worker", re.compile(rf"(?i:\b{_PERSON_WORDS}(?:'s|s')?(?:\s+(?:name|is|named|called|nom|of ours|we see))*)\s*[:,(-]?\s+(?P<v>{_ANYNAME})"), _named),
    Rule("worker", re.compile(rf"(?P<v>{_ANYNAME})(?:'s|’s|s')\s+(?i:claim|file|case|injury|extension|treatment|referral|surgery|assessment|report|program|sessions?|benefits|employer|chart|wage|mri|return|block|case manager|appointment|invoice|bill|progress|discharge|knee|back|shoulder|neck|hand|therapy|restrictions|wife|husband)\b"), _named),
    Rule("worker", re.compile(rf"(?i:\b(?:claim|file|case|dossier|r[ée]clamation|referral|extension|invoice|report|assessment|notes?|chart|treatment|sessions?|surgery|mri|visits?|equipment|brace|program|block|number|regarding|re|status|update|discharge|plan|records?)\s*(?:number|no\.?|#)?\s*(?:for|of|on|about|de|pour|:|re)\s+)(?:(?:worker|patient|client)\s+)?(?P<v>{_ANYNAME})"), _named),
    Rule("worker", re.compile(rf"(?P<v>{_FULL}|{_WORD}[ \t]+[A-Z]\.|[A-ZÀ-Ý]\.[ \t]?{_WORD})\s*(?:[,(-]|\b(?:is|was|has)\b)?[^.\n]{{0,12}}(?i:\b(?:dob|d\.o\.b|born|phn|sin|claim|clm|file|doi)\b|\(?\d{{8}}\b)"), _named),
    Rule("worker", re.compile(rf"(?i:\b(?:treat(?:ing|ed)?|saw|seen|assessed|discharged|referred|for|about|re:?|named|called|name is|contact|injured)\s+)(?P<v>{_FULL}|{_WORD}[ \t]+[A-Z]\.(?=\s|,|$)|[A-ZÀ-Ý]\.[ \t]?{_WORD})"), _named),
    Rule("worker", re.compile(rf"(?:^|(?<=[.?!]\s)|(?<=\n))(?P<v>{_FULL}|[A-ZÀ-Ý]\.[ \t]?{_WORD}|{_WORD}[ \t]+[A-Z]\.)(?=\s+(?i:has|is|was|hasn't|isn't|did|didn't|does|will|can|stopped|missed|fell|returned|moved|started|attended|came|called|wants|needs|says|told|cannot|can't|may|should|went|reports|still|now|no longer|injured|hurt)\b)"), _named),
    Rule("worker", re.compile(rf"(?i:\b(?:has|is|was|did|does|can|may|will|should)\s+)(?P<v>{_FULL}|[A-ZÀ-Ý]\.[ \t]?{_WORD}|{_WORD}[ \t]+[A-Z]\.(?=\s))(?=\s+(?i:been|approved|accepted|cleared|allowed|ready|back|still|covered|able|get|have|start|stay|see|entitled|eligible|fit|going|coming|on|authorized)\b)"), _named),
)  # fmt: skip


def find(text: str) -> list[Finding]:
    """Personal data of a text, in order; of pieces that overlap the longest stays (a kind earlier in `KINDS` where equal)."""
    found = [
        Finding(rule.kind, match.start("v"), match.end("v"), match["v"])
        for rule in RULES
        for match in rule.pattern.finditer(text)
        if rule.holds(match["v"])
    ]
    found += _again(text, found)
    found.sort(key=lambda finding: (finding.start - finding.end, KINDS.index(finding.kind), finding.start))
    kept: list[Finding] = []
    for finding in found:
        if all(finding.end <= other.start or other.end <= finding.start for other in kept):
            kept.append(finding)
    return sorted(kept, key=lambda finding: finding.start)


def strip(text: str, *, keep: Collection[str] = (), findings: Iterable[Finding] | None = None) -> str:
    """The text with each finding replaced by what it was, `[claim number]`; kinds in `keep` stay."""
    names = {
        "sin": "SIN",
        "phn": "PHN",
        "claim": "claim number",
        "worker": "worker",
        "bank": "bank number",
        "birth": "date of birth",
    }
    for finding in sorted(find(text) if findings is None else findings, key=lambda finding: -finding.start):
        if finding.kind not in keep:
            text = f"{text[: finding.start]}[{names.get(finding.kind, finding.kind)}]{text[finding.end :]}"
    return text


def _again(text: str, found: list[Finding]) -> list[Finding]:
    """Later mentions of a person by a name that was found once: "Sidhu" after "Mr. Sidhu", "Maria" after "Maria Costa"."""
    names = {
        part
        for finding in found
        if finding.kind == "worker"
        for part in re.findall(r"[^\W\d_][\w'’-]+", finding.text)
        if len(part) > 2 and part[0].isupper() and part.casefold() not in _NOT_NAMES
    }
    return [
        Finding("worker", match.start(), match.end(), match[0])
        for name in names
        for match in re.finditer(rf"\b{re.escape(name)}\b", text)
    ]
