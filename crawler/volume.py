"""Whether a listing can be believed, judged against the source's own past. Pure.

A portal that breaks rarely says so: the file shrinks to a tenth, columns move, an export starts over, every row changes at
once. Such a look is held back whole. It is believed later when the source comes back to what it was, when it stays as it
is for `CONFIRMING` looks (`CONFIRMING_EXPLAINED` when nothing in it speaks against it), or when a person accepts it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from contracts.vocabulary import Health
from crawler.normalise import text_key

SHRUNK_TO = 0.5  # below this share of what was expected a listing is shrunk
LOST_OPEN = 0.25  # more than this share of the open rows gone at once, unexplained
FEW = 5  # rows: smaller differences are the daily life of a small listing
SURGE = 1.0  # more unknown open rows than this share of the known ones
SURGE_LEAST = 25  # rows
MASS_CHANGE = 0.4  # more than this share of the known rows changed at once
MASS_LEAST = 10  # rows
REMADE = 0.5  # more changes at once than this share of a program page's parts
UNREAD = 0.2  # more than this share of the rows could not be read
INCOMPLETE = 0.1  # more than this share of the total that the portal states is not there
CONFIRMING = 3  # looks in a row that agree, the held one included, before a new shape is believed
CONFIRMING_EXPLAINED = 2
ALWAYS_NEWS = frozenset({"closes", "closes_text", "status", "amendments"})
REMEMBERED = 10  # row counts kept per source


def wholesale(fields: Iterable[Iterable[str]], known: int) -> frozenset[str]:
    """Fields that changed on so many of the `known` rows at once that the portal re-rendered them; no news of any tender.

    A closing, a status or an amendment count is news however many tenders share it. `fields` has each changed row's fields.
    """
    counts = Counter(name for row in fields for name in set(row))
    least = max(MASS_LEAST, MASS_CHANGE * known)
    return frozenset(name for name, count in counts.items() if count > least and name not in ALWAYS_NEWS)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a look shows beside what was known; every number counts rows.

    `before` is the usual size (None at the first look), `present` the rows known to be there until now, `gone` those of them
    that this look lacks, `gone_open` those whose closing is still ahead, `new_open` the rows never seen before that are open,
    `changed` the known rows that say something else, `unplaced` those of them whose closing can no longer be read; of a program page `parts` counts what it said before.
    """

    rows: int
    read: int
    before: int | None = None
    present: int = 0
    present_open: int = 0
    gone: int = 0
    gone_open: int = 0
    new_open: int = 0
    changed: int = 0
    unplaced: int = 0
    total: int | None = None
    columns: tuple[str, ...] = ()
    columns_before: tuple[str, ...] = ()
    says_none: bool = False
    window: bool = False
    parts: int = 0
    parts_changed: int = 0


class Confidence(StrEnum):
    """How much an odd listing explains itself."""

    EXPLAINED = "explained"
    ODD = "odd"
    BROKEN = "broken"  # no listing can mean this: only a person, or the source itself, ends it


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a look is held back: the health it means, a sentence for the operator, and how much it explains itself."""

    health: Health
    reason: str
    confidence: Confidence = Confidence.ODD

    @property
    def confirming(self) -> int | None:
        """Agreeing looks in a row after which it is believed; None for never by itself."""
        return {Confidence.EXPLAINED: CONFIRMING_EXPLAINED, Confidence.ODD: CONFIRMING, Confidence.BROKEN: None}[self.confidence]


def judge(facts: Facts) -> Doubt | None:
    """The first reason not to believe a look, or None. A first look has no past and is judged by itself alone."""
    return next((doubt for rule in RULES if (doubt := rule(facts))), None)


def usual(sizes: list[int]) -> int | None:
    """The size to expect: the last good one, but not less than half of what was usual before a slow leak."""
    if not sizes:
        return None
    middle = sorted(sizes)[len(sizes) // 2]
    return max(sizes[-1], middle // 2)


def _empty(facts: Facts) -> Doubt | None:
    if facts.rows:
        return None
    if not facts.says_none:
        return Doubt(Health.EMPTY, "the answer holds no posting and does not say that there are none", Confidence.BROKEN)
    if facts.gone_open > FEW:
        return Doubt(Health.EMPTY, f"the page says there are none, but {facts.gone_open} postings should still be open")
    return None


def _unread(facts: Facts) -> Doubt | None:
    lost = facts.rows - facts.read
    if lost > UNREAD * facts.rows:
        return Doubt(Health.LAYOUT_CHANGED, f"{lost} of {facts.rows} rows could not be read", Confidence.BROKEN)
    return None


def _columns(facts: Facts) -> Doubt | None:
    before, now = ({text_key(c).casefold() for c in columns} for columns in (facts.columns_before, facts.columns))
    if not before or not now or before == now:
        return None
    said = [f"{word} {', '.join(sorted(names))}" for word, names in (("lost", before - now), ("new", now - before)) if names]
    known = facts.present - facts.gone
    harmless = known > 0 and facts.gone_open == 0 and facts.changed <= known * 0.1
    return Doubt(
        Health.LAYOUT_CHANGED, "its columns changed: " + "; ".join(said), Confidence.EXPLAINED if harmless else Confidence.ODD
    )


def _incomplete(facts: Facts) -> Doubt | None:
    if facts.total is not None and facts.rows < facts.total * (1 - INCOMPLETE) and facts.total - facts.rows > 1:
        said = f"the portal speaks of {facts.total} postings and shows {facts.rows}"
        return Doubt(Health.SHRUNK, said, Confidence.BROKEN)
    return None


def _shrunk(facts: Facts) -> Doubt | None:
    if facts.window or facts.before is None:
        return None
    fell = facts.rows < facts.before * SHRUNK_TO and facts.gone > FEW and facts.before - facts.rows > FEW
    lost = facts.gone_open > max(FEW, LOST_OPEN * facts.present_open)
    if not fell and not lost:
        return None
    past = facts.gone - facts.gone_open
    explained = facts.gone_open <= 0.02 * facts.gone
    return Doubt(
        Health.SHRUNK,
        f"{facts.before} rows became {facts.rows}: {facts.gone_open} postings that should still be open are gone, "
        f"{past} that had closed",
        Confidence.EXPLAINED if explained else Confidence.ODD,
    )


def _surge(facts: Facts) -> Doubt | None:
    if facts.before is None or facts.window:
        return None
    if facts.new_open > max(SURGE_LEAST, SURGE * facts.before):
        return Doubt(Health.QUARANTINED, f"{facts.new_open} postings are new at once, where {facts.before} rows were usual")
    return None


def _unplaced(facts: Facts) -> Doubt | None:
    if facts.unplaced > max(FEW, UNREAD * (facts.present - facts.gone)):
        said = f"the closing times of {facts.unplaced} known postings can no longer be read: they are printed in another form"
        return Doubt(Health.LAYOUT_CHANGED, said, Confidence.BROKEN)
    return None


def _mass_change(facts: Facts) -> Doubt | None:
    known = facts.present - facts.gone
    if facts.changed > max(MASS_LEAST, MASS_CHANGE * known):
        return Doubt(Health.QUARANTINED, f"{facts.changed} of {known} known postings changed at once")
    return None


def _remade(facts: Facts) -> Doubt | None:
    if facts.parts_changed > max(FEW, REMADE * facts.parts):
        return Doubt(
            Health.QUARANTINED, f"{facts.parts_changed} changes at once on a page of {facts.parts} resources and contacts"
        )
    return None


RULES = (_empty, _unread, _columns, _incomplete, _shrunk, _surge, _unplaced, _mass_change, _remade)
