"""The virus scanner of the installation: a command that gets a file's path and answers by its exit status.

0 is clean and 1 is infected, as of `clamdscan --no-summary --fdpass`; anything else, and no command at all, leaves the file
unscanned, which is said wherever the file is shown.
"""

import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

LONGEST = 120.0  # seconds that one file may take
NO_SCANNER = "no virus scanner is set up"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the scanner said: `state` is clean, infected or unscanned; `note` its words, or why it said nothing."""

    state: str
    note: str = ""


def scan(command: str, path: Path, *, timeout: float = LONGEST) -> Verdict:
    """Run the scanner on a file; whatever happens is a verdict."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        return Verdict("unscanned", f"the scanner's command can't be read ({error})")
    if not words:
        return Verdict("unscanned", NO_SCANNER)
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command, no shell between
            [*words, str(path)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
            env={name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
        )
    except subprocess.TimeoutExpired:
        return Verdict("unscanned", f"the scanner had not finished after {timeout:g} seconds")
    except OSError as error:
        return Verdict("unscanned", f"the scanner {words[0]} can't be started ({error.strerror})")
    said = " ".join((done.stdout or done.stderr).decode("utf-8", "replace").split())[:300]
    if done.returncode in {0, 1}:
        return Verdict("infected" if done.returncode else "clean", said)
    return Verdict("unscanned", f"the scanner ended with status {done.returncode}: {said}")
