"""`bidkeeper tenders`: what is known of the bids, on a terminal or in other people's formats."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlmodel import Session

from api.cli import CommandError, now, open_database, print_json
from api.cli.place import anywhere, at
from api.settings import Settings
from api.sources import configured
from contracts.vocabulary import TenderStatus
from crawler import counting, programs, publishing, reading, store
from crawler import export as exporting
from crawler.filters import Filters, named
from crawler.models import Release, Tender
from crawler.sources import SourcesUnreadable, find

PAGE = 500
NAMES = (
    "ocid",
    "number",
    "title",
    "status",
    "buyer",
    "type",
    "closes_text",
    "zone",
    "url",
    "amendments",
    "addenda",
    "documents",
    "supplier",
    "value",
    "rationale",
)

app = typer.Typer(no_args_is_help=True, help="The bids that are known.")


class Format(StrEnum):
    """What tenders are exported as."""

    OCDS = "ocds"
    CSV = "csv"
    ICS = "ics"


Json = Annotated[bool, typer.Option("--json", help="JSON instead of a table")]
Program = Annotated[str | None, typer.Option(help="a program line, by any of its names, such as OR2")]
Status = Annotated[TenderStatus | None, typer.Option(help="what the portal says of it")]
Source = Annotated[str | None, typer.Option(help="shown by this source")]
Limit = Annotated[int, typer.Option(min=1, max=10_000)]


@app.command("list")
@anywhere
def list_(program: Program = None, status: Status = None, source: Source = None, limit: Limit = 50, json: Json = False) -> None:
    """The tenders last changed."""
    _show(*at(listed)("", program, status, source, limit), json=json)


@app.command()
@anywhere
def search(
    words: Annotated[list[str], typer.Argument(help="words that must all stand in it, or its number")],
    program: Program = None,
    status: Status = None,
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """The tenders that hold all the words, or have that number in any spelling."""
    _show(*at(listed)(" ".join(words), program, status, None, limit), json=json)


@app.command()
@anywhere
def show(
    tender: Annotated[str, typer.Argument(help="its ocid or number")],
    evidence: Annotated[
        bool, typer.Option("--evidence", help="also where the answer that shows each piece of news is kept")
    ] = False,
    json: Json = False,
) -> None:
    """One tender with its history."""
    document = at(whole)(tender, evidence=evidence)
    if json:
        print_json(document)
        return
    for key, value in document.items():
        if key not in {"history", "sightings", "files"} and value not in (None, []):
            typer.echo(f"{key:<12} {value}")
    for shown in document["sightings"]:
        why = f": {'; '.join(shown['reasons'])}" if shown["reasons"] else ""
        typer.echo(f"{'shown by':<12} {shown['source']} as {shown['id']}{why}")
    for file in document["files"]:
        typer.echo(f"{'file':<12} {file['title']}: {file['trouble'] or 'sha256 ' + file['sha256'] + ', ' + file['scan']}")
    for entry in document["history"]:
        steps = "; ".join(f"{change['field']}: {change['old']} → {change['new']}" for change in entry["changes"])
        typer.echo(f"{entry['date']}  {entry['tag']}{'' if entry['news'] else ' (told to nobody)'}  {steps}".rstrip())
        if entry.get("evidence"):
            typer.echo(f"    {entry['evidence']}")


@app.command()
def merge(
    keep: Annotated[str, typer.Argument(help="ocid or number of the tender that stays")],
    other: Annotated[str, typer.Argument(help="ocid or number of the one that is the same")],
    json: Json = False,
) -> None:
    """Take two tenders for one, as a person who read both: sightings and history come together, and nobody is told."""
    with open_database(Settings()).write() as session:
        stays, goes = _one(session, keep), _one(session, other)
        ocids = stays.ocid, goes.ocid
        try:
            reasons = store.join(session, stays, goes, by="command line", now=now())
        except store.NotJoined as error:
            raise CommandError(str(error)) from None
    if json:
        print_json({"ocid": ocids[0], "joined": ocids[1], "reasons": list(reasons)})
    else:
        typer.echo(f"{ocids[1]} is now {ocids[0]}: {'; '.join(reasons)}")
        if len(reasons) == 1:
            typer.echo("nothing that they say shows it: `bidkeeper tenders split` takes them apart again")


@app.command()
def split(
    tender: Annotated[str, typer.Argument(help="its ocid or number")],
    source: Annotated[str, typer.Argument(help="the source that shows another tender")],
    json: Json = False,
) -> None:
    """Take what one source shows for a tender of its own; its history there goes with it, and nobody is told."""
    settings = Settings()
    try:
        config = find(configured(settings), source)
        with open_database(settings).write() as session:
            found = _one(session, tender)
            joined = [one for one in store.sightings(session, found.ocid) if one.source == source]
            before = [reason for one in joined for reason in one.reasons]
            stays, own = found.ocid, store.part(session, found, config, by="command line", now=now()).ocid
    except (SourcesUnreadable, store.NotJoined) as error:
        raise CommandError(str(error)) from None
    if json:
        print_json({"ocid": stays, "split": own, "were_joined_for": before})
    else:
        typer.echo(
            f"what {source} shows is now {own}; it was taken for {stays} because: {'; '.join(before) or 'nothing on record'}"
        )


@app.command()
def export(
    form: Annotated[Format, typer.Option("--format", help="ocds: release package; csv; ics: calendar")],
    program: Program = None,
    status: Status = None,
    source: Source = None,
) -> None:
    """Every tender that matches, on standard output."""
    settings = Settings()
    with open_database(settings).read() as session:
        found = _all(session, filters_of(program, status, source))
        if form is Format.CSV:
            typer.echo(exporting.csv_text(found), nl=False)
        elif form is Format.ICS:
            typer.echo(exporting.calendar(found, now=now()), nl=False)
        else:
            history = ((tender, _releases(session, tender)) for tender in found)
            print_json(publishing.package(history, uri=f"{settings.public_url}/ocds/releases", publisher="Bidkeeper", now=now()))


def listed(
    words: str, program: str | None, status: TenderStatus | None, source: str | None, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """The tenders last changed that hold the words or have that number, at most `limit`, and how many there are."""
    with open_database(Settings()).read() as session:
        filters = filters_of(program, status, source)
        if words:
            filters = replace(filters, also=(named(session, words),))
        found = reading.whole(session, filters, now=now(), sort="changed", limit=limit)
        return [_told(tender) for tender in found], counting.count(session, filters, now=now())


def whole(tender: str, *, evidence: bool) -> dict[str, Any]:
    """One tender by its ocid or number, with its history, sightings and files; raises CommandError."""
    with open_database(Settings()).read() as session:
        found = _one(session, tender)
        return _told(found) | {
            "history": [_entry(entry, evidence=evidence) for entry in store.history(session, found.ocid)],
            "sightings": [
                {"source": s.source, "id": s.native_id, "reasons": s.reasons, "missing_since": _iso(s.missing_since)}
                for s in store.sightings(session, found.ocid)
            ],
            "files": [
                {"title": one.title, "sha256": one.sha256, "scan": one.verdict, "trouble": one.trouble}
                for one in store.documents(session, found)
                if one.superseded_at is None
            ],
        }


def filters_of(program: str | None, status: TenderStatus | None, source: str | None = None) -> Filters:
    """The options as conditions; a line may be called by any of its names."""
    line = programs.find(program) if program else None
    return Filters(program=line.key if line else program or "", statuses=(status,) if status else (), source=source or "")


def _show(found: list[dict[str, Any]], total: int, *, json: bool) -> None:
    if json:
        print_json(found)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("number", "title", "status", "closes"):
        table.add_column(column, no_wrap=column != "title")
    for tender in found:
        table.add_row(
            escape(tender["number"] or tender["ocid"]), escape(tender["title"][:120]), tender["status"], tender["closes"]
        )
    Console().print(table)
    typer.echo(f"{len(found)} of {total} tenders")


def _all(session: Session, filters: Filters) -> Iterator[Tender]:
    offset = 0
    while found := reading.whole(session, filters, now=now(), sort="changed", limit=PAGE, offset=offset):
        yield from found
        offset += PAGE


def _releases(session: Session, tender: Tender) -> list[Release]:
    return [entry.release for entry in reversed(store.history(session, tender.ocid))]


def _one(session: Session, words: str) -> Tender:
    if (found := store.tender(session, words)) is not None:
        return found
    filters = Filters(also=(named(session, words),))
    total = counting.count(session, filters, now=now())
    if total != 1:
        raise CommandError(not_one(total, words))
    return reading.whole(session, filters, now=now(), limit=1)[0]


def not_one(total: int, words: str) -> str:
    """What to say where words name no tender, or several."""
    said = "no tender is" if not total else f"{total} tenders are"
    return f'{said} known by "{words}": give the ocid that `bidkeeper tenders search` shows with --json'


def _told(tender: Tender) -> dict[str, Any]:
    found = {name: getattr(tender, name) for name in NAMES}
    times = {"published": tender.published_at, "closes": tender.closes_at, "first_seen": tender.first_seen_at}
    return (
        found
        | {name: _iso(at) for name, at in times.items()}
        | {"programs": tender.programs, "source": tender.source, "changed": _iso(tender.changed_at)}
    )


def _entry(entry: store.HistoryEntry, *, evidence: bool) -> dict[str, Any]:
    release, capture = entry.release, entry.capture
    told = {
        "date": _iso(release.date),
        "tag": release.tag.value,
        "news": release.news,
        "source": release.source,
        "changes": release.changes,
    }
    if not evidence:
        return told
    kept = None
    if capture is not None:
        kept = {
            "url": capture.url,
            "taken_at": _iso(capture.taken_at),
            "sha256": capture.sha256,
            "archive": capture.archive,
            "offset": capture.archive_offset,
        }
    return told | {"evidence": kept}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
