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
_FIRST = (
    "Anna",
    "Raj",
    "Li",
    "Tom",
    "Maria",
    "Jean",
    "Ahmed",
    "Sofia",
    "Peter",
    "Kim",
    "Olga",
    "Luc",
    "Harpreet",
    "Dan",
    "Mei",
    "Carlos",
    "Ruth",
    "Ivan",
    "Nadia",
    "Scott",
    "Priya",
    "Marc",
    "Yuki",
    "Fatima",
    "Bill",
    "Joan",
)
_LAST = (
    "Dosanjh",
    "Wu",
    "Tremblay",
    "Kowalski",
    "Ortiz",
    "Haddad",
    "McLeod",
    "Ng",
    "Sidhu",
    "Bergeron",
    "Fontaine",
    "Okafor",
    "Lindqvist",
    "Park",
    "Yamada",
    "Costa",
    "Reid",
    "Grewal",
    "Fehr",
    "Boyko",
    "Lam",
    "Sharma",
    "Novak",
    "Pelletier",
    "Quinn",
    "Atwal",
    "Roy",
    "Singh",
    "Chan",
    "Lee",
    "Martin",
    "Hill",
)
_SLOTS: dict[str, tuple[str, ...]] = {
    "bank": ("RBC", "Scotiabank", "TD", "Vancity", "BMO", "the credit union", "CIBC", "Prospera"),
    "month": ("January", "March", "April", "June", "last month", "September", "November", "décembre"),
    "date": ("May 3", "the 15th", "Feb 28", "Oct 9", "2024-07-02", "last Tuesday", "the 1st", "Aug. 20", "12/04/24"),
    "clinic": (
        "Ridgeline Physio",
        "Harbour Rehab",
        "Cedar Health",
        "Peak Recovery Inc.",
        "Valley OT Services",
        "the clinic",
    ),
    "city": (
        "Kamloops",
        "Nanaimo",
        "Terrace",
        "Langley",
        "Victoria",
        "Abbotsford",
        "Penticton",
        "Burnaby",
        "Fort St. John",
    ),
    "amount": ("$1,200", "$318.40", "$22,000", "640 dollars", "$95", "$4,080.10"),
    "phone": ("604-555-0133", "(250) 555-0161", "778 555 0119", "236.555.0102"),
    "code": ("1101500", "1900220", "1104010", "1700330"),
    "n": ("2", "3", "six", "9", "12"),
    "inv": ("A-2291", "#4471", "no. 88120", "10332"),
    "claim": ("41887302", "38004417", "#40910022", "no. 39555180", "36120099"),
    "contractno": ("HC-20419", "11-0934", "C2021-088"),
    "payeeno": ("402118", "77310"),
    "rfp": ("RFP #031-2025", "the rehab RFP", "bid 112-2024", "RFQ 009-2023"),
    "time": ("2 pm", "9:30", "10 am"),
    "job": (
        "roofer",
        "dishwasher",
        "nurse",
        "welder",
        "truck driver",
        "cook",
        "carpenter",
        "logger",
        "cashier",
        "care aide",
        "mechanic",
        "painter",
        "teacher",
        "firefighter",
        "millwright",
        "housekeeper",
        "electrician",
        "baker",
        "plumber",
        "paramedic",
        "labourer",
        "courier",
        "butcher",
        "farm worker",
        "landscaper",
        "bus driver",
    ),
    "body": (
        "knee",
        "shoulder",
        "wrist",
        "lower back",
        "neck",
        "ankle",
        "hip",
        "elbow",
        "thumb",
        "ribs",
        "hand",
        "foot",
        "eye",
        "jaw",
        "hearing",
        "groin",
        "finger",
        "head",
    ),
    "relative": ("wife", "husband", "son", "daughter", "mother", "father", "brother", "sister", "spouse", "partner", "uncle"),
    "device": (
        "a wheelchair",
        "a knee brace",
        "a stair lift",
        "crutches",
        "a TENS unit",
        "hearing aids",
        "a standing desk",
        "custom insoles",
        "a walker",
        "a wrist splint",
        "grab bars",
        "a special mattress",
        "prism glasses",
        "work boots",
        "a recumbent bike",
    ),
    "care": (
        "an MRI",
        "surgery",
        "a nerve block",
        "a CT scan",
        "cortisone injections",
        "a shoulder scope",
        "a spinal fusion",
        "a psychiatric consult",
        "dental work",
        "an ultrasound",
        "a sleep study",
        "counselling",
        "an eye exam",
    ),
    "hurt": (
        "crushed",
        "burned",
        "cut",
        "twisted",
        "broke",
        "sprained",
        "hurt",
        "bruised",
        "strained",
        "smashed",
        "injured",
    ),
    "role": (
        "a kinesiologist",
        "an occupational therapist",
        "a physiotherapist",
        "a psychologist",
        "a counsellor",
        "a massage therapist",
        "a chiropractor",
        "a social worker",
        "a nurse",
        "a physio assistant",
        "a student",
        "a new graduate",
        "a dietitian",
        "an osteopath",
        "a recreation therapist",
        "a locum",
    ),
    "therapy": (
        "massage",
        "acupuncture",
        "pool therapy",
        "yoga",
        "dry needling",
        "mindfulness",
        "hypnosis",
        "biofeedback",
        "laser",
        "shockwave",
        "group education",
        "a gym session",
        "work simulation",
        "a home visit",
        "a job site visit",
        "driver training",
        "nutrition coaching",
        "art therapy",
        "pilates",
        "virtual reality",
    ),
    "service": (
        "a job site visit",
        "a no-show",
        "a phone call",
        "report writing",
        "a reassessment",
        "an early discharge",
    ),
}


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
    """The questions of `asked/`, each a situation of its own without a topic, and the other desks that would be right too."""
    for file in sorted((DATA / "asked").glob("*.jsonl")):
        for number, line in enumerate(file.read_text("utf-8").splitlines()):
            row = json.loads(line)
            also = tuple(FILES.get(desk, desk) for desk in row["also"])
            yield Phrase(row["text"], FILES.get(row["label"], row["label"]), "", f"{file.stem}/{number}"), also


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


QUIET = frozenset({"greeting", "injection", "spam"})
"""Topics whose phrases are not wrapped in polite words."""
STRANGE = frozenset({"vague", "smalltalk", "hostile", "danger", "employer", "otherthings"})
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
    last = random.choice(_LAST)
    if name == "fullname":
        return f"{random.choice(_FIRST)} {last}"
    if name == "name":
        first = random.choice(_FIRST)
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
    return random.choice(_SLOTS[name]) if name in _SLOTS else f"<{name}>"


def titles() -> dict[str, str]:
    """What each topic is about, in words for a person: the first situation's line under its heading."""
    found: dict[str, str] = {}
    for line in lines():
        found.setdefault(line.topic, line.situation.rpartition("/")[0])
    return found
