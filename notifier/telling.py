"""Which words tell: those of a desk's examples that the background of other questions hardly knows, by their first letters.

A word that the shipped model has never seen is no feature of it, and yet tells most: "treadmill" in an example of the clinic's own staff desk.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from notifier.wording import Reading, content_stems


@dataclass(frozen=True)
class Telling:
    """`rarity` of each stem of the examples: natural logarithm of background texts to each that has it."""

    rarity: dict[str, float]

    @classmethod
    def of(cls, readings: Iterable[Reading], background: Sequence[frozenset[str]]) -> "Telling":
        """The stems of these readings, weighed by how few background texts (each a set of stems) have them."""
        wanted = {stem for reading in readings for stem in content_stems(reading.tokens)}
        seen = dict.fromkeys(wanted, 0)
        for stems in background:
            for stem in stems & wanted:
                seen[stem] += 1
        return cls({stem: math.log((len(background) + 1) / (count + 1)) for stem, count in seen.items()})

    def weigh(self, stems: Iterable[str]) -> float:
        """How telling these stems are together; 0 where none is known."""
        return sum(self.rarity.get(stem, 0.0) for stem in stems)
