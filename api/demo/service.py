"""The service and its neighbours as the demo runs them: free ports, servers in threads, `bidkeeper serve` as its own process."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

STOP_SECONDS = 15


def free_port(wanted: int = 0) -> int:
    """A loopback port nobody listens on at this moment: the one wanted if it is free."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return free_port()
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(app: Any, port: int) -> Iterator[str]:
    """An ASGI application on loopback while the block runs; gives its address. Raises RuntimeError when the port is taken."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False, lifespan="off"))
    thread = threading.Thread(target=server.run, name=f"served-{port}", daemon=True)
    thread.start()
    deadline = time.monotonic() + STOP_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError(f"nothing could listen on 127.0.0.1:{port}; is the port taken?")
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(STOP_SECONDS)


class Service:
    """`bidkeeper serve`, or another command that stays, as a process of its own; its log is in the data folder.

    The names of `settings` are without their prefix.
    """

    def __init__(self, data: Path, settings: dict[str, str], command: str = "serve") -> None:
        self.log = data / f"{command}.log"
        self._command = [sys.executable, "-m", "api", command]
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("BIDKEEPER_")}
        self._environment |= {f"BIDKEEPER_{name}": value for name, value in settings.items()} | {"BIDKEEPER_DATA": str(data)}
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as sink:
            return subprocess.Popen(  # noqa: S603 - our own command
                self._command, env=self._environment, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL
            )

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the process in this way; one that does not end in STOP_SECONDS is killed."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def restart(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it in this way and start it again."""
        self.stop(how)
        self.process = self._start()

    def last_words(self) -> str:
        """The last line of the service's log."""
        lines = self.log.read_text("utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"
