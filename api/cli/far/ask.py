"""`bidkeeper ask` over the API."""

from pathlib import Path
from typing import Any

from api.cli import CommandError
from api.cli.asked_output import Around
from api.cli.place import ONLY_HERE, client

OWN_DESKS = "the desks are those of the service that is asked: leave --desks out"


def answered(question: str, desks: Path | None) -> tuple[dict[str, Any], Around]:
    """The route, and what a person is shown around it."""
    if desks is not None:
        raise CommandError(OWN_DESKS)
    found = client().post("questions", {"question": question})
    answer = found["answer"] and {key: value for key, value in found["answer"].items() if key != "place"}
    return found["route"] | {"answer": answer}, Around(
        list(client().all("contacts")), unsure=found["unsure"], urgent=found["urgent"]
    )


def answer_file(file: Path, desks: Path | None, *, as_json: bool) -> None:  # noqa: ARG001 - as it works here
    """Many questions and their evaluation are for the machine that has the model."""
    raise CommandError(ONLY_HERE)
