"""The message to a desk, drafted: subject with the right numbers, a body without personal data that this desk does not need.

Pure: the caller gives question, route and what the store knows; the person edits before anything is sent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from notifier.desks import NONE, Desk
from notifier.plaintext import own_words, plain
from notifier.redaction import Finding, find, strip
from notifier.routed import Route

NEEDED: Mapping[str, frozenset[str]] = {
    "procurement": frozenset(),
    "payment": frozenset({"claim"}),
    "claims": frozenset({"claim", "worker"}),
    "health_care_programs": frozenset(),
}
"""Kinds of personal data that a desk needs to answer; every other kind is taken out. A desk that isn't named needs none."""

REFERENCES: Mapping[str, tuple[str, ...]] = {
    "procurement": ("contract", "payee"),
    "payment": ("payee", "invoice", "claim"),
    "claims": ("claim", "payee"),
    "health_care_programs": ("contract",),
}
_NAMES = {"contract": "contract", "payee": "payee", "invoice": "invoice", "claim": "claim"}
_SUBJECT = 78


@dataclass(frozen=True)
class Draft:
    """A message for a person to edit. `flagged` is what was found in the question, `removed` those of it that were taken out."""

    desk: str
    subject: str
    body: str
    flagged: tuple[Finding, ...]
    removed: tuple[Finding, ...]
    missing: tuple[str, ...]


def draft(question: str, found: Route, *, desk: Desk | None, sender: str, references: Mapping[str, str] | None = None) -> Draft:
    """A message for the route's desk. `references` holds numbers by kind (contract, payee, invoice, claim); `sender` signs it.

    The sender's own phone and e-mail stay when they stand in `sender`; in the question they are personal data like any other.
    """
    given = {kind: number for kind, number in (references or {}).items() if number.strip()}
    said = own_words(plain(question))
    flagged = tuple(find(said))
    needed = NEEDED.get(found.desk, frozenset())
    removed = tuple(finding for finding in flagged if finding.kind not in needed)
    wanted = REFERENCES.get(found.desk, ())
    known = [(kind, _one_line(given[kind])) for kind in wanted if kind in given]
    numbers = ", ".join(f"{_NAMES[kind]} {number}" for kind, number in known)
    title = desk.title if desk and found.desk != NONE else "the person in charge"
    body = "\n".join(
        (
            f"To {title},",
            "",
            strip(said, findings=removed).strip() or "(please write your question here)",
            "",
            *(f"{_NAMES[kind].capitalize()} number: {number}" for kind, number in known),
            *([""] if known else []),
            sender.strip(),
        )
    )
    return Draft(
        desk=found.desk,
        subject=_subject(strip(said, findings=flagged), numbers),
        body=body,
        flagged=flagged,
        removed=removed,
        missing=tuple(kind for kind in wanted if kind not in given),
    )


def without(question: str, removed: Iterable[Finding]) -> str:
    """The asker's own words with these findings (of a draft from the same question) taken out."""
    return strip(own_words(plain(question)), findings=removed).strip()


def _subject(question: str, numbers: str) -> str:
    """The question's first words and the numbers; never a worker's data, since subjects travel unencrypted and are logged."""
    words, line = _one_line(question).split(), ""
    room = _SUBJECT - (len(numbers) + 3 if numbers else 0)
    for word in words:
        if len(line) + len(word) + 1 > room:
            break
        line = f"{line} {word}".strip()
    line = line.rstrip(" ,;:.") or "Question from a provider"
    return f"{line} ({numbers})" if numbers else line


def _one_line(text: str) -> str:
    return " ".join(text.split())
