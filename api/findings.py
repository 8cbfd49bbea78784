"""What `doctor` found, one thing at a time."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters: `missing` keeps the main job from being done, `advice` does not."""

    GOOD = "good"
    ADVICE = "advice"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found, and what to do about it where something is to be done."""

    topic: str
    level: Level
    found: str
    mend: str = ""
