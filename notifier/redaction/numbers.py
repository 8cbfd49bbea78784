"""Numbers, dates and addresses that name a person: by their check digits, by the word before them, or by their shape.

Figures that have a plain other meaning (amounts, contract and invoice numbers, dates of service) are left alone.
"""

import re

from notifier.redaction.findings import Rule

_MONTH = (
    r"(?:jan(?:uary|vier)?|feb(?:ruary)?|f[ée]v(?:rier)?|mar(?:ch|s)?|apr(?:il)?|avr(?:il)?|may|mai|june?|juin|july?|juillet|aug(?:ust)?|ao[uû]t"
    r"|sept?(?:ember|embre)?|oct(?:ober|obre)?|nov(?:ember|embre)?|d[ée]c(?:ember|embre)?)"
)
_DATE = (
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"
    rf"|{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{2,4}}|\d{{1,2}}(?:st|nd|rd|th|er)?[\s-]+(?:of\s+)?{_MONTH}\.?,?[\s-]+\d{{2,4}}"
    r"|\d{6,8}|(?:19|20)\d{2})"
)
_LABEL_END = (
    r"(?:\s*(?:is|est|was|are|reads|number|numbers|numb|num|no\.?|n[o°]\.?|nr|id|info|details|code|#|:|=|-|\(|\.{2,}))*\s*"
)
"""What may stand between a number's name and the number."""


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


def _no_date(text: str) -> bool:
    return text.strip().isdigit() or re.fullmatch(_DATE, text.strip(), re.IGNORECASE) is None


def _rule(kind: str, pattern: str, **more: object) -> Rule:
    return Rule(kind, re.compile(pattern), **more)  # type: ignore[arg-type]


RULES = (
    _rule("sin", rf"(?i)\b(?:sin\b|s\.i\.n\.?|nas\b|soc(?:ial|\.)? ins(?:urance|\.)?|num[ée]ro d.assurance sociale){_LABEL_END}(?P<v>\d(?:[ .-]?\d){{8}})\b"),
    _rule("sin", r"(?<![\d#-])(?P<v>\d{3}([ .-])\d{3}\2\d{3})(?![\d-]|\.\d)"),
    _rule("sin", r"(?<![\d#$.,-])(?P<v>\d{9})(?![\d-]|[.,]\d|\s?RT)", holds=_nine_with_check),
    _rule("phn", rf"(?i)\b(?:phn\b|p\.h\.n\.|personal health\b|care ?card\b|services card\b|health card\b|carte (?:de )?sant[ée]|msp\b){_LABEL_END}(?P<v>\d(?:[ .-]?\d){{9}})\b"),
    _rule("phn", r"(?<![\d+(-])(?P<v>9\d{3}([ -]?)\d{3}\2\d{3})(?![\d-])", holds=_like_phn),
    _rule("claim", rf"(?i)\b(?:claims?|clm|claim file|wcb(?: file| claim)?|file|case|r[ée]clamation|r[ée]f\.?|dossier(?: wcb)?){_LABEL_END}(?P<v>(?:[A-Z]{{1,2}}[ -]?)?\d(?:[ -]?\d){{5,8}}(?:-\d{{1,2}}(?!\d))?)(?![-\d])", holds=_no_date),
    _rule("claim", r"(?<![\w$#./-])(?P<v>[34]\d{7})(?![\w-]|[.,]\d)"),
    _rule("claim", r"(?<![\w$.-])#\s?(?P<v>[34]\d{7})(?![\w-])"),
    _rule("claim", r"(?i)\b(?:claims?|files|dossiers)\b[^.?!\n]{0,30}?(?:\b(?:and|et|or)|[&,/])\s*#?\s?(?P<v>\d{8})(?!\d)"),
    _rule("bank", rf"(?i)\b(?:account|acct|a/c|compte|chequing|savings|iban)\b(?:\s+(?:ending(?: in)?|from|to))*{_LABEL_END}(?P<v>\*{{0,6}}\d(?:[ -]?\d){{2,11}})\b(?!\s*(?:days|weeks|months|invoices))"),
    _rule("bank", rf"(?i)\b(?:transit|branch|institution|inst|routing|succursale|aba){_LABEL_END}(?:and\s*)?(?P<v>\d(?:[ -]?\d){{2,8}})\b"),
    _rule("bank", rf"(?i:\b(?:swift|bic)){_LABEL_END}(?P<v>[A-Z]{{6}}[A-Z0-9]{{2,5}})\b"),
    _rule("bank", r"\b(?P<v>[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?)\b"),
    _rule("bank", r"(?i)\b(?:deposit\w*|bank\w*|chequ\w*)\b[^.?!\n$]{0,40}?(?<![\w$.,/-])(?P<v>\d(?:[ -]?\d){6,11})\b(?![,/]?\d)", holds=_no_date),
    _rule("bank", r"(?<![\d-])(?P<v>\d{5}[- ]\d{3}[- ](?:\d[- ]?){6,11}\d)(?![\d-])"),
    _rule("bank", r"\b(?P<v>(?:\d{4}[ -]){3}\d{4})\b"),
    _rule("birth", rf"(?i)\b(?:d\.?o\.?b\.?|date of birth|birth ?date|born(?: on| in)?|b\.?d\.?|birthday|n[ée]e?(?: le| en)|date de naissance|ddn)\s*(?:is|was|est|:|=|-)*\s*(?P<v>{_DATE})"),
    _rule("birth", rf"(?i)(?P<v>{_DATE})\s*\(?(?:date of birth|d\.?o\.?b\.?\b)"),
    _rule("phone", r"(?<![\d#$-])(?P<v>(?:\+?1[-. ]?)?\(?[2-9]\d{2}\)?[-. ]?[2-9]\d{2}[-. ]\d{4}(?:\s*(?:x|ext\.?|poste|local)\s*\d{1,5})?)(?![\d-])"),
    _rule("phone", r"(?i)\b(?:phone|ph|tel|cell|mobile|call|fax|t[ée]l[ée]phone|reach \w+ at|text)\b[^.\n\d]{0,15}(?P<v>(?:\+?1)?[2-9]\d{9}|[2-9]\d{2}[-. ]\d{4})(?!\d)"),
    _rule("email", r"(?P<v>(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+)"),
    _rule("address", r"(?i)(?<!\w)(?P<v>(?:#?\d{1,5}\s*[-–]\s*)?\d{1,5}\s+(?:[A-Z0-9][\w'’]*\.?\s+){1,3}(?:street|st|avenue|ave|road|rd|drive|dr|crescent|cres|way|boulevard|blvd|lane|ln|court|place|highway|hwy)\b\.?(?:,\s(?-i:[A-ZÀ-Ý][a-zà-ÿ]+(?:\s[A-ZÀ-Ý][a-zà-ÿ]+)?))?)"),
    _rule("address", r"\b(?P<v>[ABCEGHJ-NPRSTVXY]\d[A-Z][ -]?\d[A-Z]\d)\b"),
)  # fmt: skip
