"""Personal data in free text, found before it is sent onward: kinds, places, and the text with them taken out.

`find(text)` gives findings of the kinds `sin` `phn` `claim` `worker` `bank` `birth` `phone` `email` `address`; `strip` takes them out.
`numbers.py` knows figures, dates and addresses, `names.py` people. Both prefer flagging too much over letting one through: a person
sees the flags and decides.
"""

from collections.abc import Collection, Iterable

from notifier.redaction.findings import Finding, found_by
from notifier.redaction.names import find_names
from notifier.redaction.numbers import RULES, luhn, phn_holds

__all__ = ["KINDS", "Finding", "find", "luhn", "phn_holds", "strip"]

KINDS = ("sin", "phn", "claim", "worker", "bank", "birth", "phone", "email", "address")
_SHOWN = {
    "sin": "SIN",
    "phn": "PHN",
    "claim": "claim number",
    "bank": "bank number",
    "birth": "date of birth",
}


def find(text: str) -> list[Finding]:
    """Personal data of a text, in order; of pieces that overlap the longest stays (a kind earlier in `KINDS` where equal)."""
    found = [*found_by(RULES, text), *find_names(text)]
    found.sort(key=lambda finding: (finding.start - finding.end, KINDS.index(finding.kind), finding.start))
    kept: list[Finding] = []
    for finding in found:
        if all(finding.end <= other.start or other.end <= finding.start for other in kept):
            kept.append(finding)
    return sorted(kept, key=lambda finding: finding.start)


def strip(text: str, *, keep: Collection[str] = (), findings: Iterable[Finding] | None = None) -> str:
    """The text with each finding replaced by what it was, `[claim number]`; kinds in `keep` stay."""
    for finding in sorted(find(text) if findings is None else findings, key=lambda finding: -finding.start):
        if finding.kind not in keep:
            text = f"{text[: finding.start]}[{_SHOWN.get(finding.kind, finding.kind)}]{text[finding.end :]}"
    return text
