"""Text as a search sees it: case, accents and English or French endings set aside, so that `cliniques` finds `clinic`.

Stemming is light on purpose (plurals, -ing, -ed, final e): a search that finds a little too much is read by a person, one
that finds too little costs years. Both languages share one set of rules, because a posting does not say which it is in.
"""

import re
import unicodedata
from functools import lru_cache

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "’": "'", "ʼ": "'"})
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu)'(?=\w)")  # l'équipement, qu'un
_POSSESSIVE = re.compile(r"'s\b")
_WORD = re.compile(r"[^\W_]+")
_VOWELS = frozenset("aeiouy")


def fold(text: str) -> str:
    """`text` in lower case without accents: `Réadaptation` → `readaptation`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def squash(text: str) -> str:
    """Only the letters and digits of `text`, folded: `OR 2`, `or-2` and `OR2` are one name."""
    return "".join(_WORD.findall(fold(text)))


def stems(text: str) -> list[str]:
    """The stems of `text` in order: `L'équipement des cliniques` → `["equipement", "des", "clinic"]`."""
    plain = _POSSESSIVE.sub("", _ELISION.sub(" ", fold(text)))
    return [stem(word) for word in _WORD.findall(plain)]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A folded word without its plural, -ing or -ed and final e; words of three letters or with digits stay as they are."""
    if len(word) <= 3 or not word.isalpha():
        return word
    word = _singular(word)
    for ending in ("ing", "ed"):
        root = word[: -len(ending)]
        if word.endswith(ending) and len(root) >= 3 and not _VOWELS.isdisjoint(root) and not word.endswith("eed"):
            doubled = len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz"
            word = root[:-1] if doubled else root
            break
    if len(word) > 3 and word.endswith("ie"):
        return word[:-2] + "y"  # thérapie, therapy
    bare = word.rstrip("e")
    if bare.endswith("iqu"):
        return bare[:-2] + "c"  # clinique, clinic
    return bare if len(bare) >= 3 else word


def beginnings(stem: str) -> tuple[str, ...]:
    """What a folded word of that stem may begin with: the stem, or what stood where an ending was bent."""
    bent = (stem[:-1] + before for after, before in (("al", "ux"), ("y", "ie"), ("ic", "qu")) if stem.endswith(after))
    return (stem, *bent)


def _singular(word: str) -> str:
    if word.endswith("eaux"):
        return word[:-1]  # bureaux
    if word.endswith("aux"):
        return word[:-2] + "l"  # médicaux
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
