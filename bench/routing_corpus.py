"""Training phrases for the router: templates and slot fillers in `bench/data/routing/`, spoken in many voices.

`asked/` holds whole questions with their labels. A text file is one desk's phrases: `## topic`, `# situation`, then one phrase a line; `{a|b}` are alternatives, `<slot>` is
filled.
Everything is drawn from a seeded generator, so the same files give the same corpus.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from bench.routing_slots import FIRST, LAST, SLOTS
from bench.routing_voices import joined, voiced

DATA = Path(__file__).parent / "data" / "routing"
DESKS = ("procurement", "payment", "claims", "health_care_programs", "none")
FILES = {
    "procurement": "procurement",
    "payment": "payment",
    "claims": "claims",
    "hcp": "health_care_programs",
    "none": "none",
    "danger": "none",
}
PER_LINE = 10
"""Wordings drawn of one line at most."""
_CHOICE = re.compile(r"\{([^{}]*\|[^{}]*)\}")
_SLOT = re.compile(r"<([a-z]+)>")


@dataclass(frozen=True)
class Phrase:
    """One training phrase: its desk, its topic, and the situation that all variants of it share."""

    text: str
    desk: str
    topic: str
    situation: str
    weight: float = 1.0
    written: bool = True  # as somebody wrote it: neither in another voice nor under a desk that would be right too


def corpus(*, per_line: int = PER_LINE, seed: int = 7) -> list[Phrase]:
    """Every line in `per_line` variants at most (fewer where it has no alternatives), as written, in other voices, and once before
    a request to another desk: what is asked first decides."""
    random = Random(seed)
    phrases: list[Phrase] = []
    written = list(lines())
    real = [line for line in written if line.desk != "none"]
    for line in written:
        plain = sorted({_filled(line.text, random) for _ in range(per_line * 2)})
        random.shuffle(plain)
        said = plain[:per_line]
        others = [
            voiced(random.choice(said), random, wrap=line.topic not in QUIET, about_us=line.topic not in STRANGE)
            for _ in range(max(3, per_line - len(said)))
        ]
        if line.desk != "none":
            second = random.choice([other for other in random.choices(real, k=8) if other.desk != line.desk] or [line])
            others.append(joined(random.choice(said), _filled(second.text, random), random))
        voices = said + others
        phrases += [Phrase(text, line.desk, line.topic, line.situation, 1.0 / len(voices) ** 0.5) for text in voices]
    return phrases + [phrase for one in asked() for phrase in _of_question(one, random)]


def asked() -> Iterator[tuple[Phrase, tuple[str, ...]]]:
    """The questions of `asked/`, without a topic, and the other desks that would be right too; those that name no situation are one each."""
    for file in sorted((DATA / "asked").glob("*.jsonl")):
        for number, line in enumerate(file.read_text("utf-8").splitlines()):
            row = json.loads(line)
            also = tuple(FILES.get(desk, desk) for desk in row["also"])
            situation = f"{file.stem}/{row.get('situation', number)}"
            yield Phrase(row["text"], FILES.get(row["label"], row["label"]), "", situation), also


def _of_question(question: tuple[Phrase, tuple[str, ...]], random: Random) -> Iterator[Phrase]:
    """A question as it was written and in three other voices; and, lightly, under each desk that would be right too."""
    phrase, also = question
    yield phrase
    for _ in range(3):
        yield replace(phrase, text=voiced(phrase.text, random, about_us=phrase.desk != "none"), weight=0.5, written=False)
    for desk in also:
        yield replace(phrase, desk=desk, weight=0.4, written=False)


def plainly(*, seed: int = 11) -> list[Phrase]:
    """Every line once, in one wording."""
    random = Random(seed)
    return [Phrase(_filled(line.text, random), line.desk, line.topic, line.situation) for line in lines()]


QUIET = frozenset({"greeting", "injection", "spam", "thanks", "machine_mail"})
"""Topics whose phrases are not wrapped in polite words."""
STRANGE = frozenset({"vague", "smalltalk", "hostile", "danger", "employer", "otherthings", "jobs", "media"})
"""Topics whose writers say nothing of a clinic: "our contract started last year, update?" would no longer be vague."""


def lines() -> Iterator[Phrase]:
    """The written lines themselves, before alternatives are drawn; a line is its own situation's smallest part."""
    for file, desk in FILES.items():
        topic = situation = ""
        for number, line in enumerate((DATA / f"{file}.txt").read_text("utf-8").splitlines()):
            if line.startswith("## "):
                topic = line[3:].strip()
            elif line.startswith("# "):
                situation = line[2:].strip()
            elif line.strip():
                yield Phrase(line.strip(), desk, topic, f"{situation}/{number // 4}")


def _filled(text: str, random: Random) -> str:
    while found := _CHOICE.search(text):
        text = text[: found.start()] + random.choice(found[1].split("|")) + text[found.end() :]
    return _SLOT.sub(lambda slot: _slot(slot[1], random), text).replace("  ", " ").strip()


def _slot(name: str, random: Random) -> str:
    last = random.choice(LAST)
    if name == "fullname":
        return f"{random.choice(FIRST)} {last}"
    if name == "name":
        first = random.choice(FIRST)
        return random.choice(
            (
                f"Mr. {last}",
                f"Ms. {last}",
                f"Mrs {last}",
                f"{first[0]}. {last}",
                f"{first} {last}",
                f"{first} {last[0]}.",
                last,
            )
        )
    return random.choice(SLOTS[name]) if name in SLOTS else f"<{name}>"


def titles() -> dict[str, str]:
    """What each topic is about, in words for a person: the first situation's line under its heading."""
    found: dict[str, str] = {}
    for line in lines():
        found.setdefault(line.topic, line.situation.rpartition("/")[0])
    return found
