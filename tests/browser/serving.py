"""An application on a free port of this machine, in a thread of its own."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI


@contextmanager
def served(make: Callable[[str], FastAPI], *, name: str = "127.0.0.1") -> Iterator[str]:
    """The address under which what `make` builds for it answers; it stops with the block."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    url = f"http://{name}:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(make(url), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield url
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
