"""One figure beside its reference from the same run: printed as a line, and kept as JSON for the table of `make bench`.

`say` takes the repeated measurements of both sides; what is printed is the median with the smallest and the largest, and the ratio of the
medians. A measurement module calls `say` and nothing else; `bench.__main__` names the file that gathers the lines.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

GATHERED = "BIDKEEPER_BENCH_FILE"
"""The environment's name for the file that figures are appended to, one JSON document a line."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured: `ours` and `reference` are repeated measurements in `unit`; an empty `reference` has none to give."""

    name: str
    unit: str
    ours: Sequence[float]
    reference: Sequence[float] = ()
    against: str = ""  # what the reference is
    goal: str = ""  # as the issue or the design states it

    @property
    def ratio(self) -> float | None:
        """Our median over the reference's."""
        return median(self.ours) / median(self.reference) if self.reference and median(self.reference) else None

    def line(self) -> str:
        """The figure in one line for a terminal."""
        parts = [f"{self.name}: {spread(self.ours)} {self.unit}"]
        if self.reference:
            parts.append(f"{self.against} {spread(self.reference)}")
        if self.ratio is not None:
            parts.append(f"ratio {self.ratio:.2f}")
        if self.goal:
            parts.append(f"goal {self.goal}")
        return " · ".join(parts)

    def row(self) -> str:
        """The figure as a row of the manual's table."""
        beside = f"{spread(self.reference)} ({self.against})" if self.reference else ""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        return f"| {self.name} | {spread(self.ours)} {self.unit} | {beside} | {ratio} | {self.goal} |"


def say(
    name: str, unit: str, ours: Sequence[float], reference: Sequence[float] = (), *, against: str = "", goal: str = ""
) -> Figure:
    """Print a figure and, under `make bench`, keep it."""
    figure = Figure(name, unit, tuple(ours), tuple(reference), against, goal)
    print(figure.line(), flush=True)
    if gathered := os.environ.get(GATHERED):
        with Path(gathered).open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(figure)) + "\n")
    return figure


def gathered(path: Path) -> list[Figure]:
    """The figures that were kept in a file, in order."""
    return [Figure(**json.loads(line)) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def spread(values: Sequence[float]) -> str:
    """The median, and the smallest and largest where there is more than one: "41 (39–44)"."""
    if len(values) == 1:
        return number(values[0])
    return f"{number(median(values))} ({number(min(values))}–{number(max(values))})"


def number(value: float) -> str:
    """Three figures, with thousands apart."""
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 1 else f"{value:.3g}"
