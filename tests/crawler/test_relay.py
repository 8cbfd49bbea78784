"""A crawl process behind a socket, as a service manager starts it, gives what a child of our own gives."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from contracts.vocabulary import Health
from crawler.child import environment
from crawler.process import through
from tests.crawler.portals import answer, portal
from tests.crawler.test_process import listed, looks, page


@pytest.fixture
def manager() -> Iterator[Path]:
    """Listens as systemd does with Accept=yes: for each connection a crawl process whose standard input and output it is."""
    with TemporaryDirectory(prefix="crawl") as folder, socket.socket(socket.AF_UNIX) as listening:
        address = Path(folder) / "crawl.sock"  # a socket's path is short; pytest's folders are not
        listening.bind(str(address))
        listening.listen()

        def serve() -> None:
            while True:
                try:
                    line, _ = listening.accept()
                except OSError:
                    return
                with line:
                    subprocess.run([sys.executable, "-m", "crawler"], stdin=line, stdout=line, env=environment({}), check=False)

        thread = threading.Thread(target=serve)
        thread.start()
        yield address
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(30)


def test_a_look_through_the_socket_is_the_look_of_a_child(manager: Path, tmp_path: Path) -> None:
    with portal({"/list": answer(page("Paint", "Gravel"))}) as board:
        found = looks([listed("board", f"{board.address}/list")], tmp_path, command=through(manager))
        assert found["board"].trouble is None
        assert [posting.title for posting in found["board"].postings] == ["Paint", "Gravel"]


def test_a_socket_that_nobody_listens_at_is_the_sources_trouble(tmp_path: Path) -> None:
    found = looks([listed("board", "https://board.example/list")], tmp_path, command=through(tmp_path / "none"))
    state, reason = found["board"].trouble or (None, "")
    assert state is Health.UNREACHABLE
    assert "bidkeeper-crawl.socket" in reason
