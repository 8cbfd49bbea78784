"""Portals on loopback that tests look at: each path is one answer, some of them hostile."""

import gzip
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Answer = tuple[int, Mapping[str, str], bytes]


def answer(body: bytes = b"", status: int = 200, media_type: str = "text/html; charset=utf-8", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"Content-Type": media_type, "Content-Length": str(len(body)), **named}, body


def bomb(size: int) -> Answer:
    return answer(gzip.compress(b"\0" * size), Content_Encoding="gzip")


@contextmanager
def portal(
    answers: Mapping[str, Answer | Callable[[BaseHTTPRequestHandler], Answer | None]], *, tls: Path | None = None
) -> Iterator["Portal"]:
    """A server on a free port of 127.0.0.1; gives its address and the requests it got, and stops by itself."""
    served = Portal(answers)
    server = ThreadingHTTPServer(("127.0.0.1", 0), served.handler())
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    served.address = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        served.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


class Portal:
    """What a portal answers and was asked: `asked` holds (method, path, headers, body)."""

    def __init__(self, answers: Mapping[str, Answer | Callable[[BaseHTTPRequestHandler], Answer | None]]) -> None:
        self.answers, self.address, self.over = answers, "", threading.Event()
        self.asked: list[tuple[str, str, Mapping[str, str], bytes]] = []

    def handler(self) -> type[BaseHTTPRequestHandler]:
        portal = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                pass

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                portal.asked.append((self.command, self.path, self.headers, body))
                found = portal.answers.get(self.path.split("?")[0], answer(b"", 404))
                said = found(self) if callable(found) else found
                if said is None:
                    self.close_connection = True
                    return
                status, headers, body = said
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 - the name that the base class calls

            def handle(self) -> None:
                with suppress(OSError):  # the client has had enough, which is what these tests want
                    super().handle()

        return Handler

    def drip(self, handler: BaseHTTPRequestHandler) -> None:
        """One byte now and then, for ever; ends with the test."""
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        while not self.over.wait(0.1):
            handler.wfile.write(b"x")

    def endless(self, handler: BaseHTTPRequestHandler) -> None:
        """A body without end, as fast as it is taken."""
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        while not self.over.is_set():
            handler.wfile.write(b"100000\r\n" + b"x" * 0x100000 + b"\r\n")
