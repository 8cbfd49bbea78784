"""A minimal SMTP server in a process of its own that accepts everything, so that both sides of a measurement meet the same ceiling."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ANSWERS = {b"EHLO": b"250-sink\r\n250 PIPELINING\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}


@contextmanager
def running() -> Iterator[int]:
    """The port of a sink that lives while the block lasts."""
    ports: Any = multiprocessing.Queue()
    process = multiprocessing.Process(target=_serve, args=(ports,), daemon=True)
    process.start()
    try:
        yield ports.get(timeout=20)
    finally:
        process.terminate()
        process.join()


class _Server(asyncio.Protocol):
    def connection_made(self, transport: Any) -> None:
        self.transport, self.rest, self.in_text = transport, b"", False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.rest += data
        while True:
            if self.in_text:
                _, end, rest = self.rest.partition(b"\r\n.\r\n")
                if not end:
                    return
                self.rest, self.in_text = rest, False
                self.transport.write(b"250 2.0.0 kept\r\n")
                continue
            line, end, rest = self.rest.partition(b"\r\n")
            if not end:
                return
            self.rest = rest
            verb = line[:4].upper()
            self.in_text = verb == b"DATA"
            self.transport.write(ANSWERS.get(verb, b"250 ok\r\n"))


def _serve(ports: Any) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(_Server, "127.0.0.1", 0)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())
