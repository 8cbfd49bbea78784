"""A small IMAP server on loopback, in a thread, that knows the commands a mailbox reader gives and misbehaves when told to."""

import re
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from typing import Any

UID = re.compile(r"^UID (\w+) (.*)$")


@dataclass
class Store:
    """What the server holds: folder → UID → message. `refuse` names commands that it answers with NO."""

    folders: dict[str, dict[int, bytes]] = field(default_factory=lambda: {"INBOX": {}})
    deleted: set[int] = field(default_factory=set)
    capabilities: str = "IMAP4rev1 MOVE UIDPLUS"
    refuse: tuple[str, ...] = ()
    hang_up_after: int | None = None  # commands
    seen: list[str] = field(default_factory=list)  # commands, without their tags

    def add(self, raw: bytes) -> None:
        uid = 1 + max((uid for folder in self.folders.values() for uid in folder), default=0)
        self.folders["INBOX"][uid] = raw


class ImapTestServer(socketserver.ThreadingTCPServer):
    """Serves `store` until the `with` block ends; with `tls`, over TLS from the first byte."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, store: Store, tls: ssl.SSLContext | None = None) -> None:
        self.store = store
        self.tls = tls
        super().__init__(("127.0.0.1", 0), _Session)
        self.port: int = self.server_address[1]

    def __enter__(self) -> "ImapTestServer":
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def get_request(self) -> Any:
        connection, address = super().get_request()
        return (self.tls.wrap_socket(connection, server_side=True) if self.tls else connection), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in the middle is what some tests want."""


class _Session(socketserver.StreamRequestHandler):
    server: ImapTestServer

    def handle(self) -> None:
        store = self.server.store
        self.say("* OK ready")
        for count, line in enumerate(iter(self.rfile.readline, b""), start=1):
            if store.hang_up_after is not None and count > store.hang_up_after:
                return
            tag, _, command = line.decode().strip().partition(" ")
            store.seen.append(command)
            if any(command.startswith(word) for word in store.refuse):
                self.say(f"{tag} NO not today")
                continue
            answer = self.answer(command)
            self.say(f"{tag} {answer}")
            if command == "LOGOUT":
                return

    def say(self, line: str | bytes) -> None:
        self.wfile.write((line.encode() if isinstance(line, str) else line) + b"\r\n")

    def answer(self, command: str) -> str:
        store = self.server.store
        verb = command.split(" ", maxsplit=1)[0]
        if verb == "CAPABILITY":
            self.say(f"* CAPABILITY {store.capabilities}")
        elif verb == "SELECT":
            if _name(command) not in store.folders:
                return "NO no such folder"
            self.say(f"* {len(store.folders['INBOX'])} EXISTS")
        elif verb == "LIST":
            if (name := _name(command)) in store.folders:
                self.say(f'* LIST () "." "{name}"')
        elif verb == "CREATE":
            store.folders[_name(command)] = {}
        elif verb == "STATUS":
            name = re.findall(r'"([^"]*)"', command)[0]
            self.say(f'* STATUS "{name}" (MESSAGES {len(store.folders[name])})')
        elif match := UID.match(command):
            return self.by_uid(match[1], match[2])
        return "OK done"

    def by_uid(self, verb: str, rest: str) -> str:
        store = self.server.store
        inbox = store.folders["INBOX"]
        if verb == "SEARCH":
            self.say("* SEARCH " + " ".join(str(uid) for uid in sorted(inbox) if uid not in store.deleted))
            return "OK done"
        uid = int(rest.split(" ", maxsplit=1)[0])
        if verb == "FETCH" and uid in inbox:
            if "SIZE" in rest:
                self.say(f"* 1 FETCH (UID {uid} RFC822.SIZE {len(inbox[uid])})")
            else:
                self.say(f"* 1 FETCH (UID {uid} BODY[] {{{len(inbox[uid])}}}".encode() + b"\r\n" + inbox[uid] + b")")
        elif verb in {"MOVE", "COPY"}:
            store.folders[_name(rest)][uid] = inbox[uid]
            if verb == "MOVE":
                del inbox[uid]
        elif verb == "STORE":
            store.deleted.add(uid)
        elif verb == "EXPUNGE":
            del inbox[uid]
        return "OK done"


def _name(command: str) -> str:
    return re.findall(r'"([^"]*)"', command)[-1]
