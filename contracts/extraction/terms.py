"""The length of a contract as its clauses say it: renewal term, notice to end the renewal, and the day it expires."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta

from contracts.extraction.dates import dates
from contracts.extraction.durations import Duration, durations
from contracts.extraction.numbers import ORDINALS

_RENEWAL = re.compile(
    r"\brenew|\bextend(?:ed|s)?\b|\bextension|\b(?:year|month)[\s-]to[\s-](?:year|month)\b|\broll(?:s|ed)?\s+over|\bsuccessive\b|\bcontinu\w+\b[^.]{0,60}\bthereafter\b"
    r"|\bthereafter\b[^.]{0,60}\bcontinu|\bevergreen",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"\bnotif|\bnotice|\bwritten\b|\badvis|\binform|\belect|\bdeclin|\bintent|\bterminat|\bcancel|\bopt", re.IGNORECASE
)
_BEFORE_NOTICE = re.compile(
    r"(?:\bnotice|\bnotif\w+|\badvis\w+|\binform\w*|\bat\s+least|\bnot\s+less\s+than|\bno\s+(?:later|less|fewer)\s+than|\bwithin|\bupon|\bgiv\w+|"
    r"\bwith|\bon|\bnot\s+later\s+than|\bminimum\s+of|\bmore\s+than|\bby)\W{1,3}(?:\w+\W+){0,3}$",
    re.IGNORECASE,
)
_AFTER_NOTICE = re.compile(
    r"^['’]?s?['’]?\W{0,3}(?:(?:prior|advance|written|calendar|or\s+more|in|of|advanced|the|its|a|formal|full|and)\W+){0,4}"
    r"(?:notice|notif|prior|before|preceding|in\s+advance|advance|written|to\s+the\s+(?:end|expir))",
    re.IGNORECASE,
)
_RENEWED_FOR = re.compile(
    r"\b(?:renew\w*|exten\w+|successive|additional|consecutive|further|subsequent|another|period[s]?\s+of|terms?\s+of|basis)\b",
    re.IGNORECASE,
)
_INITIAL = re.compile(
    r"\b(?:initial|original|first)\b|\bfollowing\s+(?:the\s+)?(?:effective|date)|\bterm\s+of\s+this\s+agreement\s+(?:is|shall\s+be)\b",
    re.IGNORECASE,
)
_NAMED_INITIAL = re.compile(r"""[\w\s]{0,40}\(\s*(?:the\s+)?["“'‘]+initial\s+term""", re.IGNORECASE)
_UNTIL = re.compile(
    r"\b(?:until|through|thru|till|expir\w+|ends?|ending|terminat(?:e|es|ing|ion)|conclud\w+|up\s+to|later\s+than|extended\s+to|(?<=\d\s)to|[–—-])(?=\W)",
    re.IGNORECASE,
)
_BEGINS = re.compile(
    r"\b(?:commenc\w*|begin\w*|start\w*|(?:tak\w+\s+)?effect(?:ive)?|dated|from|entered|made)\b|\bas\s+of\s+the\b", re.IGNORECASE
)
_ELSEWHERE = re.compile(
    r"(?<!notice )\b(?:from|after|following|of|upon)\s+(?:the\s+)?(?:\w+\s+){0,3}?(?:launch|closing|delivery|acceptance|completion|first\s+(?:commercial|sale|order|shipment|purchase|delivery)|"
    r"approval|opening|in-service|last\s+(?:sale|patent|to\s+expire)|go-?live|termination|expiration|ready|registration|installation)\b",
    re.IGNORECASE,
)
_HEREOF = re.compile(
    r"\b(?:anniversary\s+of|from|after|following)\s+the\s+date\s+(?:hereof|of\s+this\s+agreement)\b", re.IGNORECASE
)
_END_OF_YEAR = re.compile(
    r"\b(?:until|through|till|to)\s+the\s+end\s+of\s+(?:calendar\s+year\s+)?((?:19|20)\d\d)\b", re.IGNORECASE
)
_LIFETIME = re.compile(
    r"\b(?:later\s+of|longer\s+of|last\s+to\s+expire|life\s+of|royalty\s+term|whichever|season|country[\s-]by[\s-]country)\b",
    re.IGNORECASE,
)
_TERM = re.compile(
    r"\bterms?\b|\bperiod\b|\bin\s+(?:full\s+)?(?:force|effect)\b|\bcontinu\w*|\bremain\w*|\bduration\b|\bvalid\b|\bexpir\w*|\bterminat\w*|\bcommenc\w*|\bfranchise\b|\bends?\b|\beffective\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Start:
    """The days a term may count from: the contract's effective date, and the date it was signed; either may be unknown."""

    effective: date | None
    signed: date | None

    @property
    def first(self) -> date | None:
        return self.effective or self.signed


def renewal_term(clause: str) -> Duration | None:
    """The length of one renewal: "renew for successive terms of one (1) year" → one year; None when none is said."""
    for sentence in _sentences(clause):
        renewal = _RENEWAL.search(sentence)
        if not renewal:
            continue
        found = [each for each in durations(sentence, adverbs=True) if not _is_notice(sentence, each)]
        scored = sorted(
            ((-_renewal_weight(sentence, each, renewal.start()), n, each) for n, each in enumerate(found)),
            key=lambda s: s[:2],
        )
        if scored and scored[0][0] < 0:
            return scored[0][2]
    return None


def notice_to_end_renewal(clause: str) -> Duration | None:
    """How long before the end a party must say that it will not renew; None when the clause has no such notice."""
    for sentence in _sentences(clause):
        if not (
            _NOTICE.search(sentence)
            and (_RENEWAL.search(sentence) or re.search(r"expir|\bend\b|anniversary", sentence, re.IGNORECASE))
        ):
            continue
        found = [each for each in durations(sentence) if _is_notice(sentence, each) and each.days <= 800]
        if found:
            return next((each for each in found if _near_renewal(sentence, each)), found[0])
    return None


def expires(clause: str, start: Start) -> date | None:
    """The last day of the initial term: a date the clause names, or the known start plus the term it states.

    Never guessed: a term that counts from an event whose day is not known, or that runs to the earlier or later of
    several events, has no date.
    """
    for sentence in _sentences(clause):
        if _LIFETIME.search(sentence) or not _TERM.search(sentence):
            continue
        named = _named_end(sentence)
        if named:
            return named
        counted = _counted_end(sentence, start)
        if counted:
            return counted
    return None


def _named_end(sentence: str) -> date | None:
    """The first date that a word of ending leads to, no word of beginning between them."""
    for mention in dates(sentence):
        before = sentence[max(0, mention.start - 70) : mention.start]
        ending = list(_UNTIL.finditer(before))
        if ending and not _BEGINS.search(before[ending[-1].end() :]):
            return mention.date
    year = _END_OF_YEAR.search(sentence)
    return date(int(year[1]), 12, 31) if year else None


def _counted_end(sentence: str, start: Start) -> date | None:
    anniversary = re.search(
        rf"\b({'|'.join(ORDINALS)}|(\d{{1,2}})\s?(?:s\s?t|n\s?d|r\s?d|t\s?h))\b\W{{0,3}}(?:\([^)]*\)\s*)?(?:\w+\s+)?anniversary\b",
        sentence,
        re.IGNORECASE,
    )
    terms = [
        each
        for each in durations(sentence)
        if not _is_notice(sentence, each) and each.unit != "hour" and not _is_renewal(sentence, each)
    ]
    if _ELSEWHERE.search(sentence):
        return None
    named = dates(sentence)
    first = (
        named[0].date
        if named
        and re.search(r"\b(?:from|commenc\w*|begin\w*|start\w*|effective|on|of)\b", sentence[: named[0].start], re.IGNORECASE)
        else start.first
    )
    if first is None:
        return None
    if start.signed and _HEREOF.search(sentence):
        first = start.signed
    if anniversary and not any(term.start < anniversary.start() for term in terms):
        years = int(anniversary[2]) if anniversary[2] else ORDINALS[anniversary[1].lower()]
        return first + relativedelta(years=years)
    for term in terms:
        if term.days >= 28 or re.search(r"\bterm\b|\bperiod\b", sentence, re.IGNORECASE):
            return _plus(first, term)
    return None


def _plus(first: date, term: Duration) -> date | None:
    try:
        return first + relativedelta(**{f"{term.unit}s": term.count})  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        return None


def _is_notice(sentence: str, each: Duration) -> bool:
    """Whether a duration is a time for giving notice and not the length of a term."""
    after = sentence[each.end : each.end + 60]
    before = sentence[max(0, each.start - 40) : each.start]
    return bool(_AFTER_NOTICE.search(after)) or (
        bool(_BEFORE_NOTICE.search(before))
        and bool(
            re.match(
                r"['’]?s?['’]?\s*(?:\w+\s+){0,4}(?:notice|prior|before|preceding|in\s+advance|of\s+the\s+(?:end|expir))",
                after,
                re.IGNORECASE,
            )
        )
    )


def _near_renewal(sentence: str, each: Duration) -> bool:
    return bool(
        re.search(
            r"renew|expir|\bend\b|extend|extension|anniversary|term\b",
            sentence[each.end : each.end + 140],
            re.IGNORECASE,
        )
    )


def _is_renewal(sentence: str, each: Duration) -> bool:
    before = sentence[max(0, each.start - 60) : each.start]
    if re.search(
        r"\binitial\b|\bcommenc\w+\b[^.]{0,60}\bextend\s+(?:for|until|to)\b|\band\s+(?:shall\s+|will\s+)?extend\s+for",
        before,
        re.IGNORECASE,
    ):
        return False
    return bool(
        re.search(
            r"\brenew\w*|\bextend\w*|\bextension|\bsuccessive|\badditional|\bannually\s+thereafter",
            before + sentence[each.start : each.end],
            re.IGNORECASE,
        )
    )


def _renewal_weight(sentence: str, each: Duration, renewal: int) -> float:
    around = sentence[max(0, each.start - 70) : each.end + 45]
    weight = 1.0 if _RENEWED_FOR.search(around) else 0.0
    weight += 0.6 if each.start > renewal else -0.2
    weight -= 2.0 if _INITIAL.search(sentence[max(0, each.start - 50) : each.start]) and each.start < renewal else 0.0
    weight -= 2.0 if re.search(r"\binitial\W+$", sentence[: each.start]) or _NAMED_INITIAL.match(sentence[each.end :]) else 0.0
    weight -= 0.5 if each.unit in {"day", "hour"} else 0.0
    return weight


def _sentences(clause: str) -> Iterator[str]:
    """The clause itself first cut at full stops, so that one sentence's notice is not read into another's term."""
    yield from (part for part in re.split(r"(?<=[a-z)\"”’][.;])\s+(?=[A-Z(])", clause) if part.strip())
