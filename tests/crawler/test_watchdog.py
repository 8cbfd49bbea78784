"""A crawl process ends by itself when its parent is gone, and when it is not heard of in time."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable

import pytest

from crawler.watchdog import GONE

CHILD = "import sys, time; from crawler.watchdog import obey; obey(int(sys.argv[1]), float(sys.argv[2])); time.sleep(60)"


@pytest.fixture
def pipe() -> tuple[int, int]:
    return os.pipe()


def child(reading: int, patience: float) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", CHILD, str(reading), str(patience)], pass_fds=[reading])


def test_it_ends_with_its_parent(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    process = child(reading, 60)
    os.write(writing, b".")
    os.close(writing)
    assert process.wait(30) == GONE
    os.close(reading)


def test_it_ends_when_nothing_is_heard(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    assert child(reading, 0.05).wait(30) == GONE
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("ends", [os.pipe, lambda: tuple(one.detach() for one in reversed(socket.socketpair()))])
def test_it_ends_when_nobody_reads_what_it_writes(ends: Callable[[], tuple[int, int]]) -> None:
    reading, writing = ends()
    script = "import sys, time; from crawler.watchdog import end_with_reader; end_with_reader(int(sys.argv[1])); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", script, str(writing)], pass_fds=[writing])
    os.close(writing)
    os.close(reading)
    assert process.wait(30) == GONE
