"""`bidkeeper enquiries`: questions that were put to desks, what came of them, and mail that answers them."""

import json as json_module
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlmodel import Session

from api.accounts.models import FIRST_ORGANISATION
from api.cli import CommandError, now, open_database, print_json
from api.cli.place import anywhere, at
from api.enquiries import document, message_document
from api.outgoing import posting
from api.settings import Settings
from notifier import enquiries, lifecycle, replies
from notifier.models import Enquiry
from notifier.response_times import by_desk

app = typer.Typer(no_args_is_help=True, help="Questions put to desks: drafts, answers, follow-ups.")
BY = "command line"
MOST = 500  # enquiries that a list shows
DESK = ("desk", "asked", "answered", "waiting", "days", "misroutes")
Number = Annotated[int, typer.Argument(help="the enquiry's number")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON document")]


@app.command("list")
@anywhere
def list_(
    text: Annotated[str, typer.Argument(help="words that question, message or thread must hold")] = "",
    state: Annotated[str | None, typer.Option(help="draft, asked, answered or closed")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="only those whose desk has been silent for too long")] = False,
    json: AsJson = False,
) -> None:
    """Enquiries, newest first."""
    if state not in {None, "draft", "asked", "answered", "closed"}:
        raise CommandError(f"{state} is no state of an enquiry: give draft, asked, answered or closed")
    rows = at(found)(text, state)
    rows = [row for row in rows if row["overdue"]] if overdue else rows
    if json:
        print_json(rows)
        return
    table = Table("id", "state", "desk", "asked", "subject", box=None, pad_edge=False)
    for row in rows:
        state_ = f"{row['state']}, overdue" if row["overdue"] else row["state"]
        table.add_row(str(row["id"]), state_, row["desk"], (row["asked_at"] or "-")[:10], escape(row["subject"]))
    Console().print(table)


@app.command()
@anywhere
def show(number: Number, json: AsJson = False) -> None:
    """One enquiry with everything said in it."""
    shown = at(thread)(number)
    if json:
        print_json(shown)
        return
    for key in ("id", "state", "desk", "address", "asker", "asked_at", "answered_at", "follow_up_at", "outcome", "subject"):
        typer.echo(f"{key.replace('_', ' '):<13} {shown[key] if shown[key] not in {None, ''} else '-'}")
    for flag in shown["flags"]:
        typer.echo(f"flagged       {flag['kind']}: {flag['text']}")
    typer.echo(f"\n{shown['body']}")
    for one in shown["messages"]:
        typer.echo(f"\n{one['at']}  {one['kind']}  {one['by']}\n{one['text']}")


@app.command()
@anywhere
def send(
    number: Number,
    let_pass: Annotated[list[str] | None, typer.Option(help="a kind of flagged personal data that may go out")] = None,
) -> None:
    """Send a draft."""
    at(post)(number, let_pass or [])
    typer.echo(f"enquiry {number} waits in the outbox")


@app.command()
@anywhere
def call(
    number: Number,
    text: Annotated[str, typer.Argument(help="what was said")],
    answered: Annotated[bool, typer.Option("--answered", help="the call answered the question")] = False,
) -> None:
    """Write down a telephone call."""
    at(write_call)(number, text, answered=answered)
    typer.echo(f"enquiry {number}: the call is written down")


@app.command("put-off")
@anywhere
def put_off(number: Number, days: Annotated[int, typer.Option(min=1, max=60, help="business days from now")]) -> None:
    """Be reminded later: the desk said that it needs more time."""
    at(remind_later)(number, days)
    typer.echo(f"enquiry {number}: to be asked again after {days} business days")


@app.command()
@anywhere
def close(
    number: Number,
    outcome: Annotated[str, typer.Option(help=", ".join(lifecycle.OUTCOMES))] = "answered",
    text: Annotated[str, typer.Option(help="a word to it")] = "",
) -> None:
    """End an enquiry."""
    at(end)(number, outcome, text)
    typer.echo(f"enquiry {number} closed: {outcome}")


