"""A newcomer's first hour, recorded: a fresh user with an empty home and a bare clone does what the README and the manual say.

    python -m tests.docs.newcomer --user visitor --write docs/newcomer.md        (as root: makes the user, and removes it afterwards)
    python -m tests.docs.newcomer                                                 (as yourself, in an empty home of its own)

Each command is run by a shell that knows nothing but where programs stand; what it prints and its exit status are recorded as they are,
but for the name of the home, and for long answers, which are cut in the middle.
"""

import argparse
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
CARRIED = re.compile(r"PIP_\w+|SSL_CERT_\w+|HTTPS?_PROXY|NO_PROXY", re.IGNORECASE)  # how this machine reaches its packages
COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
ONCE = re.compile(r"/sign-in/link/\S+")  # lets in whoever comes first
LONGEST = 40  # lines of an answer that are shown

STEPS = (
    ("Get it", "git clone --quiet bidkeeper.git bidkeeper", "."),
    ("What can be done here?", "make help", "bidkeeper"),
    ("Install it", "make install", "bidkeeper"),
    ("See it work", ".venv/bin/bidkeeper demo --once", "bidkeeper"),
    (
        "Set it up",
        ".venv/bin/bidkeeper init --no-ask --owner you@clinic.example --operator-email you@clinic.example",
        "bidkeeper",
    ),
    ("What is still lacking?", ".venv/bin/bidkeeper doctor || true", "bidkeeper"),
    ("What is watched?", ".venv/bin/bidkeeper sources list", "bidkeeper"),
    ("Be told", ".venv/bin/bidkeeper subscribe you@clinic.example --query program:OR2", "bidkeeper"),
    ("Put a contract on file", ".venv/bin/bidkeeper contracts add tests/samples/contracts/agreement.txt", "bidkeeper"),
    ("Ask it something", '.venv/bin/bidkeeper contracts ask "how long do we have to send the discharge report"', "bidkeeper"),
    ("Ask who can help", '.venv/bin/bidkeeper ask "our invoice was rejected"', "bidkeeper"),
    (
        "Run it for a quarter of a minute",
        "timeout --foreground --signal INT 15 .venv/bin/bidkeeper serve --port 0 || true",
        "bidkeeper",
    ),
    ("Save it", ".venv/bin/bidkeeper backup backups", "bidkeeper"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """One command as it went."""

    title: str
    command: str
    output: str
    status: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who runs the commands, and where; `name` is empty for whoever runs this."""

    home: Path
    name: str = ""

    def does(self, title: str, command: str, folder: str) -> Told:
        environment = {"HOME": str(self.home), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "COLUMNS": "110"}
        environment |= {name: value for name, value in os.environ.items() if CARRIED.fullmatch(name)}
        began = time.monotonic()
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.home / folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=1_200,
            check=False,
            **({"user": self.name, "group": self.name, "extra_groups": []} if self.name else {}),
        )
        return Told(title, command, self._shown(done.stdout), done.returncode, time.monotonic() - began)

    def _shown(self, output: str) -> str:
        """What was printed, without colours, and with the home named as people name it."""
        output = ONCE.sub("/sign-in/link/…", COLOURS.sub("", output)).replace(str(self.home), "~")
        lines = [line.rstrip() for line in output.splitlines()]
        if len(lines) > LONGEST:
            lines = [*lines[: LONGEST - 5], f"… {len(lines) - LONGEST} lines …", *lines[-5:]]
        return "\n".join(lines)


@contextmanager
def newcomer(name: str) -> Iterator[Newcomer]:
    """An empty home with a bare clone in it, owned by a user of that name who is made for it; or by nobody new."""
    with tempfile.TemporaryDirectory(prefix="newcomer-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        if name:
            Path(folder).chmod(0o755)
            subprocess.run(["useradd", "--no-create-home", "--home-dir", str(home), "--user-group", name], check=True)
        try:
            subprocess.run(["git", "clone", "--quiet", "--bare", str(ROOT), str(home / "bidkeeper.git")], check=True)
            if name:
                _give(home, name)
            yield Newcomer(home, name)
        finally:
            if name:
                subprocess.run(["userdel", name], check=True)


def _give(home: Path, name: str) -> None:
    owner = pwd.getpwnam(name)
    for path in (home, *home.rglob("*")):
        shutil.chown(path, owner.pw_uid, owner.pw_gid)


def page(told: list[Told]) -> str:
    """The manual's page."""
    lines = [
        "# A newcomer's transcript",
        "",
        "What a fresh user with an empty home sees, from the clone to a saved installation. `python -m tests.docs.newcomer` records it",
        f"again; this is of {datetime.now(UTC):%Y-%m-%d}, Python {'.'.join(map(str, sys.version_info[:2]))}. Long answers are cut in the middle.",
    ]
    for one in told:
        lines += [
            "",
            f"## {one.title}",
            "",
            "```",
            f"$ {one.command}",
            one.output,
            "```",
            "",
            f"{one.seconds:.0f} s, exit status {one.status}.",
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--user", default="", help="make a user of this name for it (as root)")
    parser.add_argument("--write", type=Path, help="page to write")
    chosen = parser.parse_args()
    told = []
    with newcomer(chosen.user) as somebody:
        for step in STEPS:
            told.append(somebody.does(*step))
            print(f"$ {told[-1].command}\n{told[-1].output}\n[{told[-1].status}] {told[-1].seconds:.0f} s\n", flush=True)
            if told[-1].status:
                break
    if chosen.write:
        chosen.write.write_text(page(told), "utf-8")
    sys.exit(told[-1].status)


if __name__ == "__main__":
    main()
