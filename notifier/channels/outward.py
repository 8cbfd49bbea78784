"""Connections to addresses that somebody typed: only to the public internet, and to the very address that was checked."""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from socket import IPPROTO_TCP, gaierror, getaddrinfo
from typing import Any
from urllib.parse import urlsplit

from contracts.vocabulary.addresses import Forbidden, check_url, host_of, permitted

Resolve = Callable[[str], Iterable[str]]


class Unknown(Exception):
    """Raised by `pinned` for a host that no name server knows just now."""


def resolve(host: str) -> list[str]:
    """Every address of a host, as the system's resolver gives them; none when it knows none."""
    try:
        return list(dict.fromkeys(str(found[4][0]) for found in getaddrinfo(host, None, proto=IPPROTO_TCP)))
    except (gaierror, UnicodeError):
        return []


def pinned(url: str, *, resolve: Resolve = resolve, allow_loopback: bool = False) -> tuple[str, dict[str, str], str]:
    """The URL with the checked address in place of its host, the Host header and the name that TLS must prove.

    Raises Forbidden for what is not public, Unknown for a host without an address.
    """
    addresses = check_url(url, resolve=resolve, allow_loopback=allow_loopback)
    if not addresses:
        raise Unknown(f"{host_of(url)} is known to no name server")
    parts, host = urlsplit(url), host_of(url)
    address = f"[{addresses[0]}]" if addresses[0].version == 6 else str(addresses[0])
    port = f":{parts.port}" if parts.port else ""
    name = f"[{host}]" if ":" in host else host
    return parts._replace(netloc=f"{address}{port}", fragment="").geturl(), {"Host": f"{name}{port}"}, host


_here = threading.local()
_installed = threading.Lock()


@contextmanager
def only_outward(*, allow_loopback: bool = False) -> Iterator[None]:
    """Within this block, connections that this thread opens may lead to public addresses only, whatever library opens them.

    For libraries that look names up and follow redirects by themselves. The interpreter's audit hook sees each address
    when it is connected to, so neither a redirect nor a second answer of a name server gets round it.
    """
    if _installed.acquire(blocking=False):  # once a process, and never given back: hooks can't be taken out
        sys.addaudithook(_look_at)
    _here.rule = allow_loopback
    try:
        yield
    finally:
        del _here.rule


def _look_at(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect" or not hasattr(_here, "rule"):
        return
    address = arguments[1]
    host = address[0] if isinstance(address, tuple) else ""
    try:
        allowed = permitted(ip_address(str(host).split("%")[0]), allow_loopback=_here.rule)
    except ValueError:
        allowed = False  # a file, or a name that would be looked up out of our sight
    if not allowed:
        raise ConnectionRefusedError(f"{host or 'a local socket'} is inside the network: it is never asked")


__all__ = ["Forbidden", "Resolve", "Unknown", "only_outward", "pinned", "resolve"]