@app.command()
def receive(file: Annotated[Path | None, typer.Argument(help="a mail as it arrived; without it, standard input")] = None) -> None:
    """File a mail with the enquiry that it answers; a mail server can pipe each mail to this command."""
    try:
        raw = sys.stdin.buffer.read() if file is None else file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file} can't be read: {error.strerror}") from None
    try:
        with open_database(Settings()).write() as session:
            filed = enquiries.receive(session, raw, now=now())
    except replies.UnreadableMail as error:
        raise CommandError(str(error)) from None
    if filed is None:
        raise CommandError("this mail answers no enquiry of ours: it names none in References, In-Reply-To or its addresses")
    typer.echo(f"filed with enquiry {filed.enquiry_id} as {filed.kind}")


@app.command()
@anywhere
def statistics(json: AsJson = False) -> None:
    """By desk: questions asked, median of business days to an answer, misroutes."""
    rows = at(desks)()
    if json:
        print_json(rows)
        return
    table = Table(*DESK, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(str(row[name]) if row[name] is not None else "-" for name in DESK))
    Console().print(table)


@app.command()
def examples() -> None:
    """Accepted corrections as JSON lines ({"text", "label"}), to be added to a desk's examples or the router's training."""
    with open_database(Settings()).read() as session:
        for row in enquiries.corrections(session, organisation_id=FIRST_ORGANISATION, correction="accepted"):
            typer.echo(json_module.dumps({"text": row.question, "label": row.right_desk}, ensure_ascii=False))


def found(text: str, state: str | None) -> list[dict[str, Any]]:
    """Enquiries that hold the words, newest first."""
    moment = now()
    with open_database(Settings()).read() as session:
        rows = enquiries.search(session, organisation_id=FIRST_ORGANISATION, text=text, state=state, limit=MOST)
        return [document(row, now=moment) for row in rows]


def thread(number: int) -> dict[str, Any]:
    """One enquiry with everything said in it; raises CommandError."""
    moment = now()
    with open_database(Settings()).read() as session:
        row = _found(session, number)
        return document(row, now=moment) | {"messages": [message_document(one) for one in enquiries.messages(session, row)]}


def post(number: int, let_pass: list[str]) -> None:
    """Send a draft; raises CommandError."""
    settings = Settings()
    with _changing(settings, number) as (session, row):
        enquiries.send(
            session,
            row,
            posting=posting(settings),
            by=BY,
            now=now(),
            let_pass=let_pass,
            days=settings.follow_up_days,
        )


def write_call(number: int, text: str, *, answered: bool) -> None:
    """Write down a telephone call; raises CommandError."""
    settings = Settings()
    with _changing(settings, number) as (session, row):
        enquiries.call(session, row, text=text, answered=answered, by=BY, now=now(), days=settings.follow_up_days)


def remind_later(number: int, days: int) -> None:
    """Put an enquiry off by business days; raises CommandError."""
    with _changing(Settings(), number) as (session, row):
        enquiries.put_off(session, row, days=days, by=BY, now=now())


def end(number: int, outcome: str, text: str) -> None:
    """End an enquiry; raises CommandError."""
    with _changing(Settings(), number) as (session, row):
        enquiries.close(session, row, outcome=outcome, by=BY, now=now(), text=text)


def desks() -> list[dict[str, Any]]:
    """What was seen of each desk."""
    with open_database(Settings()).read() as session:
        records = by_desk(enquiries.search(session, organisation_id=FIRST_ORGANISATION, limit=100_000))
    return [{name: getattr(record, name) for name in DESK} for record in records]


@contextmanager
def _changing(settings: Settings, number: int) -> Iterator[tuple[Session, Enquiry]]:
    """An enquiry to change; refusals of the rules become one sentence."""
    try:
        with open_database(settings).write() as session:
            yield session, _found(session, number)
    except enquiries.Flagged as error:
        seen = ", ".join(f"{one.kind} {one.text!r}" for one in error.findings)
        raise CommandError(f"{error} ({seen}); edit the draft, or let a kind pass with --let-pass KIND") from None
    except ValueError as error:
        raise CommandError(str(error)) from None


def _found(session: Session, number: int) -> Enquiry:
    row = enquiries.find_one(session, number, organisation_id=FIRST_ORGANISATION)
    if row is None:
        raise CommandError(f"there is no enquiry {number}; `bidkeeper enquiries list` shows all")
    return row
