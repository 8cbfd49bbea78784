"""What a person may choose of their alerts: how often, when, how early to be reminded, in which language."""

from collections.abc import Mapping
from typing import Any, Protocol

from notifier.marks import leads
from notifier.phrases import LANGUAGES
from notifier.timing import BadRhythm, Chosen, rhythm

RHYTHM = ("frequency", "zone", "deliver_at", "weekday", "quiet", "workdays")
NAMES = (*RHYTHM, "language", "reminders")
USUAL: Mapping[str, Any] = {
    "frequency": "instant",
    "zone": "America/Vancouver",
    "deliver_at": "08:00",
    "weekday": 0,
    "quiet": "",
    "workdays": False,
}


class Row(Chosen, Protocol):
    """A subscription, as far as its choices go."""

    language: str
    reminders: list[Any]


def checked(choices: Mapping[str, Any], row: Row | None = None) -> dict[str, Any]:
    """The choices as a subscription's columns, those that were made alone; the rest is as `row` has it, or as usual.

    Raises BadRhythm for one that can't be meant.
    """
    made = {name: choices[name] for name in NAMES if choices.get(name) is not None}
    as_it_is = {name: getattr(row, name) for name in RHYTHM} if row is not None else dict(USUAL)
    rhythm(**as_it_is | {name: value for name, value in made.items() if name in RHYTHM})
    if made.get("language", LANGUAGES[0]) not in LANGUAGES:
        raise BadRhythm(f"there are mails in {' and '.join(LANGUAGES)}, not in {str(made['language'])[:20]!r}")
    if "reminders" in made:
        made["reminders"] = leads(made["reminders"])
    return made
