"""Program lines: the services that come up for bidding every few years, under whatever name they go by then.

A line is a program with its names, and what took over from it: a posting of the *Customized Recovery and Return-to-Work
Program* is news for whoever watches Occupational Rehabilitation 2, its predecessor. The list is data (programs.toml).
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from crawler.items import Posting
from crawler.normalise import text_key

SHIPPED = Path(__file__).with_name("programs.toml")


@dataclass(frozen=True, slots=True)
class Program:
    """One program: `names` as written out, `aliases` as abbreviated, `successor` the key of what takes over from `since`."""

    key: str
    title: str
    names: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    page: str | None = None
    successor: str | None = None
    since: date | None = None
    broad: bool = False


@lru_cache(maxsize=1)
def programs() -> dict[str, Program]:
    """Every program by its key, in the order of the list."""
    found = {}
    for key, table in _tables().items():
        if isinstance(table, dict):
            values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
            found[key] = Program(key=key, **values)
    return found


def find(words: str) -> Program | None:
    """The program that a person means by its key, title, a name or an alias, whatever the case; None when there is none."""
    wanted = _folded(words)
    for program in programs().values():
        if wanted in {_folded(word) for word in (program.key, program.title, *program.names, *program.aliases)}:
            return program
    return None


def predecessors(key: str) -> tuple[str, ...]:
    """Keys of the programs that `key` took over from, near and far."""
    direct = [program.key for program in programs().values() if program.successor == key]
    return tuple(dict.fromkeys([*direct, *(far for near in direct for far in predecessors(near))]))


def lines_of(posting: Posting) -> tuple[str, ...]:
    """Keys of the lines that a posting belongs to: the programs it names, and those they took over from."""
    words = text_key(" \n ".join(filter(None, (posting.title, posting.description, posting.number))))
    named = _named(words)
    if not named:
        return ()
    boards = _pattern(tuple(_tables()["board"]), ignore_case=True)
    board = bool(boards.search(words) or boards.search(text_key(posting.buyer or "")))
    keys = [key for key in named if board or not programs()[key].broad]
    return followed(keys)


def followed(keys: Iterable[str]) -> tuple[str, ...]:
    """These lines and those they took over from: whoever watches one of the latter hears of the former."""
    named = list(keys)
    return tuple(dict.fromkeys([*named, *(old for key in named for old in predecessors(key))]))


@lru_cache(maxsize=1)
def _tables() -> dict[str, Any]:
    return tomllib.loads(SHIPPED.read_text("utf-8"))


def _named(words: str) -> list[str]:
    lower = words.lower()
    near = [program for program in programs().values() if any(cue in lower for cue in _cues(program.key))]
    return [
        program.key
        for program in near
        if _pattern(program.names, ignore_case=True).search(words)
        or (program.aliases and _pattern(program.aliases, ignore_case=False).search(words))
    ]


@lru_cache(maxsize=256)
def _cues(key: str) -> tuple[str, ...]:
    """The longest word of each name: where none of them stands the program is not named, and that is quickly seen."""
    program = programs()[key]
    longest = (max(re.findall(r"\w+", text_key(name).lower()), key=len) for name in (*program.names, *program.aliases))
    return tuple(dict.fromkeys(longest))


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...], *, ignore_case: bool) -> re.Pattern[str]:
    """One pattern for any of the words as whole words, hyphens and spaces in them interchangeable."""
    any_of = "|".join(re.escape(text_key(word)).replace(r"\ ", r"[\s-]+").replace(r"\-", r"[\s-]*") for word in words)
    return re.compile(rf"(?<![\w-])(?:{any_of})(?![\w])", re.IGNORECASE if ignore_case else 0)


def _folded(words: str) -> str:
    return re.sub(r"[\W_]+", "", words).casefold()
