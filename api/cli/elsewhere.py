"""Whether a command line is for a service elsewhere; what asks it (remote.py) is loaded only then, since it takes a while."""

import argparse
import os
from collections.abc import Mapping, Sequence

REMOTE, KEY = "BIDKEEPER_REMOTE", "BIDKEEPER_REMOTE_KEY"


def wanted(words: Sequence[str], environment: Mapping[str, str] = os.environ) -> tuple[str, str, list[str]] | None:
    """The service, the key and the command of a command line that names a service; None for one that works here."""
    known = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    known.add_argument("--remote", default=environment.get(REMOTE))
    found, rest = known.parse_known_args(list(words))
    if not found.remote:
        return None
    known.add_argument("--key", default=environment.get(KEY, ""))
    found, rest = known.parse_known_args(list(words))
    return found.remote, found.key, rest
