"""The program lines that filters offer, by key and name."""


def program_words() -> dict[str, str]:
    """Each program line's key and the name a person knows it by; empty until lines are known."""
    return {}


def program_aliases() -> dict[str, list[str]]:
    """Each program line's key and every name it goes by, for `program:` in saved searches."""
    return {}
