"""Clause → the value that its kind has, as text: a date, a duration, a place, an amount, a number; None when none is read.

Readers stand in a table by kind. They read one clause alone; what needs the whole document (which date is the
contract's, when it expires) is joined in `document_values`.
"""

import re
from collections.abc import Callable, Mapping

from contracts.extraction.durations import Duration, durations
from contracts.extraction.jurisdictions import governing_law
from contracts.extraction.money import percentages, sums
from contracts.extraction.terms import notice_to_end_renewal, renewal_term

Reader = Callable[[str], str | None]

_NUMBER = r"(?P<number>#?(?=[\w./-]*\d)[A-Za-z0-9][\w./-]*\w)"
_CONTRACT = re.compile(
    rf"\b(?:contract|agreement)\s*(?:no\b\.?|number|#|id(?:entification)?)\s*[:.#]*\s*{_NUMBER}", re.IGNORECASE
)
_SOLICITATION = re.compile(
    rf"\b(?:solicitation|RFP|RFQ|RFSQ|NRFP|ITQ|ITT|bid|competition|request\s+for\s+(?:proposals?|qualifications?|quotations?))"
    rf"\s*(?:\([A-Z]+\)\s*)?(?:no\b\.?|number|#)?\s*[:.#]*\s*{_NUMBER}",
    re.IGNORECASE,
)
_FEE_CODE = re.compile(
    r"\b(?:fee|billing|service)\s*(?:codes?|items?)\s*(?:no\.?|number|#)?\s*[:#]?\s*(?P<number>[A-Z]{0,5}-?\d{1,7}[A-Z]{0,3})\b",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_INSURANCES = (
    ("commercial general liability", r"commercial\s+general\s+liability|comprehensive\s+general\s+liability|\bCGL\b"),
    ("professional liability", r"professional\s+(?:indemnity|liability)|malpractice|errors\s+(?:and|&)\s+omissions"),
    ("cyber liability", r"\bcyber|privacy\s+liability|network\s+security\s+liability"),
    ("automobile liability", r"\bauto(?:mobile)?\b|motor\s+vehicle"),
    ("product liability", r"products?\s+liability"),
    ("workers compensation", r"workers?['’]?s?\s+compensation|WorkSafeBC\s+coverage"),
    ("property", r"\bproperty\s+insurance|all[\s-]risks?"),
    ("general liability", r"(?:public|general)\s+liability"),
)


def read(kind: str, clause: str) -> str | None:
    """The value of a clause of this kind, or None: no reader, or nothing certain to read."""
    reader = READERS.get(kind)
    return reader(clause) if reader else None


def _iso(duration: Duration | None) -> str | None:
    return duration.iso if duration else None


def _limit(*cues: str) -> Reader:
    """A reader of the duration nearest a cue: "invoices … within 90 days of the date of service" → P90D."""
    near = re.compile("|".join(cues), re.IGNORECASE)

    def reader(clause: str) -> str | None:
        found = durations(clause)
        if not found:
            return None
        places = [match.start() for match in near.finditer(clause)]
        if not places:
            return found[0].iso if len(found) == 1 else None
        return min(found, key=lambda each: min(abs(each.start - place) + (30 if place > each.end else 0) for place in places)).iso

    return reader


def _amount(clause: str) -> str | None:
    found = sums(clause)
    return str(max(found, key=lambda each: each.amount)) if found else None


def _holdback(clause: str) -> str | None:
    share = percentages(clause)
    if share:
        return f"{share[0].amount:f}%"
    return _amount(clause)


def _warranty(clause: str) -> str | None:
    found = [each for each in durations(clause) if each.unit != "hour"]
    warranty = re.search(r"\bwarrant", clause, re.IGNORECASE)
    if not found or not warranty:
        return None
    after = [each for each in found if each.start > warranty.start()]
    return (after or found)[0].iso


def _number(pattern: re.Pattern[str]) -> Reader:
    def reader(clause: str) -> str | None:
        match = pattern.search(clause)
        return match["number"].lstrip("#") if match else None

    return reader


def _insurance(clause: str) -> str | None:
    names = [name for name, pattern in _INSURANCES if re.search(pattern, clause, re.IGNORECASE)]
    if len(names) > 1 and "general liability" in names and "commercial general liability" in names:
        names.remove("general liability")
    return ", ".join(names) or None


def _email(clause: str) -> str | None:
    match = _EMAIL.search(clause)
    return match[0] if match else None


READERS: Mapping[str, Reader] = {
    "governing_law": governing_law,
    "renewal_term": lambda clause: _iso(renewal_term(clause)),
    "notice_period_to_terminate_renewal": lambda clause: _iso(notice_to_end_renewal(clause)),
    "warranty_duration": _warranty,
    "report_due": _limit(r"\breports?\b[^.]{0,80}\bwithin\b", r"\bwithin\b", r"\bno\s+later\s+than\b"),
    "invoice_window": _limit(r"\binvoic[^.]{0,80}\bwithin\b", r"\bwithin\b", r"\bno\s+later\s+than\b"),
    "extension_request": _limit(r"\bat\s+least\b", r"\bno\s+later\s+than\b", r"\bwithin\b", r"\bprior\s+to\b|\bbefore\b"),
    "referral_acknowledgement": _limit(r"\backnowledg\w+[^.]{0,80}\bwithin\b", r"\bwithin\b", r"\bno\s+later\s+than\b"),
    "records_retention": _limit(r"\b(?:retain|keep|kept|preserve|maintain|retention)\w*\b", r"\bat\s+least\b"),
    "option_to_renew": lambda clause: _iso(renewal_term(clause)),
    "insurance_type": _insurance,
    "insurance_amount": _amount,
    "maximum_amount": _amount,
    "holdback": _holdback,
    "contract_number": _number(_CONTRACT),
    "solicitation_number": _number(_SOLICITATION),
    "fee_code": _number(_FEE_CODE),
    "notice_address": _email,
}  # fmt: skip
