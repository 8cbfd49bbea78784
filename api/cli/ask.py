"""`bidkeeper ask`: one question, or a file of them, and the desk that answers; with labels, how well desks are chosen.

A file holds one JSON object a line: {"text": …} and, to evaluate, "label" and "also".
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api.cli.place import anywhere, at
from api.desks import Book, own_desks
from api.settings import Settings
from notifier.contacts import ContactsRefused
from notifier.desks import NONE, DesksRefused
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


@dataclass(frozen=True)
class Around:
    """What a person is shown beside a route: every desk's card, and whether the route is unsure or urgent."""

    cards: list[dict[str, Any]]
    unsure: bool
    urgent: bool


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
    """The route as JSON has it, and what a person is shown around it."""
    book, now = _book(desks), datetime.now(UTC)
    found = book.route(question)
    return book.document(found, now=now), Around(book.cards(now=now), unsure=found.unsure, urgent=found.urgent)


def _book(desks: Path | None) -> Book:
    return Book.open(desks or own_desks(Settings()))


def _say(document: dict[str, Any], around: Around, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(document, ensure_ascii=False))
    else:
        _show(document, around)


def answer_file(file: Path, desks: Path | None, *, as_json: bool) -> None:
    """Print the desk of every question of a file; with labels, how well desks are chosen."""
    asked, book, now = questions(file), _book(desks), datetime.now(UTC)
    answered = [(question, book.route(question.text)) for question in asked]
    if as_json:
        for _, found in answered:
            print(json.dumps(book.document(found, now=now), ensure_ascii=False))
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


def _show(document: dict[str, Any], around: Around) -> None:
    if around.urgent:
        console.print("[bold red]A person may be in danger. Call 9-1-1 first; then a human reads this message.[/]")
    cards = {card["desk"]: card for card in around.cards}
    chosen = cards.get(document["route"])
    console.print(
        f"[bold]{escape(chosen['title'] if chosen else 'No desk: ask a person')}[/]  "
        f"{'unsure, ' if around.unsure else ''}{document['confidence']:.0%}"
    )
    for reason in document["why"]:
        console.print(f"  {escape(reason)}", highlight=False)
    everyone = around.unsure or document["route"] == NONE
    table = Table("desk", "answers", "phone", "e-mail", "hours", "source", box=None, pad_edge=False)
    for key in dict.fromkeys(
        [document["route"], *document["also"], *(key for key, card in cards.items() if everyone and card["answers"])]
    ):
        if card := cards.get(key):
            table.add_row(*map(escape, _card(card)))
    console.print(table)
    if chosen and chosen["at_hand"]:
        console.print(f"Have at hand: {escape(', '.join(chosen['at_hand']))}.", highlight=False)


def _card(card: dict[str, Any]) -> tuple[str, ...]:
    blank = "not published: add it"
    within = card["toll_free_within"]
    toll_free = f"{card['toll_free']} ({within})" if within else card["toll_free"]
    others = (f"{other['phone']} ({other['confidence']} confidence)" for other in card["others"])
    state = {True: ", open now", False: ", closed now", None: ""}[card["open_now"]]
    source = f"{card['source']}, {card['verified'] or 'undated'}" if card["source"] else ""
    return (
        card["title"],
        card["answers"],
        "\n".join(filter(None, (card["phone"], toll_free, *others))) or blank,
        card["email"] or blank,
        (card["hours"] or blank) + state,
        source,
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
