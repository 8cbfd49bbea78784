"""The tutorial's commands, run one block after the other as they are printed, end with the mail in the reader's hands."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.demo.service import free_port

ROOT = Path(__file__).parent.parent.parent
BLOCK = re.compile(r"^```sh( background)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATIENCE = 60  # seconds; far more than the mail takes


class Shell:
    """A reader's terminals: one folder, one environment, blocks in order."""

    def __init__(self, folder: Path, ports: dict[str, str]) -> None:
        self.folder, self.ports = folder, ports
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("BIDKEEPER_")}
        self.environment |= {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "BIDKEEPER_DATA": "first",
            "COLUMNS": "160",
        }
        self.running: list[tuple[subprocess.Popen[str], Path]] = []

    def block(self, text: str) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.moved(text)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, text + done.stdout + done.stderr
        return done.stdout

    def start(self, text: str) -> None:
        log = self.folder / f"background-{len(self.running)}.log"
        with log.open("w") as output:
            words = ["bash", "-euc", self.moved(text)]
            environment = self.environment | {"PYTHONUNBUFFERED": "1"}
            process = subprocess.Popen(
                words, cwd=self.folder, env=environment, stdout=output, stderr=output, text=True, start_new_session=True
            )
        self.running.append((process, log))

    def moved(self, text: str) -> str:
        """The block with ports that are free here."""
        for printed, free in self.ports.items():
            text = text.replace(printed, free)
        return text

    def stop(self) -> None:
        for process, _ in self.running:
            os.killpg(process.pid, signal.SIGTERM)
        for process, _ in self.running:
            process.wait(30)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(tmp_path, {"8025": str(free_port()), "8000": str(free_port())})
    yield shell
    shell.stop()


def test_the_tutorial_ends_with_the_alert(shell: Shell) -> None:
    blocks = BLOCK.findall((ROOT / "docs" / "tutorial.md").read_text("utf-8"))
    *before, (_, last) = blocks
    said = []
    for background, text in before:
        if background:
            shell.start(text)
        else:
            said.append(shell.block(text))
    assert "Snow removal" in said[1]
    assert "queued" in said[3]
    deadline = time.monotonic() + PATIENCE
    while "you@clinic.example" not in (sent := shell.block(last)):
        assert time.monotonic() < deadline, sent + "".join(log.read_text() for _, log in shell.running)
    assert "Occupational Rehabilitation 2 Services" in shell.running[0][1].read_text("utf-8")
