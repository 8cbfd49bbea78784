"""`bidkeeper ask`: one question, or a file of them, and the desk that answers; with labels, how well desks are chosen.

Where there is a store, the clinic's own contracts are asked first, as on the page. A file holds one JSON object a line: {"text": …} and, to evaluate, "label" and "also".
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlmodel import Session

from api.accounts.models import FIRST_ORGANISATION
from api.cli import asked_output, database_file, now, open_database, print_json
from api.cli.asked_output import Around
from api.cli.place import anywhere, at
from api.desks import Book, own_desks
from api.settings import Settings
from notifier.contacts import ContactsRefused
from notifier.desks import DesksRefused
from notifier.evaluation import Evaluation, Judged, evaluate, precision_above

app = typer.Typer(no_args_is_help=True, help="Which desk answers a question.")
console = Console()
SHORT = {"hcp": "health_care_programs"}


class BadFile(ValueError):
    """Raised by `questions` when a line can't be read; the message names the file and the line."""


@dataclass(frozen=True)
class Asked:
    """One line of a questions file."""

    text: str
    label: str | None
    also: frozenset[str]


@app.command()
@anywhere
def ask(
    question: Annotated[str | None, typer.Argument(help="The question, in any words.")] = None,
    *,
    file: Annotated[Path | None, typer.Option(help='Questions, one JSON object with "text" a line.')] = None,
    desks: Annotated[Path | None, typer.Option(envvar="BIDKEEPER_DESKS", help="More desks, as in desks.toml.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document; with --file one a line.")] = False,
) -> None:
    """Which desk answers a question, why, and how to reach it."""
    if (question is None) == (file is None):
        _refuse("Give one question, or --file with a file of questions.")
    try:
        if file is not None:
            at(answer_file)(file, desks, as_json=as_json)
        else:
            _say(*at(answered)(question or "", desks), as_json=as_json)
    except (BadFile, DesksRefused, ContactsRefused) as error:
        _refuse(str(error))


def questions(path: Path) -> Iterator[Asked]:
    """The questions of a file; `BadFile` names the first line that is none."""
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except FileNotFoundError:
        raise BadFile(f"{path}: no such file.") from None
    except IsADirectoryError:
        raise BadFile(f"{path} is a folder; give a file with one JSON object a line.") from None
    except UnicodeDecodeError:
        raise BadFile(f"{path}: not a text file in UTF-8.") from None
    except OSError as error:
        raise BadFile(f"{path}: can't be read ({error.strerror}).") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _asked(line, f"{path}, line {number}")


def _asked(line: str, where: str) -> Asked:
    try:
        row = json.loads(line)
    except ValueError:
        raise BadFile(f"{where}: not JSON.") from None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise BadFile(f'{where}: no "text" in it; a line is like {{"text": "our invoice was rejected"}}.')
    label, also = row.get("label"), row.get("also") or []
    if not (label is None or isinstance(label, str)) or not isinstance(also, list):
        raise BadFile(f'{where}: "label" is a desk and "also" a list of desks.')
    return Asked(row["text"], SHORT.get(label, label) if label else None, frozenset(SHORT.get(key, str(key)) for key in also))


def answered(question: str, desks: Path | None) -> tuple[dict[str, Any], Around]:
    """The route as JSON has it, with what the clinic's own contracts say where there is a store, and what a person is shown around it."""
    book, moment, recorded = _book(desks), now(), {}
    with store(Settings()) as session:
        if session is None:
            found = book.route(question)
        else:
            from api import journeys  # noqa: PLC0415 - slow to import, and without a store nothing needs it

            asked = journeys.ask(session, question, organisation_id=FIRST_ORGANISATION, now=moment, book=book)
            found, book = asked.route, book.of(session, FIRST_ORGANISATION)
            recorded = {"answer": asked.answer.to_json() if asked.answer.recorded else None}
    return book.document(found, now=moment) | recorded, Around(book.cards(now=moment), unsure=found.unsure, urgent=found.urgent)


@contextmanager
def store(settings: Settings) -> Iterator[Session | None]:
    """The store, to read from; None where there is none yet: a question makes none."""
    file = database_file(settings)
    if file is not None and not file.exists():
        yield None
        return
    with open_database(settings).read() as session:
        yield session


def _book(desks: Path | None) -> Book:
    return Book.open(desks or own_desks(Settings()))


def _say(document: dict[str, Any], around: Around, *, as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    for line in asked_output.shown(document, around):
        typer.echo(line)


def answer_file(file: Path, desks: Path | None, *, as_json: bool) -> None:
    """Print the desk of every question of a file, by accepted corrections too; with labels, how well desks are chosen."""
    asked, book, moment = questions(file), _book(desks), now()
    with store(Settings()) as session:
        book = book.of(session, FIRST_ORGANISATION) if session is not None else book
    answered = [(question, book.route(question.text)) for question in asked]
    if as_json:
        for _, found in answered:
            print_json(book.document(found, now=moment))
        return
    judged = [
        Judged(question.label, question.also, found.desk, found.also[0] if found.also else None, found.confidence)
        for question, found in answered
        if question.label
    ]
    if judged:
        _show_evaluation(evaluate(judged), judged, book.router.model.sure_above)
    else:
        for question, found in answered:
            console.print(
                f"{escape(found.desk):<22} {found.confidence:4.0%}  {escape(' '.join(question.text.split())[:80])}",
                highlight=False,
            )


def _show_evaluation(result: Evaluation, judged: list[Judged], sure_above: float) -> None:
    table = Table("measure", "value", title=f"{result.count} labelled questions", title_justify="left")
    covered, precision = precision_above(judged, threshold=sure_above)
    rows = {
        "right desk (strict)": result.strict,
        "right or an accepted second (lenient)": result.lenient,
        "among the first two": result.top_two,
        "macro-F1": result.macro_f1,
        "calibration error (ECE)": result.ece,
        **{f"recall of {label}": share for label, share in result.recall.items()},
        **{f"coverage at {precision:.0%} precision": share for precision, share in result.coverage.items()},
        f"coverage above the shipped threshold {sure_above:.2f}": covered,
        "precision above it": precision,
    }
    for name, value in rows.items():
        table.add_row(name, f"{value:.3f}")
    console.print(table)
    labels = sorted({key for pair in result.confusion for key in pair})
    confusion = Table("asked \\ routed", *labels, title="confusion", title_justify="left")
    for label in labels:
        confusion.add_row(label, *(str(result.confusion.get((label, desk), 0)) for desk in labels))
    console.print(confusion)


def _refuse(sentence: str) -> None:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)


if __name__ == "__main__":
    app()
