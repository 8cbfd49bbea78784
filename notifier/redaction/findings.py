"""What is found, and the rules that find it."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One piece of personal data: half-open character span of the text it was found in."""

    kind: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Rule:
    """A pattern whose group `v` is personal data of a kind when `holds` says so."""

    kind: str
    pattern: re.Pattern[str]
    holds: Callable[[str], bool] = bool


def found_by(rules: Iterable[Rule], text: str) -> Iterator[Finding]:
    """Everything these rules find; pieces may overlap."""
    for rule in rules:
        for match in rule.pattern.finditer(text):
            if rule.holds(match["v"]):
                yield Finding(rule.kind, match.start("v"), match.end("v"), match["v"])
