"""`bidkeeper --remote URL --key KEY …`: the reading, asking and subscribing commands, answered by another service over its API.

One table says which request each command is; nothing here looks at the command again.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from api.cli import CommandError, print_json
from api.cli.elsewhere import KEY
from api.client import Client, Refused

WORDING = "Entered on the command line by the operator, who confirms that the recipient asked for these alerts."


@dataclass(frozen=True, slots=True)
class Call:
    """What a command asks for: arguments named in the path go there, all others into the query or, for a POST, the document."""

    method: str
    path: str
    says: str
    arguments: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ()  # of the table; a list has them
    part: str | None = None  # the member of the answer that is shown


CALLS: dict[tuple[str, ...], Call] = {
    ("tenders", "list"): Call(
        "GET",
        "tenders",
        "the bids that are known",
        options=("status", "program", "source", "within", "sort"),
        columns=("ocid", "status", "closes", "title"),
    ),
    ("tenders", "search"): Call(
        "GET",
        "tenders",
        "bids that hold every word",
        ("text",),
        ("status", "program"),
        columns=("ocid", "status", "closes", "title"),
    ),
    ("tenders", "show"): Call("GET", "tenders/{ocid}", "one bid", ("ocid",)),
    ("sources", "list"): Call("GET", "sources", "the health of the sources", columns=("name", "health", "last_good", "reason")),
    ("sources", "check"): Call("GET", "sources/{name}", "one source", ("name",)),
    ("contracts", "list"): Call("GET", "contracts", "the contracts on file", columns=("id", "number", "start", "end", "title")),
    ("contracts", "show"): Call("GET", "contracts/{contract}", "one contract", ("contract",)),
    ("contracts", "ask"): Call("GET", "contracts/ask", "what the contracts say", ("question",), ("contract", "as-of")),
    ("contracts", "fees"): Call(
        "GET", "fees/{code}", "what a fee code is paid", ("code",), ("as-of",), columns=("code", "amount", "status")
    ),
    ("ask",): Call("POST", "questions", "the desk of a question", ("question",), part="route"),
    ("subscribe",): Call(
        "POST", "subscriptions", "send alerts to an address", ("address",), ("query",), given={"query": "", "consent": WORDING}
    ),
    ("subscriptions",): Call("GET", "subscriptions", "who is told of what", columns=("id", "address", "query", "state")),
    ("deliveries",): Call(
        "GET",
        "deliveries",
        "what was sent to whom",
        options=("state", "ocid"),
        columns=("id", "address", "state", "sent_at", "reason"),
    ),
    ("enquiries", "list"): Call(
        "GET", "enquiries", "the enquiries", options=("state",), columns=("id", "state", "desk", "subject")
    ),
    ("enquiries", "show"): Call("GET", "enquiries/{enquiry}", "one enquiry", ("enquiry",)),
}


def run(url: str, key: str, words: Sequence[str], *, transport: httpx.BaseTransport | None = None) -> None:
    """Ask the service and print what it answers; raises CommandError with its sentence."""
    if not key:
        raise CommandError(f"an API key is wanted with --remote: give --key or set {KEY}; an owner makes one on {url}/account")
    chosen = vars(parser().parse_args(list(words)))
    call: Call = chosen.pop("call")
    try:
        with Client(url, key, transport=transport) as client:
            found = ask(client, call, chosen)
    except Refused as refusal:
        raise CommandError(f"{url}: {refusal.detail}", 2 if 400 <= refusal.status < 500 else 1) from None
    if chosen["json"]:
        print_json(found)
    else:
        show(found, call.columns)


def ask(client: Client, call: Call, chosen: Mapping[str, Any]) -> Any:
    """The call with what was chosen, answered."""
    names = [name.replace("-", "_") for name in (*call.arguments, *call.options)]
    values = {name: " ".join(value) if isinstance(value := chosen[name], list) else value for name in names}
    in_path = set(re.findall(r"{(\w+)}", call.path))
    path = call.path.format(**{name: quote(str(values[name]), safe="") for name in in_path})
    rest = dict(call.given) | {name: value for name, value in values.items() if name not in in_path and value is not None}
    if call.method == "POST":
        answer = client.post(path, rest)
    elif call.columns:
        answer = list(client.all(path, most=chosen["limit"], **rest))
    else:
        answer = client.get(path, **rest)
    return answer[call.part] if call.part else answer


def parser() -> argparse.ArgumentParser:
    """A parser with a command for every call."""
    top = argparse.ArgumentParser(prog="bidkeeper --remote URL --key KEY", description="Ask another Bidkeeper over its API.")
    groups: dict[tuple[str, ...], Any] = {(): top.add_subparsers(required=True, metavar="COMMAND")}
    for words, call in CALLS.items():
        if words[:-1] not in groups:
            groups[words[:-1]] = groups[()].add_parser(words[0], help=words[0]).add_subparsers(required=True, metavar="COMMAND")
        one = groups[words[:-1]].add_parser(words[-1], help=call.says, description=call.says)
        one.set_defaults(call=call)
        for argument in call.arguments:
            one.add_argument(argument, nargs="+" if argument in {"question", "text"} else None)
        for option in call.options:
            one.add_argument(f"--{option}")
        one.add_argument("--json", action="store_true", help="one JSON document")
        if call.columns:
            one.add_argument("--limit", type=int, default=50, help="at most so many")
    return top


def show(found: Any, columns: Sequence[str]) -> None:
    """Lines for a person: a row an item, or a line a member."""
    if isinstance(found, list):
        for item in found:
            print("\t".join("" if item.get(name) is None else _line(item[name]) for name in columns))
        if not found:
            print("nothing", file=sys.stderr)
        return
    for name, value in found.items():
        print(f"{name}: {'' if value is None else _line(value)}")


def _line(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(character if character.isprintable() else " " for character in text)
