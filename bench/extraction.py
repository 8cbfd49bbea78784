"""Cross-validated by filer: the right clause of each contract, and the values read, beside BM25 and a plain TF-IDF model.

    python -m bench.extraction --cuad FOLDER [--folds 4] [--kinds]

Each fold's contracts are judged by a model that saw no contract of their filers. A candidate is right when it overlaps a labelled
span. BM25 is SQLite's FTS5 asked for the category's name and description; the plain model is word and word-pair
TF-IDF with logistic regression; both rank the same clauses of the same contracts.
"""

import argparse
import csv
import re
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bench.cuad import contracts, day, folds, kind, length, lengths
from bench.learn_extraction import Prepared, fit
from contracts.extraction import Extraction, extract

Ranks = dict[str, list[int]]
NEVER = 10_000
VALUED = (
    "governing_law",
    "agreement_date",
    "effective_date",
    "renewal_term",
    "notice_period_to_terminate_renewal",
    "expiration_date",
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Judge clause finding and value reading on CUAD, cross-validated by filer.")
    parser.add_argument("--cuad", type=Path, required=True, help="the folder with labels.json and txt/")
    parser.add_argument("--folds", type=int, default=4)
    parser.add_argument("--only", type=int, default=None, help="judge only this many folds")
    parser.add_argument("--kinds", action="store_true", help="also print a line for each kind")
    chosen = parser.parse_args()
    every = [Prepared(each) for each in contracts(chosen.cuad)]
    kinds = sorted({name for each in every for name in each.labelled.answers})
    place = folds([each.labelled for each in every], chosen.folds)
    ranks: dict[str, Ranks] = {name: defaultdict(list) for name in ("BM25", "TF-IDF + logistic", "ours")}
    read: dict[str, list[tuple[bool, bool, bool]]] = defaultdict(list)
    seconds, characters = 0.0, 0
    for fold in range(chosen.only or chosen.folds):
        seen = [each for each, where in zip(every, place, strict=True) if where != fold]
        kept = [each for each, where in zip(every, place, strict=True) if where == fold]
        _bm25(kept, ranks["BM25"], _questions(chosen.cuad))
        _plain(seen, kept, kinds, ranks["TF-IDF + logistic"])
        model = fit(seen, kinds)
        for each in kept:
            began = time.perf_counter()
            found = extract([each.labelled.text], model=model)
            seconds += time.perf_counter() - began
            characters += len(each.labelled.text)
            _ours(each, found, ranks["ours"])
            for name in VALUED:
                read[name].append(judged(name, each.labelled.answers.get(name, ""), found))
    _print(ranks, read, kinds if chosen.kinds else ())
    print(f"\nextraction: {characters / seconds / 3000:.0f} pages/s (of 3,000 characters), one core")


def judged(name: str, answer: str, found: Extraction) -> tuple[bool, bool, bool]:
    """Whether a contract has a readable answer, whether a value was given, and whether it is the answer's."""
    known, same = _answer(name, answer)
    value = next((term.value for term in found.of(name) if term.value), None)
    return known, value is not None, value is not None and known and same(value)


def _answer(name: str, answer: str) -> tuple[bool, Callable[[str], bool]]:
    if name == "governing_law":
        wanted = {part.strip().lower() for part in re.split(r"[;,]", answer) if part.strip()}
        return bool(wanted) and "[" not in answer, lambda value: any(
            part in value.lower() or value.lower() in part for part in wanted
        )
    if name.endswith("_date"):
        wanted_day = day(answer)
        off = 1 if name == "expiration_date" else 0
        return (
            wanted_day is not None,
            lambda value: (
                wanted_day is not None and (read := _iso(value)) is not None and abs(read - wanted_day.toordinal()) <= off
            ),
        )
    spans = lengths(answer)
    return bool(spans), lambda value: _length(value) in spans


def _iso(value: str) -> int | None:
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", value)
    return day(f"{match[2]}/{match[3]}/{match[1]}").toordinal() if match else None  # type: ignore[union-attr]


def _length(value: str) -> str:
    match = re.fullmatch(r"P(\d+)([DWMY])", value)
    return length(int(match[1]), {"D": "day", "W": "week", "M": "month", "Y": "year"}[match[2]]) if match else ""


def _ours(each: Prepared, found: Extraction, ranks: Ranks) -> None:
    for name, spans in each.labelled.spans.items():
        hits = [
            place
            for place, term in enumerate(found.of(name), 1)
            if any(term.start < end and term.end > start for start, end in spans)
        ]
        ranks[name].append(hits[0] if hits else NEVER)


def _bm25(kept: Sequence[Prepared], ranks: Ranks, questions: dict[str, str]) -> None:
    for each in kept:
        base = sqlite3.connect(":memory:")
        base.execute("create virtual table clauses using fts5(text)")
        base.executemany("insert into clauses(rowid, text) values (?, ?)", enumerate((c.text for c in each.clauses), 1))
        for name in each.labelled.spans:
            words = " OR ".join(f'"{word}"' for word in sorted(set(re.findall(r"\w+", questions[name].lower()))))
            rows = base.execute("select rowid from clauses where clauses match ? order by rank limit 500", (words,))
            right = each.right(name, any_overlap=True)
            ranks[name].append(next((place for place, (row,) in enumerate(rows, 1) if right[row - 1]), NEVER))
        base.close()


def _plain(seen: Sequence[Prepared], kept: Sequence[Prepared], kinds: Sequence[str], ranks: Ranks) -> None:
    vectors = TfidfVectorizer(ngram_range=(1, 2), min_df=3, sublinear_tf=True, max_features=60_000)
    rows = vectors.fit_transform([clause.text for each in seen for clause in each.clauses])
    tested = [vectors.transform([clause.text for clause in each.clauses]) for each in kept]
    for name in kinds:
        right = np.concatenate([each.right(name, any_overlap=True) for each in seen])
        held = np.flatnonzero(right | (np.random.default_rng(0).random(len(right)) < 0.2))
        model = LogisticRegression(C=10, solver="liblinear", class_weight="balanced", tol=1e-3).fit(rows[held], right[held])
        for each, clauses in zip(kept, tested, strict=True):
            if name in each.labelled.spans:
                order = np.argsort(-model.decision_function(clauses), kind="stable")
                hits = np.flatnonzero(each.right(name, any_overlap=True)[order])
                ranks[name].append(int(hits[0]) + 1 if len(hits) else NEVER)


def _questions(folder: Path) -> dict[str, str]:
    """Kind → its name and description, from the set's own table beside the folder or in it; else the name alone."""
    found: defaultdict[str, str] = defaultdict(str)
    for place in (folder / "category_descriptions.csv", folder.parent / "category_descriptions.csv"):
        if place.is_file():
            for row in csv.reader(place.read_text("utf-8-sig").splitlines()):
                name = row[0].removeprefix("Category: ")
                found[kind(name)] = f"{name} {row[1].removeprefix('Description: ')}"
    return _Named(found)


class _Named(dict[str, str]):
    """A kind without description is asked for by its name."""

    def __missing__(self, name: str) -> str:
        return name.replace("_", " ")


def _figures(places: Sequence[int]) -> tuple[float, float, float]:
    ranks = np.array(places, float)
    return float((ranks == 1).mean()), float((ranks <= 5).mean()), float((1 / ranks).mean())


def _print(ranks: dict[str, Ranks], read: dict[str, list[tuple[bool, bool, bool]]], kinds: Sequence[str]) -> None:
    print(f"{'right clause':44s} hit@1  hit@5   MRR   pairs")
    for who, by_kind in ranks.items():
        print(_line(who, [place for places in by_kind.values() for place in places]))
    for name in kinds:
        print(_line("  " + name, ranks["ours"].get(name, [])))
    print(f"\n{'values':44s} precision recall  given  known")
    for name, rows in read.items():
        print("".join(_value_line(name, rows)))


def _line(name: str, places: Sequence[int]) -> str:
    if not places:
        return f"{name:44s} -"
    first, five, reciprocal = _figures(places)
    return f"{name:44s} {first:.3f}  {five:.3f}  {reciprocal:.3f}  {len(places)}"


def _value_line(name: str, rows: Sequence[tuple[bool, bool, bool]]) -> Iterator[str]:
    known = sum(has for has, _, _ in rows)
    given = sum(has and said for has, said, _ in rows)
    right = sum(good for _, _, good in rows)
    yield f"{name:44s} {right / max(given, 1):.3f}     {right / max(known, 1):.3f}   {given}    {known}"


if __name__ == "__main__":
    main()
