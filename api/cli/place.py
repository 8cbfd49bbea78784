"""Where a command does its work: on this machine's database, or with --remote on a service elsewhere, over its API.

A command that can be asked elsewhere is marked `anywhere` and does its work through `at(work)(…)`: that is `work` itself here, and
its namesake in `api.cli.far` there. Both give the same documents, and what is printed is made of those alone. Every other command
is refused with --remote before it touches anything.
"""

import copy
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar

import typer

from api.cli import CommandError
from api.cli.elsewhere import KEY

if TYPE_CHECKING:  # a command that works here does not wait for an HTTP client to load
    import httpx

    from api.client import Client

P = ParamSpec("P")
Given = TypeVar("Given")
Command = TypeVar("Command", bound=Callable[..., Any])

ANYWHERE: set[Callable[..., Any]] = set()
NO_KEY = "an API key is wanted with --remote: give --key or set {key}; an owner makes one on {url}/account"
ONLY_HERE = "this command works on the service's own machine alone: run it there, without --remote"


@dataclass(slots=True)
class _Service:
    url: str
    client: "Client"


_SERVICES: list[_Service] = []  # the one that is asked, if any


def anywhere(command: Command) -> Command:
    """Mark a command that can be asked elsewhere."""
    ANYWHERE.add(command)
    return command


@contextmanager
def elsewhere(url: str, key: str, *, transport: "httpx.BaseTransport | None" = None) -> Iterator[None]:
    """Have commands ask the service at `url` under `key`; raises CommandError without one."""
    if not key:
        raise CommandError(NO_KEY.format(key=KEY, url=url))
    from api.client import Client  # noqa: PLC0415 - see above

    with Client(url, key, transport=transport) as client:
        _SERVICES.append(_Service(url, client))
        try:
            yield
        finally:
            _SERVICES.pop()


def at(work: Callable[P, Given]) -> Callable[P, Given]:
    """`work` where it is to be done; what the service refuses leaves as CommandError with its sentence."""
    if not _SERVICES:
        return work
    from api.client import Refused  # noqa: PLC0415 - see above

    module, name = work.__module__.rpartition(".")[2], work.__name__
    twin = getattr(import_module(f"api.cli.far.{module}"), name)

    @functools.wraps(work)
    def there(*arguments: P.args, **named: P.kwargs) -> Given:
        try:
            given: Given = twin(*arguments, **named)
        except Refused as refusal:
            raise CommandError(f"{_SERVICES[-1].url}: {refusal.detail}", 2 if 400 <= refusal.status < 500 else 1) from None
        return given

    return there


def client() -> "Client":
    """The client of the service that is asked; for the modules of `api.cli.far`."""
    return _SERVICES[-1].client


def restricted(app: typer.Typer) -> typer.Typer:
    """The commands of a group, those that can't be asked elsewhere refusing; the group itself where none is asked."""
    if not _SERVICES:
        return app
    narrow = copy.copy(app)
    narrow.registered_commands = [copy.copy(one) for one in app.registered_commands]
    for one in narrow.registered_commands:
        one.callback = one.callback and allowed(one.callback)
    return narrow


def allowed(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command, or a refusal in its place."""
    if not _SERVICES or command in ANYWHERE:
        return command

    @functools.wraps(command)
    def refuse(*_arguments: Any, **_named: Any) -> NoReturn:
        raise CommandError(ONLY_HERE)

    return refuse
