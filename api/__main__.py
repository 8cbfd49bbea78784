"""`bidkeeper`: finds the command that was asked for, loads only its module, and turns every error into one sentence."""

import gc
import sys
from collections.abc import Iterable
from importlib import import_module

import typer
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from api.cli import CommandError, place
from api.cli.commands import COMMANDS
from api.cli.elsewhere import wanted as wanted_elsewhere
from api.configuration import ConfigurationUnreadable


def run(words: list[str]) -> None:
    """Run the command that these words are."""
    wanted = next((word for word in words if not word.startswith("-")), None)
    (application([wanted]) if wanted in COMMANDS else listing())(words)


def application(names: Iterable[str]) -> typer.Typer:
    """The command line with only these commands loaded."""
    app = _program()
    for name in names:
        command = COMMANDS[name]
        module, attribute = command.where.split(":")
        found = getattr(import_module(module), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(place.restricted(found), name=name, rich_help_panel=command.panel)
        else:
            app.command(name, rich_help_panel=command.panel)(place.allowed(found))
    return app


def listing() -> typer.Typer:
    """The command line that names every command and loads none: for help, and to say which was misspelt."""
    app = _program()
    for name, command in COMMANDS.items():
        app.command(name, help=command.says, rich_help_panel=command.panel)(lambda: None)
    return app


def _program() -> typer.Typer:
    app = typer.Typer(
        name="bidkeeper",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Watches procurement portals, keeps signed contracts, and sends each question to the right desk.",
    )
    app.callback()(lambda: None)
    return app


def main() -> None:
    """Run the command of `sys.argv`; exit status 0 when it did its work, 2 for bad input, 1 for anything else."""
    gc.set_threshold(10_000)  # modules stay: searching them for garbage every 700 objects is a twelfth of the start
    try:
        if sys.argv[1:] == ["--config-dump"]:  # what support asks for first, so it needs no command's name
            import_module("api.cli.doctor").dump_settings(as_json=False)
            return
        if (there := wanted_elsewhere(sys.argv[1:])) is None:
            run(sys.argv[1:])
            return
        url, key, words = there
        with place.elsewhere(url, key):
            run(words)
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
