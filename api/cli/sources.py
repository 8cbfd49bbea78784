"""`bidkeeper sources`: how well each portal can be seen, and what to do about one that can't."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api import journeys
from api.cli import CommandError, now, open_database, print_json
from api.cli.add_source import add
from api.cli.new_source import new
from api.cli.place import anywhere, at
from api.settings import Settings
from api.sources import configured
from crawler import evidence, store
from crawler.sources import SourceConfig, SourcesUnreadable, find

EVENTS = 10  # steps of its health that are shown
NOTHING_HELD = "nothing is held back of {source}"

app = typer.Typer(no_args_is_help=True, help="How well each source can be seen, and why not.")
app.command("add")(add)
app.command("new")(new)


@app.command("list")
@anywhere
def list_(json: Annotated[bool, typer.Option("--json", help="one JSON array")] = False) -> None:
    """Every configured source with its health and its last good look."""
    rows = at(listed)()
    if json:
        print_json(rows)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("source", "health", "last good look", "title"):
        table.add_column(column)
    for row in rows:
        table.add_row(row["source"], row["health"], row["last_good"] or "never", escape(row["title"]))
    Console().print(table)


@app.command()
@anywhere
def check(
    source: Annotated[str, typer.Argument(help="a configured source")],
    json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
    accept: Annotated[bool, typer.Option("--accept", help="believe the look that is held back: its news is told now")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="the look that is held back is wrong: never believe it")] = False,
) -> None:
    """One source: health, why it is silent, what is held back, the last steps. Decides over a held look when asked to."""
    if accept and reject:
        raise CommandError("--accept and --reject contradict one another: give one of them")
    if accept or reject:
        at(decide)(source, accept=accept)
    found = at(report)(source)
    if json:
        print_json(found)
        return
    for key in ("source", "title", "health", "since", "last_good", "last_looked", "next_look", "reason", "advice", "sample"):
        typer.echo(f"{key.replace('_', ' '):<12} {found[key] or '-'}")
    for one in found["held"]:
        typer.echo(f"held back    look {one['id']} of {one['since']}, {one['rows']} rows: {one['reason']}")
    for event in found["events"]:
        typer.echo(f"{event['at']}  {event['state'][0]} → {event['state'][1]}  {event['reason'] or ''}".rstrip())


def listed() -> list[dict[str, Any]]:
    """Every configured source with its health, in the order of the configuration."""
    settings = Settings()
    with open_database(settings).read() as session:
        return [_row(row) for row in store.health(session, _configured(settings), now=now())]


def report(source: str) -> dict[str, Any]:
    """One source with what is held back of it and its last steps; raises CommandError."""
    settings = Settings()
    config = _named(settings, source)
    with open_database(settings).read() as session:
        row = store.health(session, {source: config}, now=now())[0]
        held = [one for one in store.quarantines(session) if one.source == source]
        return _row(row) | {
            "reason": row.state.health_reason if row.state else None,
            "advice": row.advice,
            "sample": evidence.sample(settings.archive, next(iter(store.captures(session, source, limit=1)), None)),
            "held": [{"id": one.id, "since": one.held_at.isoformat(), "rows": one.rows, "reason": one.reason} for one in held],
            "events": [
                {"at": event.at.isoformat(), "state": [event.old.value, event.new.value], "reason": event.reason}
                for event in store.events(session, source, limit=EVENTS)
            ],
        }


def decide(source: str, *, accept: bool) -> None:
    """Believe or refuse what is held back, and tell its news in the same transaction; raises CommandError."""
    settings = Settings()
    config = _named(settings, source)
    with open_database(settings).write() as session:
        held = [one.id or 0 for one in store.quarantines(session) if one.source == config.name]
        if not held:
            raise CommandError(NOTHING_HELD.format(source=source))
        for number in held:
            if accept:
                saved = store.accept(session, number, config, by="command line", now=now())
                journeys.tell(session, config, saved, now=now(), operator=settings.operator_email)
            else:
                store.reject(session, number, by="command line", now=now())


def _named(settings: Settings, source: str) -> SourceConfig:
    try:
        return find(_configured(settings), source)
    except SourcesUnreadable as error:
        raise CommandError(str(error)) from None


def _configured(settings: Settings) -> dict[str, SourceConfig]:
    try:
        return configured(settings)
    except SourcesUnreadable as error:
        raise CommandError(str(error)) from None


def _row(row: store.SourceHealth) -> dict[str, Any]:
    state = row.state
    times = {"since": "health_since", "last_good": "last_good_at", "last_looked": "last_looked_at", "next_look": "next_look_at"}
    told = {key: seen.isoformat() if state and (seen := getattr(state, name)) else None for key, name in times.items()}
    health = row.health.value if row.config.enabled else "off"
    return {"source": row.config.name, "title": row.config.title, "health": health, **told}
