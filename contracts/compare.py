"""What changed between two versions of a document, clause by clause; pure.

Clauses that moved without changing are no change; numbers and white space at their beginning do not count.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from rapidfuzz import fuzz

from contracts.segments import Segment, segments

ALIKE = 55.0  # of 100: two clauses that share this much are one clause, reworded


class What(StrEnum):
    """What became of a clause."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One clause side by side; `old` is None for an added one, `new` for a removed one."""

    what: What
    old: Segment | None
    new: Segment | None

    @property
    def words(self) -> list[tuple[str, str]]:
        """The changed clause as runs of words: ("same" | "removed" | "added", text), in reading order."""
        before = self.old.text.split() if self.old else []
        after = self.new.text.split() if self.new else []
        runs: list[tuple[str, str]] = []
        for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
            if tag == "equal":
                runs.append(("same", " ".join(before[a:b])))
                continue
            runs += [(name, " ".join(run)) for name, run in (("removed", before[a:b]), ("added", after[c:d])) if run]
        return runs


def versions(old: Sequence[str], new: Sequence[str]) -> list[Difference]:
    """The two documents' clauses side by side, in the new one's order, removed ones where they stood."""
    before, after = segments(old), segments(new)
    matcher = SequenceMatcher(None, [_plain(one) for one in before], [_plain(one) for one in after], autojunk=False)
    found: list[Difference] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            found += [Difference(What.SAME, one, other) for one, other in zip(before[a:b], after[c:d], strict=True)]
        else:
            found += _block(before[a:b], after[c:d])
    return _without_moves(found)


def changes(old: Sequence[str], new: Sequence[str]) -> list[Difference]:
    """Only what is not the same."""
    return [one for one in versions(old, new) if one.what is not What.SAME]


def _block(before: Sequence[Segment], after: Sequence[Segment]) -> list[Difference]:
    """Clauses of a stretch that differs, each new one beside the old one it is most like."""
    left = list(before)
    found: list[Difference] = []
    for clause in after:
        scores = [fuzz.ratio(_plain(one), _plain(clause)) for one in left]
        best = max(range(len(left)), key=scores.__getitem__, default=None)
        if best is None or scores[best] < ALIKE:
            found.append(Difference(What.ADDED, None, clause))
            continue
        found += [Difference(What.REMOVED, one, None) for one in left[:best]]
        found.append(Difference(What.CHANGED, left[best], clause))
        del left[: best + 1]
    return found + [Difference(What.REMOVED, one, None) for one in left]


def _without_moves(found: Sequence[Difference]) -> list[Difference]:
    """A clause removed in one place and added word for word in another has only moved."""
    added = {_plain(one.new) for one in found if one.what is What.ADDED and one.new}
    moved = added & {_plain(one.old) for one in found if one.what is What.REMOVED and one.old}
    kept: list[Difference] = []
    olds = {_plain(one.old): one.old for one in found if one.what is What.REMOVED and one.old}
    for one in found:
        if one.what is What.REMOVED and one.old and _plain(one.old) in moved:
            continue
        if one.what is What.ADDED and one.new and _plain(one.new) in moved:
            kept.append(Difference(What.SAME, olds[_plain(one.new)], one.new))
            continue
        kept.append(one)
    return kept


def _plain(segment: Segment) -> str:
    """The clause's words without its number, case or line breaks."""
    return re.sub(r"^(?:\(?[\dA-Za-z]{1,3}(?:\.\d+)*[.)]\s+|\d+(?:\.\d+)*\s+)", "", " ".join(segment.text.split())).casefold()
