"""The stages of going after a tender, what may be done in which, and where it leads; pure.

watching → preparing (go) or declined (no-go) → submitted → won or lost; what is won becomes a contract.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# in the order in which a tender goes through them
STAGES = ("watching", "preparing", "submitted", "won", "lost", "declined")
OPEN_STAGES = ("watching", "preparing", "submitted")

# act → {stage: the stage it leads to}
ACTS: dict[str, dict[str, str]] = {
    "plan": {stage: stage for stage in OPEN_STAGES},
    "go": {"watching": "preparing", "declined": "preparing"},
    "no_go": {"watching": "declined", "preparing": "declined"},
    "submit": {"preparing": "submitted"},
    "win": {"submitted": "won"},
    "lose": {"submitted": "lost"},
    "contract": {"won": "won"},
}

# what each act wants said, and the sentence for whoever left it out; one of the names is enough
WANTED: dict[str, tuple[tuple[str, ...], str]] = {
    "go": (("decision",), "say why you go for it"),
    "no_go": (("decision",), "say why you let it pass"),
    "submit": (("confirmation", "proof_sha256"), "give the confirmation number or a file that proves the submission"),
}

SENTENCES = tuple(sentence for _names, sentence in WANTED.values())

# what a bid usually needs; each line can be taken off or added to
CHECKLIST = (
    "Read every document of the tender and its addenda",
    "Ask the buyer what is unclear, while questions are taken",
    "List the staff and their licences",
    "Get the certificate of insurance",
    "Work out the prices",
    "Have it signed by someone who may bind the clinic",
    "Submit it and keep the confirmation",
)


class NotInThisStage(ValueError):
    """Raised by `step` for an act that the stage does not allow; the message says so to a person."""


class Wanting(ValueError):
    """Raised by `step` for an act without what it needs to be understood later; the message says what."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The stage after an act, and the fields that it sets."""

    stage: str
    fields: Mapping[str, object]


def step(stage: str, act: str, **fields: object) -> Moved:
    """Where `act` leads, with the fields it sets (empty ones are not set). Raises KeyError, NotInThisStage, Wanting."""
    leads = ACTS[act]
    if stage not in leads:
        raise NotInThisStage(f"this is {stage}; it takes {act.replace('_', '-')} only while it is {' or '.join(leads)}")
    said = {name: value for name, value in fields.items() if str(value or "").strip()}
    names, sentence = WANTED.get(act, ((), ""))
    if names and not any(name in said for name in names):
        raise Wanting(sentence)
    return Moved(leads[stage], said)


def may(stage: str, act: str) -> bool:
    """Whether the act is allowed now."""
    return stage in ACTS[act]
