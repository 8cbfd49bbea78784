"""The field's words: a question → groups of phrases that mean the same, what kind of answer it wants, what kind of term.

The words stand in `synonyms.toml`; this reads them once.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

WORD = re.compile(r"[^\W_]+")
SUFFIXES = (
    "ations",
    "ation",
    "ments",
    "ment",
    "ances",
    "ance",
    "ings",
    "ing",
    "ions",
    "ion",
    "als",
    "al",
    "ies",
    "ers",
    "ed",
    "es",
    "er",
    "s",
    "y",
    "e",
)
SHORTEST_STEM = 4
LONGEST_PHRASE = 4  # words


@dataclass(frozen=True, slots=True)
class Group:
    """One thing a question asks about, in every wording that means it; each phrase is a tuple of plain words."""

    phrases: tuple[tuple[str, ...], ...]

    @property
    def name(self) -> str:
        return " ".join(self.phrases[0])

    def stands_in(self, stems: str) -> bool:
        """Whether the text (from `stemmed`) says it in any wording."""
        return any(f" {' '.join(map(stem, phrase))} " in stems for phrase in self.phrases)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What `synonyms.toml` holds, in the shape that questions are matched against."""

    wordings: dict[tuple[str, ...], Group]  # stemmed phrase → its group
    stop: frozenset[str]
    expects: dict[str, tuple[str, ...]]  # kind of answer → how it is asked for, in plain words between blanks
    kinds: dict[str, tuple[tuple[str, ...], ...]]  # kind of term → lines of stems between blanks, of questions for it


def words(text: str) -> list[str]:
    """Lower-case words and numbers, in order."""
    return WORD.findall(text.casefold())


@cache
def stem(word: str) -> str:
    """The word without its ending, so that "invoices" and "invoicing" meet; short words stay as they are."""
    if word.endswith(("us", "ss", "is")):
        return word
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= (SHORTEST_STEM - 1 if suffix == "s" else SHORTEST_STEM):
            return word[: -len(suffix)]
    return word


def stemmed(text: str) -> str:
    """The text's stems parted and enclosed by single blanks, for `Group.stands_in`."""
    return f" {' '.join(map(stem, words(text)))} "


@cache
def lexicon() -> Lexicon:
    """The shipped words."""
    data = tomllib.loads(Path(__file__).with_name("synonyms.toml").read_text("utf-8"))
    wordings: dict[tuple[str, ...], Group] = {}
    for phrases in data["groups"]:
        group = Group(tuple(tuple(words(phrase)) for phrase in phrases))
        for phrase in group.phrases:
            wordings.setdefault(tuple(map(stem, phrase)), group)
    return Lexicon(
        wordings=wordings,
        stop=frozenset(data["stop"].split()),
        expects={kind: tuple(f" {' '.join(words(one))} " for one in asked) for kind, asked in data["expects"].items()},
        kinds={
            kind: tuple(tuple(f" {stem(word)} " for word in words(line)) for line in lines)
            for kind, lines in data["kinds"].items()
        },
    )


def groups(question: str) -> list[Group]:
    """What the question asks about, each once, in its order; words that say nothing are left out."""
    known, asked = lexicon(), words(question)
    found: list[Group] = []
    position = 0
    while position < len(asked):
        length, group = _longest(asked, position, known)
        if group is not None and group not in found:
            found.append(group)
        position += length
    return found


def expected(question: str) -> str | None:
    """A key of `[expects]`, such as `duration`: what a good answer holds, as far as the question's wording tells."""
    plain = f" {' '.join(words(question))} "
    return next((kind for kind, asked in lexicon().expects.items() if any(one in plain for one in asked)), None)


def term_kinds(question: str) -> list[str]:
    """Kinds of term that the question may ask for, the best fit first."""
    said = stemmed(question) + " ".join(stemmed(group.name) for group in groups(question))
    fits: list[tuple[int, str]] = []
    for kind, lines in lexicon().kinds.items():
        best = max((len(line) for line in lines if all(word in said for word in line)), default=0)
        if best:
            fits.append((-best, kind))
    return [kind for _, kind in sorted(fits, key=lambda fit: fit[0])]


@cache
def kind_words(kind: str) -> str:
    """The words by which questions name a kind, stemmed; they need not stand in its clause again."""
    return "".join(word for line in lexicon().kinds.get(kind, ()) for word in line) + stemmed(kind.replace("_", " "))


def _longest(asked: list[str], position: int, known: Lexicon) -> tuple[int, Group | None]:
    """How many words the longest known wording at `position` takes, and its group; a stop word has none."""
    for length in range(min(LONGEST_PHRASE, len(asked) - position), 0, -1):
        phrase = tuple(map(stem, asked[position : position + length]))
        if group := known.wordings.get(phrase):
            return length, group
    word = asked[position]
    return 1, None if word in known.stop else Group(((word,),))
