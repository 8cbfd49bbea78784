"""Given names, in the spellings met in British Columbia."""

from functools import cache
from pathlib import Path


@cache
def given_names() -> frozenset[str]:
    """Given names, folded, that are hardly ever another word at the beginning of a sentence."""
    return frozenset((Path(__file__).parent / "given_names.txt").read_text("utf-8").split())
