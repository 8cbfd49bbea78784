"""The labelled contracts of CUAD v1 (The Atticus Project, CC BY 4.0): texts, spans by kind, answers, and folds by filer.

A folder holds `labels.json` (a list of `{"file", "spans": {category: [[start, end], …]}, "answers": {category: text}}`, offsets in
code points) and `txt/`. The folder is given on the command line; nothing of it is kept in the repository but the model.
"""

import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from contracts.extraction.durations import durations


@dataclass(frozen=True)
class Labelled:
    """One contract: its filer (who may have filed several alike), text, labelled spans and given answers by kind."""

    filer: str
    text: str
    spans: dict[str, list[tuple[int, int]]]
    answers: dict[str, str]


def contracts(folder: Path) -> list[Labelled]:
    """Every labelled contract of a CUAD folder; raises OSError or KeyError when the folder is not one."""
    labels = json.loads((folder / "labels.json").read_text("utf-8"))
    return [
        Labelled(
            filer(each["file"]),
            (folder / "txt" / each["file"]).read_bytes().decode("utf-8"),
            {kind(name): [(a, b) for a, b in spans] for name, spans in each["spans"].items()},
            {kind(name): answer for name, answer in each["answers"].items()},
        )
        for each in labels
    ]


def kind(category: str) -> str:
    """A category's name in snake_case: "Rofr/Rofo/Rofn" → rofr_rofo_rofn."""
    return re.sub(r"\W+", "_", category.lower())


def filer(file: str) -> str:
    """Who filed a contract, from its file name; spellings of one name in capitals or not are one filer."""
    return re.sub(r"[^a-z]", "", re.split(r"_| - |-", file)[0].lower())[:12]


def folds(every: list[Labelled], count: int, seed: int = 3) -> list[int]:
    """The fold of each contract; all contracts of a filer share one."""
    filers = sorted({each.filer for each in every})
    Random(seed).shuffle(filers)
    place = {name: index % count for index, name in enumerate(filers)}
    return [place[each.filer] for each in every]


def day(answer: str) -> date | None:
    """A given answer "7/11/06" as a day; None when it is empty, partial ("[]/[]/2020") or words."""
    match = re.fullmatch(r"\s*(\d{1,2})/(\d{1,2})/(\d{2,4})\s*", answer)
    if not match:
        return None
    year = int(match[3])
    year += 0 if year > 99 else 2000 if year < 50 else 1900
    try:
        return date(year, int(match[1]), int(match[2]))
    except ValueError:
        return None


def lengths(answer: str) -> set[str]:
    """The durations a given answer allows, years as months: "successive 1 year" → {"12 month"}."""
    return {length(each.count, each.unit) for each in durations(answer)}


def length(count: int, unit: str) -> str:
    return f"{count * 12} month" if unit == "year" else f"{count} {unit}"
