"""Files read in a wrong encoding and written again: which of two texts is the right one, if that alone tells them apart.

A guessing reader takes UTF-8 for whatever its statistics suggest that day. Seen in one city's open data within two months:
Latin-1, GBK, Mac Roman and PT154, each over the whole file and some of them on top of one another.
"""

from collections import Counter
from collections.abc import Callable

# What a reader may take a UTF-8 file for, the frequent ones first.
ENCODINGS = [
    "latin-1", "cp1252", "gbk", "gb18030", "mac_roman", "cp1251", "ptcp154", "big5", "big5hkscs", "shift_jis", "cp932", "euc_jp",
    "euc_kr", "cp949", "johab", "iso8859_2", "cp1250", "iso8859_15", "iso8859_9", "cp1254", "cp437", "cp850", "cp852", "cp858",
    "mac_latin2", "mac_cyrillic", "mac_greek", "mac_turkish", "mac_iceland", "koi8_r", "koi8_u", "koi8_t", "kz1048", "cp866",
    "cp855", "iso8859_5", "iso8859_7", "cp1253", "cp737", "cp869", "iso8859_3", "iso8859_4", "iso8859_6", "iso8859_8", "cp1255",
    "cp1256", "cp1257", "cp1258", "cp720", "cp775", "cp857", "cp860", "cp861", "cp862", "cp863", "cp864", "cp865", "cp874",
    "tis_620", "iso8859_10", "iso8859_11", "iso8859_13", "iso8859_14", "iso8859_16", "hp_roman8", "cp1125", "cp1006", "cp856",
    "euc_jis_2004", "shift_jis_2004", "ascii",
]  # fmt: skip
_recent: list[str] = []  # a file is misread alike throughout: what explained the last text is tried first for the next


def right_of(one: str, other: str, *, key: Callable[[str], str]) -> str | None:
    """The right one of two texts that differ by a wrong decoding alone, else None; texts of one `key` say the same.

    The right one may be neither: then it is what both were before they were misread.
    """
    if not _comparable(one, other):
        return None
    for encoding in _ordered():
        for right, wrong in ((one, other), (other, one)):
            if (found := _undone(right, wrong, encoding, key)) is not None:
                _remember(encoding)
                return found
    for encoding in _ordered():
        for right, wrong in ((one, other), (other, one)):
            if _done_again(right, wrong, encoding, key):
                _remember(encoding)
                return right
    return None


def only_spoilt(one: str, other: str) -> bool:
    """Whether two texts differ only in words where letters may have been lost: those with other letters or a question mark.

    Weaker than `right_of`: true of a changed accent too. It means a wrong reading only when many texts differ so at once.
    """
    words = [[w for w in text.split() if w.isascii() and "?" not in w] for text in (one, other)]
    harmed = sum(not w.isascii() or "?" in w for text in (one, other) for w in text.split())
    apart = sum((Counter(words[0]) - Counter(words[1])).values()) + sum((Counter(words[1]) - Counter(words[0])).values())
    return harmed > 0 and apart <= harmed and min(map(len, words)) > apart


def reread(text: str, encoding: str) -> str | None:
    """The text as UTF-8, if it came about by reading UTF-8 in `encoding`; None where that can't be."""
    try:
        return text.encode(encoding).decode("utf-8")
    except UnicodeError:
        return None


def _comparable(one: str, other: str) -> bool:
    """Whether the plain words of one stand in the other, save as many as other letters may have spoilt."""
    words, others = set(one.split()), set(other.split())
    spoilt = 1 + sum(not word.isascii() for word in words | others)
    return sum(word.isascii() for word in words ^ others) <= spoilt


def _undone(right: str, wrong: str, encoding: str, key: Callable[[str], str]) -> str | None:
    """The right text if reading `wrong` again gives `right`, or what `right` too was before it was misread."""
    before = reread(wrong, encoding)
    if before is None or before == wrong:
        return None
    if key(before) == key(right):
        return right
    others = (*_recent, "latin-1", "cp1252", "mac_roman", "gbk", "cp437")
    return next((before for other in others if reread(right, other) == before), None)


def _done_again(right: str, wrong: str, encoding: str, key: Callable[[str], str]) -> bool:
    """Whether misreading `right`, once or on top of Latin-1, gives `wrong`: the way that also knows what got lost.

    One word is tried before the whole text, for nearly every encoding fails at it already.
    """
    word = max((word for word in right.split() if not word.isascii()), key=len, default="")
    if not word:
        return False
    goal = key(wrong)
    for layers in (1, 2):
        for errors in ("replace", "ignore"):
            if key(_misread(word, encoding, errors, layers)) in goal and key(_misread(right, encoding, errors, layers)) == goal:
                return True
    return False


def _misread(text: str, encoding: str, errors: str, layers: int) -> str:
    inner = text if layers == 1 else text.encode().decode("latin-1")
    return inner.encode("utf-8", "replace").decode(encoding, errors)


def _ordered() -> list[str]:
    return _recent + [name for name in ENCODINGS if name not in _recent]


def _remember(encoding: str) -> None:
    if _recent[:1] != [encoding]:
        _recent[:] = [encoding, *(name for name in _recent if name != encoding)][:3]
