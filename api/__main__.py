"""`bidkeeper`: finds the command that was asked for, loads only its module, and turns every error into one sentence."""

import gc
import sys
from importlib import import_module

import typer
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from api.cli import CommandError
from api.cli.elsewhere import wanted as wanted_elsewhere
from api.configuration import ConfigurationUnreadable

# what a command is for → the command → where it lives; a Typer is a group of commands, a function is one
PANELS = {
    "Set up and run": {
        "init": "api.cli.init:init",
        "serve": "api.cli.serve:serve",
        "worker": "api.cli.worker:worker",
        "doctor": "api.cli.doctor:doctor",
        "demo": "api.cli.demo:demo",
        "db": "api.cli.db:app",
    },
    "Watch": {
        "sources": "api.cli.sources:app",
        "crawl": "api.cli.crawl:crawl",
        "import": "api.cli.crawl:import_",
        "parse": "api.cli.parse:parse",
        "replay": "api.cli.replay:replay",
        "tenders": "api.cli.tenders:app",
    },
    "Tell": {
        "subscribe": "api.cli.subscribe:subscribe",
        "subscriptions": "api.cli.subscribe:subscriptions",
        "deliveries": "api.cli.subscribe:deliveries",
        "outbox": "api.cli.subscribe:outbox",
        "mailbox": "api.cli.mailbox:mailbox",
        "dkim": "api.cli.dkim:dkim",
    },
    "Keep": {
        "contracts": "api.cli.contracts:app",
        "payees": "api.cli.payees:app",
    },
    "Ask": {
        "ask": "api.cli.ask:ask",
        "enquiries": "api.cli.enquiries:app",
        "routes": "api.cli.routes:app",
    },
    "People and safety": {
        "users": "api.cli.users:app",
        "keys": "api.cli.keys:app",
        "audit": "api.cli.audit:app",
        "breaches": "api.cli.breaches:app",
        "backup": "api.cli.backup:backup",
        "restore": "api.cli.backup:restore",
        "migrate-data": "api.cli.migrate_data:migrate_data",
    },
}
COMMANDS = [name for panel in PANELS.values() for name in panel]


def application(names: list[str]) -> typer.Typer:
    """The command line with only these commands loaded."""
    app = typer.Typer(
        name="bidkeeper",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Watches procurement portals, keeps signed contracts, and sends each question to the right desk.",
    )
    app.callback()(lambda: None)
    for panel, name, where in ((panel, name, where) for panel, held in PANELS.items() for name, where in held.items()):
        if name not in names:
            continue
        module, attribute = where.split(":")
        command = getattr(import_module(module), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name, rich_help_panel=panel)
        else:
            app.command(name, rich_help_panel=panel)(command)
    return app


def main() -> None:
    """Run the command of `sys.argv`; exit status 0 when it did its work, 2 for bad input, 1 for anything else."""
    gc.set_threshold(10_000)  # modules stay: searching them for garbage every 700 objects is a twelfth of the start
    wanted = next((argument for argument in sys.argv[1:] if not argument.startswith("-")), None)
    try:
        if sys.argv[1:] == ["--config-dump"]:  # what support asks for first, so it needs no command's name
            import_module("api.cli.doctor").dump_settings(as_json=False)
            return
        if (elsewhere := wanted_elsewhere(sys.argv[1:])) is not None:
            import_module("api.cli.remote").run(*elsewhere)
            return
        application([wanted] if wanted in COMMANDS else COMMANDS)()
    except CommandError as error:
        _refuse(str(error), error.status)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        _refuse(f"the setting {where} can't be used: {first['msg']} (BIDKEEPER_{where.upper()})", 2)
    except ConfigurationUnreadable as error:
        _refuse(str(error), 2)
    except DBAPIError as error:
        _refuse(f"the database refused: {str(error.orig).splitlines()[0]}", 1)
    except KeyboardInterrupt:
        _refuse("stopped", 130)


def _refuse(sentence: str, status: int) -> None:
    print(f"bidkeeper: {sentence}", file=sys.stderr)
    sys.exit(status)


if __name__ == "__main__":
    main()
