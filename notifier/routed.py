"""Where a question goes: what routing hands to those who draft, send and follow, none of whom need the model."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Route:
    """`desk` to ask first, `also` others worth asking (likeliest first), and why, in words for a person.

    `confidence` is calibrated: of routes given 0.8, four in five are right. `urgent`: a person may be in danger, a
    human looks first.
    """

    desk: str
    also: tuple[str, ...] = ()
    confidence: float = 0.0
    why: tuple[str, ...] = ()
    unsure: bool = True
    urgent: bool = False
