"""What a desk added later is told apart from: texts the model was trained on, as vectors, in `model/background.npz`.

`bench/train_routing.py` writes the file: `lengths` (features of each text), `places` and `values` (those features), `topics`.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from notifier.linear import FILE, Floats, Indices, shipped
from notifier.wording import content_stems

BACKGROUND = FILE.with_name("background.npz")


@dataclass(frozen=True)
class Background:
    """One wording of each training phrase and the shorter whole questions: vectors, the place of each one's topic, and its stems."""

    vectors: tuple[tuple[Indices, Floats], ...]
    topics: Indices
    stems: tuple[frozenset[str], ...]


@cache
def background() -> Background:
    """The shipped background, read once, when the first desk is learned."""
    names = list(shipped().places)
    with np.load(BACKGROUND, allow_pickle=False) as arrays:
        ends = np.cumsum(arrays["lengths"])[:-1]
        places = np.split(arrays["places"].astype(np.int64), ends)
        values = np.split(arrays["values"].astype(np.float32), ends)
        stems = tuple(frozenset(content_stems(names[place][2:] for place in text if names[place][:2] == "w:")) for text in places)
        return Background(tuple(zip(places, values, strict=True)), arrays["topics"].astype(np.int64), stems)
