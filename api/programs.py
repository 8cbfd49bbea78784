"""The program lines by key: the name a person knows each by, and every name it goes by."""

from crawler.programs import programs


def program_words() -> dict[str, str]:
    """Each program line's key and the name a person knows it by."""
    return {key: line.title for key, line in programs().items()}


def program_aliases() -> dict[str, tuple[str, ...]]:
    """Each program line's key and every name it goes by, for `program:` in saved searches and for the mails."""
    return {key: tuple(dict.fromkeys((line.title, *line.names, *line.aliases))) for key, line in programs().items()}
