"""The words by which a clause of each of this field's kinds is known, and how strongly each speaks for it.

A kind's clues are patterns with weights; `needed` ones must all be there. The CUAD kinds are learnt (see `ranker`); these kinds have
no public labelled contracts, so what a clinic's contract says of them is looked for by rule, and the confidence is
the share of clues found, not a measured chance.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp

_WITHIN = (
    r"\b(?:within|no\s+later\s+than|not\s+later\s+than|by\s+the\s+end\s+of|at\s+least|prior\s+to|before|in\s+advance|"
    r"up\s+to|days?\s+(?:of|after|before|from))\b"
)
_SPAN = r"\b(?:hours?|hrs?|(?:business\s+|working\s+|calendar\s+)?days?|weeks?|months?|years?)\b"
_MONEY = r"[$€£]\s?\d|\b(?:CAD|USD)\s\d|\b\d[\d,]*\s+dollars\b"


@dataclass(frozen=True)
class Clues:
    """What speaks for a kind: every `needed` pattern must match, each of `more` adds its weight, `against` takes away."""

    needed: tuple[str, ...]
    more: Mapping[str, float]
    against: Mapping[str, float]
    label: str
    synonyms: tuple[str, ...] = ()

    def score(self, text: str, heading: str = "") -> float | None:
        """Log-odds that a clause is of the kind, or None when a needed clue is missing."""
        whole = f"{heading}\n{text}"
        if not all(_search(pattern, whole) for pattern in self.needed):
            return None
        said = sum(weight for pattern, weight in self.more.items() if _search(pattern, text))
        said += sum(0.5 * weight for pattern, weight in self.more.items() if heading and _search(pattern, heading))
        return said - sum(weight for pattern, weight in self.against.items() if _search(pattern, text)) - 1.0


def chance(score: float) -> float:
    """Log-odds → 0 to 1."""
    return 1 / (1 + exp(-max(-30.0, min(30.0, score))))


def _search(pattern: str, text: str) -> re.Match[str] | None:
    return re.search(pattern, text, re.IGNORECASE)


def _clues(label: str, needed: tuple[str, ...], more: dict[str, float], against: dict[str, float] | None = None) -> Clues:
    return Clues(needed, more, against or {}, label)


FIELD: dict[str, Clues] = {
    "report_due": _clues(
        "when a report must be in",
        (r"\breports?\b", _SPAN, _WITHIN),
        {
            r"\b(?:submit|deliver|provide|send|complete|receiv|file|upload|due)": 1.0,
            r"\b(?:discharge|initial|progress|assessment|final|return.to.work|treatment|extension)\b[\w\s/-]{0,30}\breports?\b": 1.2,
            r"\b(?:within|no\s+later\s+than)\b[^.]{0,60}\b(?:days?|hours?|weeks?)\b": 1.0,
            r"\b(?:discharge|assessment|admission|referral|session|visit|start)\b": 0.6,
            r"\breports?\b[^.]{0,80}\b(?:within|no\s+later\s+than|by)\b": 0.7,
        },
        {r"\b(?:annual|quarterly|tax|financial|royalty|sales|SEC|credit)\s+reports?\b": 1.6, r"\binvoices?\b": 0.4},
    ),
    "invoice_window": _clues(
        "how long after the service an invoice may be sent",
        (r"\b(?:invoic|bill(?:ing|s|ed)?\b|statements?\s+of\s+account)", _SPAN, _WITHIN),
        {
            r"\b(?:submit|send|deliver|render|issue|receiv)": 0.8,
            r"\b(?:of|after|from|following)\s+(?:the\s+)?(?:date\s+of\s+)?(?:the\s+)?(?:service|delivery|treatment|session|discharge|provision)": 1.6,
            r"\binvoices?\b[^.]{0,100}\b(?:within|no\s+later\s+than)\b": 1.0,
            r"\b(?:will\s+not\s+be\s+paid|not\s+be\s+(?:accepted|payable)|reject)": 0.6,
        },
        {r"\b(?:pay|payment|paid)\b[^.]{0,40}\bwithin\b": 1.0, r"\b(?:interest|dispute|audit)\b": 0.5},
    ),
    "extension_request": _clues(
        "when more treatment must be asked for",
        (r"\bextensions?\b|\bextend(?:ed|ing)?\b", _SPAN, r"\b(?:request|ask|apply|approv|author|submit)"),
        {
            r"\brequests?\b[^.]{0,40}\bextensions?\b|\bextensions?\s+requests?\b": 1.6,
            r"\b(?:treatment|services?|block|program|plan|weeks?|claim|worker)\b": 0.6,
            r"\b(?:at\s+least|no\s+later\s+than|prior\s+to|before)\b": 0.7,
            r"\b(?:prior\s+)?(?:written\s+)?approv": 0.4,
        },
        {r"\b(?:term\s+of\s+this\s+agreement|renewal|credit|patent|closing|option\s+to\s+(?:renew|extend))\b": 1.5},
    ),
    "referral_acknowledgement": _clues(
        "how soon a referral must be answered",
        (r"\breferrals?\b|\breferred\b", _SPAN, r"\b(?:acknowledg|accept|confirm|contact|respond|receipt|receiv|declin|notif)"),
        {
            r"\backnowledg": 1.8,
            r"\b(?:accept|declin)[^.]{0,40}\breferral": 1.0,
            r"\breceipt\s+of\s+(?:a|the|each|any)\s+referral": 1.2,
            r"\bwithin\b[^.]{0,40}\b(?:hours?|days?)\b": 0.9,
        },
        {r"\b(?:referral\s+(?:fee|commission|program)|cross.refer)\b": 1.5},
    ),
    "insurance_type": _clues(
        "which insurance is required",
        (r"\binsurance\b|\bcoverage\b|\binsured\b",),
        {
            r"\b(?:commercial\s+general|general|professional|malpractice|automobile|cyber|errors\s+(?:and|&)\s+omissions|employer.?s|product)\s+"
            r"(?:liability|insurance)": 2.2,
            r"\bliability\s+insurance\b": 0.8,
            r"\b(?:maintain|obtain|carry|procure|keep\s+in\s+force)\b": 0.8,
            r"\brequired\b|\bmust\b|\bshall\b": 0.3,
        },
        {r"\b(?:unemployment|employment|health|life|title)\s+insurance\b": 0.8},
    ),
    "insurance_amount": _clues(
        "how much insurance is required",
        (r"\binsurance\b|\bcoverage\b|\binsured\b|\bliability\b", _MONEY),
        {
            r"\b(?:per|each|any\s+one)\s+(?:occurrence|claim|accident)": 1.6,
            r"\b(?:not\s+less\s+than|minimum|at\s+least|limits?)\b": 1.0,
            r"\binsurance\b": 0.8,
            r"\baggregate\b": 0.6,
        },
        {r"\b(?:in\s+no\s+event|maximum\s+liability|aggregate\s+liability|shall\s+not\s+exceed)\b": 1.8},
    ),
    "insurance_evidence": _clues(
        "which proof of insurance, and when",
        (r"\binsurance\b|\bcoverage\b", r"\b(?:certificates?|evidence|proof)\b"),
        {
            r"\b(?:certificates?|evidence|proof)\s+of\s+(?:\w+\s+)?(?:insurance|coverage)": 2.0,
            r"\b(?:provide|deliver|submit|furnish|file|supply)\b": 0.7,
            r"\b(?:before|prior\s+to|annually|each\s+year|within|upon\s+request|renewal|expir)": 0.6,
        },
    ),
    "credential": _clues(
        "which registration or qualification staff must hold",
        (
            (r"\b(?:registered|registration|licen[cs]ed|licensure|credential\w*|certified|certification|qualifi\w+|accredit\w+|"
            r"good\s+standing|member\s+in)\b"),
            (r"\b(?:staff|personnel|therapists?|physiotherapists?|kinesiologists?|physicians?|psychologists?|practitioners?|"
            r"clinicians?|professionals?|counsell?ors?|employees?|providers?|nurses?|consultants?|workers)\b"),
        ),
        {
            r"\b(?:College\s+of|regulatory\s+(?:body|college)|professional\s+(?:body|association|college))": 1.6,
            r"\bgood\s+standing\b": 0.8,
            r"\b(?:therapists?|physiotherapists?|kinesiologists?|physicians?|psychologists?|counsell?ors?)\b": 1.0,
            r"\b(?:must|shall|required|maintain|hold)\b": 0.5,
            r"\byears?.{0,20}experience\b": 0.6,
        },
        {r"\b(?:registered\s+(?:office|mail|trademark|agent|holder|owner)|mark|patent|securities|corporation\s+duly)\b": 2.0},
    ),
    "premises": _clues(
        "where the services are given",
        (r"\b(?:premises|facilit(?:y|ies)|clinic|site|location)\b",),
        {
            r"\bpremises\b": 0.9,
            r"\b(?:located|situated)\s+at\b": 1.2,
            r"\b(?:accessib|wheelchair|equipped|square\s+f|treatment\s+(?:room|area)|parking|relocat)": 0.9,
            r"\b(?:clinic|facilit(?:y|ies))\b": 0.6,
            r"\b[A-Z]\d[A-Z]\s?\d[A-Z]\d\b": 1.0,
        },
        {r"\b(?:web\s?site|site\s+licen|internet|software|url|hyperlink|www)\b": 2.5},
    ),
    "notice_address": _clues(
        "where notices go",
        (
            r"\b(?:notices?|notif\w+|communications?|correspondence|attention|attn)\b",
            r"\b(?:address\w*|attention|attn|e-?mail|fax|facsimile|street|avenue|suite|p\.?\s?o\.?\s?box)\b",
        ),
        {
            r"\bnotices?\b[^.]{0,160}\b(?:address|deliver|mail|sent)": 1.2,
            r"\b(?:attention|attn)\b": 0.9,
            r"\b[A-Z]\d[A-Z]\s?\d[A-Z]\d\b|\b[A-Z]{2}\s+\d{5}\b": 1.0,
            r"\b[\w.+-]+@[\w-]+\.\w+": 0.9,
            r"\b\d{1,6}\s+[A-Z]\w+\s+(?:street|st|avenue|ave|road|rd|drive|dr|way|boulevard|blvd|highway|hwy)\b": 0.9,
        },
    ),
    "fee_code": _clues(
        "a fee code and what it pays",
        (r"\b(?:fee|billing|service|item)\s*(?:codes?|items?|no\.?|numbers?)\b", r"\d"),
        {r"\bfee\s+codes?\b": 1.5, _MONEY: 1.0, r"\b[A-Z]{0,4}\d{3,7}[A-Z]?\b": 0.7, r"\b(?:invoice|bill|pay)": 0.4},
    ),
    "maximum_amount": _clues(
        "the most that will be paid",
        (r"\b(?:maximum|not\s+(?:to\s+)?exceed|exceed|cap(?:ped)?|ceiling|up\s+to|limit\w*)\b", _MONEY),
        {
            r"\bmaximum\s+(?:amount|total|fees?|payable|contract|sum|aggregate)": 1.6,
            r"\b(?:fees?|expenses?|payable|pay|paid|price)\b": 0.8,
            r"\b(?:not\s+exceed|in\s+no\s+event)\b": 0.5,
        },
        {r"\b(?:liabilit|damages|insur|indemn|loss)": 1.6},
    ),
    "holdback": _clues(
        "what part of a payment is held back",
        (r"\bhold\s?-?backs?\b|\bwithh?old\w*\b|\bretainage\b|\bheld\s+back\b|\bretention\s+amount\b",),
        {
            r"\bhold\s?-?backs?\b|\bheld\s+back\b|\bretainage\b": 1.8,
            r"\b(?:pay\w*|fees?|invoice|amount)\b": 0.8,
            r"\d\s?%|\bper\s?cent": 0.7,
            r"\b(?:until|release|complet|satisf|indemnif)": 0.5,
        },
        {r"\b(?:withholding\s+tax|consent|approval|unreasonably|tax(?:es)?\b|information)\b": 1.6},
    ),
    "privacy_schedule": _clues(
        "how personal information is protected",
        (r"\bprivacy\b|\bpersonal\s+(?:health\s+)?information\b|\bFOIPPA\b|\bFIPPA\b|\bPIPA\b|\bpersonal\s+data\b",),
        {
            r"\bprivacy\s+(?:protection\s+)?schedule\b|\bschedule\s+E\b": 2.0,
            r"\bFreedom\s+of\s+Information\s+and\s+Protection\s+of\s+Privacy\b|\bFI?O?I?PPA\b|\bPersonal\s+Information\s+Protection\b": 1.4,
            r"\b(?:collect|use|disclos|access|stor|breach|retain)\w*\b": 0.6,
            r"\bpersonal\s+information\b": 0.6,
        },
    ),
    "records_retention": _clues(
        "how long records are kept",
        (r"\brecords?\b|\bdocuments?\b|\bfiles?\b|\bbooks\b|\bcharts?\b", _SPAN, r"\b(?:retain|retention|keep|kept|preserve|maintain|stor|destroy)\w*"),
        {
            r"\b(?:retain|retention|keep|kept|preserve|maintain)\w*\b[^.]{0,120}\byears?\b": 1.4,
            r"\brecords?\b": 0.6,
            r"\b(?:clinical|patient|worker|treatment|accounting)\b": 0.6,
            r"\b(?:after|following)\b[^.]{0,60}\b(?:expir|terminat|discharge|last|date)": 0.8,
        },
        {r"\b(?:insurance|coverage)\b": 1.0},
    ),
    "option_to_renew": _clues(
        "whether the term may be extended by option",
        (r"\boptions?\b|\bextend(?:ed)?\b|\brenew\w*\b", r"\b(?:renew\w*|extend\w*|extension|additional)\b", r"\bterms?\b|\bperiods?\b|" + _SPAN),
        {
            r"\boptions?\s+(?:\w+\s+){0,3}(?:to|of)\s+(?:renew|extend)|\brenewal\s+options?\b|\boption\s+(?:period|term)": 2.0,
            r"\bsole\s+(?:discretion|option)\b|\bmay\s+(?:extend|renew)|\bright\s+to\s+(?:extend|renew)": 1.2,
            _SPAN: 0.6,
        },
        {r"\b(?:stock\s+options?|automatically|invoice|treatment\s+plan)\b": 0.9},
    ),
    "contract_number": _clues(
        "the number of this contract",
        (r"\b(?:contract|agreement)\s*(?:no\b\.?|number|#|id(?:entification)?\b)", r"\d"),
        {r"\b(?:contract|agreement)\s*(?:no\.?|number|#)\s*[:.#]?\s*[A-Z0-9][\w/-]*\d": 2.2},
        {r"\bpurchase\s+order\b|\btelephone\b": 0.8},
    ),
    "solicitation_number": _clues(
        "the number of the bid it came from",
        (r"\b(?:solicitation|RFP|RFQ|RFSQ|NRFP|ITQ|ITT|request\s+for\s+(?:proposals?|qualifications?|quotations?)|competition|bid)\b", r"\d"),
        {
            r"\b(?:solicitation|RFP|RFQ|NRFP|bid|competition|proposals?|qualifications?)\s*(?:no\.?|number|#)?\s*[:.#]?\s*#?\s*[A-Z0-9-]*\d{2,}": 1.8,
            r"\bsolicitation\s*(?:no|number|#)": 1.2,
            r"\b\d{3}-(?:19|20)\d\d\b": 1.0,
        },
    ),
}  # fmt: skip
