"""From words to features: what a question mentions, in words, pieces of words, meanings and shapes of figures and
names.

`read(text)` gives a `Reading`; its features are names, so a weight can be traced back to a word a person wrote.
Shapes: tokens are folded (lower case, no accents); concepts come from `lexicon.toml`.
"""

import itertools
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from notifier.given import given_names
from notifier.intents import intents
from notifier.plaintext import own_words, plain
from notifier.senders import errands

_Key = TypeVar("_Key")
MOST_CHARACTERS = 4_000
LONG_WORD = 8
STEM = 5
MOST_TOKENS = 320
"""Tokens that are read from the beginning of a message; the request stands there."""

_NAME = r"[A-ZÀ-Ý][\w'’-]+"
_SHAPES = tuple(
    (re.compile(pattern), f" {name} ")
    for pattern, name in (
        (r"https?://\S+|\bwww\.\S+", "_url"),
        (r"(?<![\w.+-])[\w.+-]{1,80}@[\w-]+\.[\w.]+", "_email"),
        (r"[-–]?\s?\$\s?\d[\d,.]*\d?|\b\d[\d,.]*\s?(?:\$|dollars?\b|cad\b)", "_money"),
        (r"\+?1?[-. (]{0,2}\d{3}[-. )]{1,2}\d{3}[-. ]\d{4}\b|\b\d{3}-\d{4}\b", "_phone"),
        (r"(?i:\b(?:clause|section|para(?:graph)?|article|schedule|appendix)\s+(?:\d+(?:\.\d+)*|[A-H])\b)", "_clause"),
        (r"(?i:\b(?:rfp|rfq|itt|bid)\s?#?\s?)\d{3}-\d{4}\b", "rfp _tenderno"),
        (r"(?i:\bcodes?\s?#?\s?)\d{5,7}\b", "code _code"),
        (r"(?i:\b(?:inv(?:oice)?|facture)\s?(?:#|no\.?|number)?\s?:?\s?)[A-Z]{0,4}-?\d{2,9}\b", "invoice _invoiceno"),
        (r"\b[A-Z]{0,2}\d{8}\b|(?i:\bclaim\s?(?:#|no\.?|number)?\s?:?\s?)\d{6,9}\b", "claim _claimno"),
        (r"\b(?:Mr|Mrs|Ms|Miss|Mme|Dr|M)\.?\s(?:[A-Z]\.?\s)?" + _NAME, "_person"),
        (r"\b[A-Z]\.\s?(?:[A-Z]\.\s?)?" + _NAME + r"|\b" + _NAME + r"\s[A-Z]\.(?=\s|,|\?|$)", "_person"),
        (r"\b\d{1,2}[:h]\d{2}\b|\b\d{1,2}\s?[ap]\.?m\.?\b", "_time"),
        (r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b", "_date"),
        (r"\b\d+(?:st|nd|rd|th)\b", "_ordinal"),
    )
)
_FULL_NAME = re.compile(rf"(?<![\w'’-])({_NAME})(?:\s(?:[A-Z]\.\s)?{_NAME})?")
_LENGTHS = ((0, "0"), (1, "1"), (3, "2-3"), (7, "4-7"), (39, "8-40"), (10**9, "40+"))
_TOKEN = re.compile(r"_[a-z]+|[a-z]+(?:'[a-z]+)?[0-9]?|[0-9]+[a-z][0-9a-z]*|[0-9]+|\?")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+|\s[-–—]\s|;\s")
_PAID_FR = re.compile(r"(?i)\bpayé(?:e|s|es)?\b")
_STOP_WORDS = """a an the of to in on at for and or is are was were be been it its this that these those with from by
as so if but not do does did we our us you your i my me they them there here has have had will would could can please
hi hello le la les de des du un une et"""
_ASKING = frozenset(
    {"?", "please", "pls", "plz", "need", "want", "wants", "how", "who", "what", "when", "where", "why", "which", "svp"}
)
_STOP = frozenset(_STOP_WORDS.split())


@dataclass(frozen=True)
class Reading:
    """One message, read. `features` are distinct names; `evidence` says which of the writer's words a feature came
    from."""

    text: str
    tokens: tuple[str, ...]
    concepts: frozenset[str]
    features: dict[str, float]
    evidence: dict[str, str]


@dataclass(frozen=True)
class Lexicon:
    """Words by meaning: whole words, beginnings of words and phrases, each with its concepts."""

    words: dict[str, tuple[str, ...]]
    stems: dict[str, tuple[str, ...]]
    phrases: dict[tuple[str, ...], tuple[str, ...]]
    near: dict[str, str]


def fold(text: str) -> str:
    """Lower case without accents; the French "payé" is kept apart from the English "payee"."""
    text = _PAID_FR.sub(" _paye ", text) if "é" in text else text
    text = text.replace("’", "'").lower()
    if text.isascii():
        return text
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


def words(text: str) -> list[str]:
    """The folded words of a text as they stand, before any correction."""
    return _TOKEN.findall(fold(text))


def read(message: str) -> Reading:
    """Everything the router looks at in one message."""
    text = own_words(plain(message))
    masked = text[:MOST_CHARACTERS]
    for pattern, name in _SHAPES:
        masked = pattern.sub(name, masked)
    masked = _FULL_NAME.sub(_person_of, masked)
    sentences = [said for part in _SENTENCE.split(masked) if (said := words(part))]
    features: dict[str, float] = {}
    evidence: dict[str, str] = {}
    tokens: list[str] = []
    concepts: set[str] = set()
    first = True
    for sentence in sentences:
        if len(tokens) >= MOST_TOKENS:
            break
        said = [_corrected(token) for token in sentence[: MOST_TOKENS - len(tokens)]]
        tokens += said
        found = dict(_concepts(said))
        concepts |= found.keys()
        evidence.update({f"c:{concept}": word for concept, word in found.items() if f"c:{concept}" not in evidence})
        for feature in _sentence_features(said, found, first=first and len(sentence) > 2):
            features[feature] = features.get(feature, 0.0) + 1.0
        if _ASKING & set(said):
            for concept in found:
                features[f"q:{concept}"] = features.get(f"q:{concept}", 0.0) + 1.0
        first = first and len(sentence) <= 2
    features.update(dict.fromkeys(_shape_of(text, tokens), 1.0))
    features.update((f"e:{errand}", 1.0) for errand in errands(tokens))
    return Reading(text, tuple(tokens), frozenset(concepts), features, evidence)


def _person_of(found: re.Match[str]) -> str:
    """A person for a given name, alone or with what follows it; anything else that is capitalised as it was."""
    return " _person " if found[1].casefold() in given_names() else found[0]


def content_stems(tokens: Iterable[str]) -> set[str]:
    """The first five letters of each word that carries meaning."""
    return {word[:STEM] for word in tokens if len(word) > 3 and word[0] != "_" and word not in _STOP}


def _sentence_features(words: list[str], concepts: dict[str, str], *, first: bool) -> Iterator[str]:
    for word in words:
        if word not in _STOP:
            yield f"w:{word}"
    for left, right in itertools.pairwise(words):
        yield f"b:{left} {right}"
    for word in words:
        padded = f"<{word}>"
        if len(word) > 3 and word[0] != "_":
            for size in (3, 4, 5):
                for start in range(len(padded) - size + 1):
                    yield f"g:{padded[start : start + size]}"
    for intent in intents(words):
        yield f"r:{intent}"
        if first:
            yield f"r:begins_{intent}"
    ordered = sorted(concepts)
    for index, concept in enumerate(ordered):
        yield f"c:{concept}"
        if first:
            yield f"f:{concept}"
        for other in ordered[index + 1 :]:
            yield f"p:{concept}+{other}"


def _shape_of(text: str, tokens: list[str]) -> Iterator[str]:
    length = sum(word not in _STOP and word != "?" for word in tokens)
    yield f"s:{next(name for most, name in _LENGTHS if length <= most)}"
    if "?" in text:
        yield "s:asks"
    if text.count("!") > 2:
        yield "s:shouts"
    if sum(map(str.isupper, text)) > 0.6 * max(12, sum(map(str.isalpha, text))):
        yield "s:capitals"


def _concepts(words: list[str]) -> Iterator[tuple[str, str]]:
    lexicon = the_lexicon()
    for index, word in enumerate(words):
        for concept in _of_word(word):
            yield concept, word
        for size in (2, 3):
            for concept in lexicon.phrases.get(tuple(words[index : index + size]), ()):
                yield concept, " ".join(words[index : index + size])


@cache
def the_lexicon() -> Lexicon:
    """The shipped lexicon, indexed once."""
    with (Path(__file__).parent / "lexicon.toml").open("rb") as file:
        fields = tomllib.load(file)
    words: dict[str, set[str]] = {}
    stems: dict[str, set[str]] = {}
    phrases: dict[tuple[str, ...], set[str]] = {}
    for concept, entries in ((name, entries) for field in fields.values() for name, entries in field.items()):
        for entry in entries:
            parts = tuple(_TOKEN.findall(entry))
            if len(parts) > 1:
                phrases.setdefault(parts, set()).add(concept)
            elif entry.endswith("*"):
                stems.setdefault(entry[:-1], set()).add(concept)
            else:
                words.setdefault(entry, set()).add(concept)
    known = {word for word in (*words, *stems, *(part for phrase in phrases for part in phrase)) if len(word) > 4}
    near: dict[str, str] = {}
    for word in sorted(known):
        for shorter in _without_one(word):
            near.setdefault(shorter, word)
    return Lexicon(_frozen(words), _frozen(stems), _frozen(phrases), near)


@cache
def _of_word(word: str) -> tuple[str, ...]:
    lexicon = the_lexicon()
    found = list(lexicon.words.get(word, ()))
    for end in range(2, len(word) + 1):
        found += lexicon.stems.get(word[:end], ())
    return tuple(dict.fromkeys(found))


def _corrected(word: str) -> str:
    """A word of the lexicon for one that misses, doubles or swaps a letter of it; any other word unchanged."""
    if len(word) < 5 or word[0] == "_" or not word.isalpha() or _of_word(word) or word in common_words():
        return word
    lexicon = the_lexicon()
    if word in lexicon.near and _a_slip(word, lexicon.near[word]):
        return lexicon.near[word]
    for shorter in _without_one(word):
        known = lexicon.near.get(shorter, shorter if shorter in lexicon.words or shorter in lexicon.stems else "")
        if known and _a_slip(word, known):
            return known
    return word


def _a_slip(word: str, known: str) -> bool:
    """Whether a hurried hand makes `word` of `known`: a letter left out, added or swapped behind the first; another letter only in
    long words, since short ones are words of their own ("sender" is no "tender")."""
    if word[0] != known[0] or abs(len(word) - len(known)) > 1:
        return False
    return len(word) != len(known) or sorted(word) == sorted(known) or len(word) > LONG_WORD


@cache
def common_words() -> frozenset[str]:
    """Correctly spelled everyday words that lie one letter from a word of the lexicon."""
    path = Path(__file__).parent / "model" / "words.txt"
    return frozenset(path.read_text("utf-8").split()) if path.exists() else frozenset()


def _without_one(word: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word[:index] + word[index + 1 :] for index in range(len(word))))


def _frozen(found: dict[_Key, set[str]]) -> dict[_Key, tuple[str, ...]]:
    return {key: tuple(sorted(concepts)) for key, concepts in found.items()}
