"""Bank and tax numbers of Canada, as text of digits; each check raises a sentence that never repeats the number.

Shapes: Payments Canada standard 005 (institution 3, transit 5 digits; accounts of 7 to 12), and the Canada Revenue
Agency's program account (business number of nine digits with a Luhn check, RT, four digits).
"""

import re
from dataclasses import dataclass
from typing import Self

ACCOUNT = re.compile(r"[0-9]{7,12}")
GST = re.compile(r"([0-9]{9})RT([0-9]{4})")


class BadNumber(ValueError):
    """Raised when a number has not the shape it must have; the text says which and how it should look, not what was typed."""


@dataclass(frozen=True, slots=True, repr=False)
class BankAccount:
    """Institution, transit and account number; never shown by accident."""

    institution: str
    transit: str
    account: str

    @classmethod
    def parse(cls, institution: str, transit: str, account: str) -> Self:
        """The account, blanks and hyphens left out; raises BadNumber."""
        parts = [re.sub(r"[\s-]", "", part) for part in (institution, transit, account)]
        for digits, pattern, says in zip(parts, SHAPES, SENTENCES, strict=True):
            if pattern.fullmatch(digits) is None or not digits.strip("0"):
                raise BadNumber(says)
        return cls(*parts)

    @property
    def whole(self) -> str:
        """All digits in one, as they are encrypted and fingerprinted."""
        return f"{self.institution}-{self.transit}-{self.account}"


SHAPES = (re.compile(r"[0-9]{3}"), re.compile(r"[0-9]{5}"), ACCOUNT)
SENTENCES = (
    "the institution number has 3 digits",
    "the transit number has 5 digits",
    "the account number has 7 to 12 digits, leading zeros included",
)


def gst_number(text: str) -> str:
    """The GST/HST account in its plain form ("123456782RT0001"); raises BadNumber."""
    plain = re.sub(r"[\s-]", "", text).upper()
    match = GST.fullmatch(plain)
    if match is None:
        raise BadNumber("a GST number has 9 digits, the letters RT and 4 digits")
    if not match[1].strip("0"):
        raise BadNumber("a GST number is not all zeros")
    if not luhn(match[1]):
        raise BadNumber("the GST number's check digit is wrong: one of its digits was mistyped")
    return plain


def luhn(digits: str) -> bool:
    """Whether the digits pass the check of ISO/IEC 7812: every second one from the right doubled, the sum a multiple of ten."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0
