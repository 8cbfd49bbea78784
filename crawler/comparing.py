"""What a held look would change: its rows against those that the source showed last; pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.vocabulary import Change
from crawler.changes import changes
from crawler.items import Posting


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows by what would become of them; `same` counts those that stay as they are."""

    new: tuple[Posting, ...]
    gone: tuple[Posting, ...]
    changed: tuple[tuple[Posting, tuple[Change, ...]], ...]
    same: int


def compare(before: Mapping[str, Posting], after: Mapping[str, Posting]) -> Comparison:
    """The rows of `after` against those of `before`, each under the portal's own id."""
    both = [(before[key], after[key]) for key in after if key in before]
    differing = [(new, tuple(changes(old, new))) for old, new in both]
    return Comparison(
        new=tuple(posting for key, posting in after.items() if key not in before),
        gone=tuple(posting for key, posting in before.items() if key not in after),
        changed=tuple((new, found) for new, found in differing if found),
        same=sum(not found for _new, found in differing),
    )
