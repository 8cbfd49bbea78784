"""A mailbox on an IMAP server (RFC 9051 and 3501), over TLS unless it stands on this machine."""

import imaplib
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from notifier.mailbox.places import DONE, KEPT, MOST_BYTES, Found, MailboxTrouble, too_large

_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_MESSAGES = re.compile(rb"MESSAGES (\d+)")
_TROUBLE = (imaplib.IMAP4.error, OSError, ValueError)  # ValueError: a name or password that the protocol can't carry


@dataclass(frozen=True, slots=True)
class ImapServer:
    """Where the mailbox is and how to sign in; `timeout` in seconds."""

    host: str
    port: int = 993
    security: Literal["tls", "starttls", "none"] = "tls"
    username: str = ""
    password: str = field(default="", repr=False)
    folder: str = "INBOX"
    timeout: float = 30.0
    tls: ssl.SSLContext | None = field(default=None, repr=False)


class Imap:
    """See `Mailbox`. Messages are named by their UID and read without marking them as seen."""

    def __init__(self, server: ImapServer) -> None:
        """Sign in and open the folder; raises MailboxTrouble."""
        self.server = server
        self._folders: dict[str, str] = {}
        self.client = self._tried(lambda: _CONNECT[server.security](server), "can't be reached")
        try:
            self._tried(lambda: self.client.login(server.username, server.password), "refused the name or password")
            self._done(lambda: self.client.select(_quoted(server.folder)), f"has no folder {server.folder}")
        except MailboxTrouble:
            self.close()
            raise

    def waiting(self) -> Iterator[Found]:
        """See `Mailbox.waiting`."""
        (found,) = self._done(lambda: self.client.uid("SEARCH", "UNDELETED"), "does not search")[:1]
        for name in (found or b"").decode("ascii", "replace").split():
            if (one := self._found(name)) is not None:
                yield one

    def settle(self, name: str, *, taken: bool) -> None:
        """See `Mailbox.settle`. Where the server can neither move nor expunge one message alone, it stays marked as deleted."""
        folder = _quoted(self._folder(DONE if taken else KEPT))
        if "MOVE" in self.client.capabilities:
            self._done(lambda: self.client.uid("MOVE", name, folder), "does not move a message")
            return
        self._done(lambda: self.client.uid("COPY", name, folder), "does not copy a message")
        self._done(lambda: self.client.uid("STORE", name, "+FLAGS.SILENT", r"(\Deleted)"), "does not mark a message")
        if "UIDPLUS" in self.client.capabilities:
            self._done(lambda: self.client.uid("EXPUNGE", name), "does not remove a message")

    def kept(self) -> int:
        """See `Mailbox.kept`."""
        folder = _quoted(self._folder(KEPT))
        answer = self._done(lambda: self.client.status(folder, "(MESSAGES)"), f"does not count {KEPT}")
        found = _MESSAGES.search(answer[0] or b"")
        return int(found[1]) if found else 0

    def close(self) -> None:
        """See `Mailbox.close`."""
        try:
            self.client.logout()
        except _TROUBLE:
            self.client.shutdown()

    def _found(self, name: str) -> Found | None:
        """The message of this UID; None when it went away meanwhile."""
        answer = self._done(lambda: self.client.uid("FETCH", name, "(RFC822.SIZE)"), "does not say how long a message is")
        size = _SIZE.search(b" ".join(part if isinstance(part, bytes) else b" ".join(part) for part in answer if part))
        if size is None:
            return None
        if int(size[1]) > MOST_BYTES:
            return Found(name, None, too_large(int(size[1])))
        answer = self._done(lambda: self.client.uid("FETCH", name, "(BODY.PEEK[])"), "does not hand a message out")
        return next((Found(name, bytes(part[1])) for part in answer if isinstance(part, tuple)), None)

    def _folder(self, name: str) -> str:
        """A folder's full name, made where it is missing; servers differ in whether folders stand beside the inbox or in it."""
        if name not in self._folders:
            self._folders[name] = next(filter(self._stands, (name, f"INBOX.{name}", f"INBOX/{name}")), "")
        if not self._folders[name]:
            raise MailboxTrouble(f"{self._where} lets nobody make the folder {name}: make it by hand")
        return self._folders[name]

    def _stands(self, name: str) -> bool:
        listed = self._tried(lambda: self.client.list('""', _quoted(name)), "does not list its folders")
        if listed[0] == "OK" and listed[1] and listed[1][0] is not None:
            return True
        return bool(self._tried(lambda: self.client.create(_quoted(name)), "does not make a folder")[0] == "OK")

    def _done(self, act: Callable[[], Any], otherwise: str) -> list[Any]:
        """The data of an answer that says OK."""
        status, data = self._tried(act, otherwise)
        if status != "OK":
            raise MailboxTrouble(f"{self._where} {otherwise}: {_words(data)}")
        return list(data)

    def _tried(self, act: Callable[[], Any], otherwise: str) -> Any:
        try:
            return act()
        except _TROUBLE as error:
            raise MailboxTrouble(f"{self._where} {otherwise}: {_words(list(error.args))}") from None

    @property
    def _where(self) -> str:
        return f"the mailbox at {self.server.host}:{self.server.port}"


def _over_tls(server: ImapServer) -> imaplib.IMAP4:
    return imaplib.IMAP4_SSL(server.host, server.port, ssl_context=_context(server), timeout=server.timeout)


def _then_tls(server: ImapServer) -> imaplib.IMAP4:
    client = imaplib.IMAP4(server.host, server.port, timeout=server.timeout)
    try:
        client.starttls(_context(server))
    except BaseException:
        client.shutdown()
        raise
    return client


def _plain(server: ImapServer) -> imaplib.IMAP4:
    return imaplib.IMAP4(server.host, server.port, timeout=server.timeout)


_CONNECT: dict[str, Callable[[ImapServer], imaplib.IMAP4]] = {"tls": _over_tls, "starttls": _then_tls, "none": _plain}


def _context(server: ImapServer) -> ssl.SSLContext:
    return server.tls or ssl.create_default_context()


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _words(data: list[Any]) -> str:
    text = " ".join(part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part) for part in data if part)
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:300] or "no reason was given"
