"""Many searches and one piece of news: which match, in arrays for what stands and in a small table for what changed since.

Of the keys that news must hold for a search to match (`Query.paths`) the rarest decides where it is filed, so a posting only meets
searches of which it holds the rarest key. Their other keys are looked up all at once (numpy); what a search asks beyond its keys is
asked of it alone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from notifier.news import News
from notifier.query import Query, Reading

Ints: TypeAlias = npt.NDArray[np.int32]

WIDTH = 4  # keys of a way that are looked up; a longer one is asked for the rest
FEW = 500  # changed searches that are laid out anew with each change
GROWTH = 4  # how many times larger than what is put on it a layer must be to be left alone


class SearchIndex:
    """Searches by their subscriptions; many with one and the same wording cost one look.

    What changes goes into a small layer that is laid out anew each time; a full one is joined with the layers below it that are
    not much larger, so that a change costs little however many searches stand. `seen` may say how often each key occurs in
    postings; without it a key counts as common when many searches use it.
    """

    def __init__(self, searches: Iterable[tuple[int, Query]] = (), *, seen: Mapping[str, int] | None = None) -> None:
        self._seen = seen
        self._whose: dict[int, Query] = dict(searches)
        self._layers = [_laid(self._whose, seen)] if self._whose else []  # the largest first
        self._recent: dict[int, Query] = {}  # changed since; they stand in no layer
        self._top: Laid | None = None  # the recent ones, laid out when they are asked

    def __len__(self) -> int:
        return len(self._whose)

    def add(self, identity: int, query: Query) -> None:
        """File one more search, or the new wording of one that is here already."""
        self.remove(identity)
        self._whose[identity] = self._recent[identity] = query
        self._top = None
        if len(self._recent) > FEW:
            self._settle()

    def remove(self, identity: int) -> None:
        """Forget a subscription; unknown ones are fine."""
        if self._whose.pop(identity, None) is None:
            return
        if self._recent.pop(identity, None) is not None:
            self._top = None
            return
        for layer in self._layers:
            layer.drop(identity)

    def matching(self, news: News, *, now: datetime | None = None) -> list[int]:
        """The subscriptions whose search matches, in ascending order."""
        if self._top is None:
            self._top = _laid(self._recent, self._seen)
        reading = Reading(news, now=now)
        found = np.concatenate([layer.matching(reading) for layer in (*self._layers, self._top)])
        found.sort()
        identities: list[int] = found.tolist()
        return identities

    def _settle(self) -> None:
        joined = self._recent
        while self._layers and len(self._layers[-1]) <= GROWTH * len(joined):
            joined |= {identity: self._whose[identity] for identity in self._layers.pop().owners()}
        self._layers.append(_laid(joined, self._seen))
        self._recent, self._top = {}, None


def _laid(whose: Mapping[int, Query], seen: Mapping[str, int] | None) -> "Laid":
    owners: dict[str, list[int]] = {}
    queries: dict[str, Query] = {}
    for identity, query in whose.items():
        owners.setdefault(query.text, []).append(identity)
        queries.setdefault(query.text, query)
    return Laid(queries, owners, seen)


class Laid:
    """Searches laid out in arrays: a row for each way to match, ordered by its rarest key; and whose each search is."""

    def __init__(self, queries: Mapping[str, Query], owners: Mapping[str, list[int]], seen: Mapping[str, int] | None) -> None:
        paths = {text: query.paths() for text, query in queries.items()}
        used = Counter(seen or (key for path in paths.values() for way in path.ways for key in way))
        numbers: dict[str, int] = {"": 0}  # of keys; the empty one is in every posting
        rows: list[tuple[int, ...]] = []
        exact = np.zeros(len(queries), dtype=bool)
        for number, path in enumerate(paths.values()):
            exact[number] = path.exact and all(len(way) <= WIDTH for way in path.ways)
            for way in path.ways:
                keys = sorted(way, key=lambda key: (used[key], key))[:WIDTH]
                row = [numbers.setdefault(key, len(numbers)) for key in keys]
                rows.append((*row, *[0] * (WIDTH - len(row)), number))
        self._numbers = numbers
        self._queries = list(queries.values())
        self._exact = exact
        ways: Ints = np.array(sorted(rows), dtype=np.int32).reshape(-1, WIDTH + 1)
        self._ways = ways
        self._from: Ints = np.searchsorted(ways[:, 0], np.arange(len(numbers) + 1)).astype(np.int32)
        self._has = np.zeros(len(numbers), dtype=bool)
        self._file_owners([owners[text] for text in queries])

    def _file_owners(self, owners: list[list[int]]) -> None:
        counts = [len(each) for each in owners]
        self._owners = np.array([one for each in owners for one in each], dtype=np.int64)
        self._counts: Ints = np.array(counts, dtype=np.int32)
        self._first: Ints = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        self._gone = np.zeros(len(self._owners), dtype=bool)
        self._place = {int(one): place for place, one in enumerate(self._owners.tolist())}

    def __len__(self) -> int:
        return len(self._place)

    def owners(self) -> Iterable[int]:
        """The subscriptions that still stand here."""
        return self._place.keys()

    def drop(self, identity: int) -> None:
        """Leave one subscription out from now on; one that does not stand here is fine."""
        place = self._place.pop(identity, None)
        if place is not None:
            self._gone[place] = True

    def matching(self, reading: Reading) -> npt.NDArray[np.int64]:
        """The subscriptions whose search matches, in no order."""
        if not len(self._ways):
            return np.empty(0, dtype=np.int64)
        keys = [0, *(number for key in reading.keys if (number := self._numbers.get(key)) is not None)]
        self._has[keys] = True
        met = [self._ways[self._from[key] : self._from[key + 1]] for key in keys]
        ways = np.concatenate(met)
        held = self._has[ways[:, 1:WIDTH]].all(axis=1)
        self._has[keys] = False
        found = np.unique(ways[held, WIDTH])
        sure = self._exact[found]
        asked = [number for number in found[~sure].tolist() if self._queries[number].holds(reading)]
        return self._whose(np.concatenate([found[sure], np.array(asked, dtype=np.int32)]))

    def _whose(self, found: Ints) -> npt.NDArray[np.int64]:
        counts = self._counts[found]
        starts = np.repeat(self._first[found] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        places = starts + np.arange(len(starts))
        return self._owners[places[~self._gone[places]]]
