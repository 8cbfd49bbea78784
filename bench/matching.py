"""What one posting costs to match against 10³ … 10⁶ saved searches, beside asking every search and SQLite FTS per search.

    python -m bench.matching [--searches 1000000] [--postings 20]

All three are asked about the same postings in the same run, and must find the same subscriptions. Times are of the processor, in
milliseconds a posting. FTS holds the posting and is asked each search's own words (plain words only, which it can say); it and the
naive loop are left out where they would take minutes.
"""

import argparse
import random
import sqlite3
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from bench.figures import say
from contracts.vocabulary import ReleaseTag, TenderStatus
from notifier.news import News
from notifier.query import Either, Every, Node, Query, Reading, Without, Words, parse
from notifier.searchindex import SearchIndex

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
GOALS = {100_000: "< 2 ms", 1_000_000: "< 20 ms"}
MOST_NAIVE = 100_000
MOST_FTS = 10_000


def posting(number: int, title: str, description: str) -> News:
    return News(
        release_id=f"r{number}",
        ocid=f"ocds-bench-{number}",
        tag=ReleaseTag.TENDER,
        date=NOW,
        number=f"{number:03}-2026",
        title=title,
        description=description,
        buyer="Interior Health Authority",
        status=TenderStatus.OPEN,
        type="RFP",
        closes_at=NOW + timedelta(days=14),
        zone="America/Vancouver",
        programs=("or2",),
        program_names=("Occupational Rehabilitation 2", "OR2"),
        source="harbour",
    )


def invented(chance: random.Random) -> list[str]:
    """Words that stem to themselves, to be drawn like the words of a trade: a few often, most seldom."""
    return [
        "".join(chance.choices("bcdfgklmnprst", k=3) + chance.choices("aeiou", k=2) + [chance.choice("nrtl")])
        for _ in range(20_000)
    ]


def searches(count: int, words: Sequence[str], chance: random.Random) -> list[tuple[int, Query]]:
    """Searches as people write them: one to three words, some phrases, programs, buyers, alternatives and exclusions."""
    shapes = (
        ("{0} {1}", 40), ("{0}", 15), ("{0} {1} {2}", 15), ('"{0} {1}"', 8), ("{0} OR {1}", 8), ("{0} -{1}", 6),
        ("buyer:{0} {1}", 4), ("program:OR2 {0}", 2), ("type:RFP {0}", 2),
    )  # fmt: skip
    patterns = chance.choices([shape for shape, _ in shapes], [weight for _, weight in shapes], k=count)
    weights = [1 / (rank + 100) for rank in range(len(words))]  # people search for what tells their trade apart
    drawn = chance.choices(words, weights, k=3 * count)
    texts = (pattern.format(*drawn[3 * at : 3 * at + 3]) for at, pattern in enumerate(patterns))
    return [(at, parse(text)) for at, text in enumerate(texts)]


def spent(work: Callable[[News], list[int]], postings: Sequence[News]) -> tuple[list[float], list[list[int]]]:
    """Milliseconds of processor time each posting took, and what was found."""
    took, found = [], []
    for one in postings:
        began = time.process_time()
        found.append(work(one))
        took.append((time.process_time() - began) * 1000)
    return took, found


def one_by_one(stored: Sequence[tuple[int, Query]]) -> Callable[[News], list[int]]:
    def ask(news: News) -> list[int]:
        reading = Reading(news)
        return [identity for identity, query in stored if query.holds(reading)]

    return ask


def by_fts(stored: Sequence[tuple[int, str]]) -> Callable[[News], list[int]]:
    """Each search put to an FTS5 table that holds the one posting, its stems as they are."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE posting USING fts5(text)")

    def ask(news: News) -> list[int]:
        base.execute("DELETE FROM posting")
        base.execute("INSERT INTO posting VALUES (?)", (Reading(news).text("any").replace("|", " stop "),))
        statement = "SELECT 1 FROM posting WHERE posting MATCH ?"
        return [identity for identity, text in stored if base.execute(statement, (text,)).fetchone()]

    return ask


def as_fts(node: Node) -> str | None:
    """A search in FTS5's words, None for what it can't say."""
    if isinstance(node, Words) and node.field == "any":
        return f'"{" ".join(node.stems)}"'
    if isinstance(node, Every | Either):
        kept = [as_fts(part) for part in node.parts if not isinstance(part, Without)]
        without = [as_fts(part.part) for part in node.parts if isinstance(part, Without)]
        if None in (*kept, *without) or not kept:
            return None
        joined = f"({(' AND ' if isinstance(node, Every) else ' OR ').join(map(str, kept))})"
        return " NOT ".join([joined, *map(str, without)])
    return None


def measure(count: int, words: Sequence[str], postings: Sequence[News], chance: random.Random) -> None:
    stored = searches(count, words, chance)
    index = SearchIndex(stored)
    ours, found = spent(index.matching, postings)
    print(f"{count:,} searches, {sum(map(len, found)) / len(postings):.0f} matches a posting")
    name, goal = f"Match one posting against {count:,} searches", GOALS.get(count, "")
    if count <= MOST_NAIVE:
        naive, expected = spent(one_by_one(stored), postings)
        assert found == expected
        say(name, "ms CPU", ours, naive, against="asking every search", goal=goal)
    else:
        say(name, "ms CPU", ours, goal=goal)
    if count <= MOST_FTS:
        said = [(identity, text) for identity, query in stored if (text := as_fts(query.root))]
        fts, expected = spent(by_fts(said), postings)
        sayable = {identity for identity, _ in said}
        assert [[one for one in each if one in sayable] for each in found] == expected
        say(f"{name}, those FTS can say", "ms CPU", ours, fts, against="SQLite FTS5 per search")
    changes = []
    for identity in range(20):
        began = time.process_time()
        index.add(identity, stored[-1 - identity][1])
        index.matching(postings[0])
        changes.append((time.process_time() - began) * 1000)
    say(f"Take one changed search up among {count:,} and match", "ms CPU", changes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--searches", type=int, default=1_000_000)
    parser.add_argument("--postings", type=int, default=20)
    chosen = parser.parse_args()
    chance = random.Random(1)
    words = invented(chance)
    weights = [1 / (rank + 10) for rank in range(len(words))]
    postings = [
        posting(
            number,
            title=" ".join(chance.choices(words, weights, k=8)),
            description=" ".join(chance.choices(words, weights, k=60)),
        )
        for number in range(chosen.postings)
    ]
    for count in (1_000, 10_000, 100_000, 1_000_000):
        if count <= chosen.searches:
            measure(count, words, postings, chance)


if __name__ == "__main__":
    main()
