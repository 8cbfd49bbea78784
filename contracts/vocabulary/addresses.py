"""What an address must be before anything is asked of it: public, plainly written, http or https.

Every request of the crawler passes here, its redirects too, and so does every webhook. A name is checked by what it resolves to,
and the connection then goes to the very address that was checked (`crawler.network`, `notifier.channels.outward`), so an answer
that changes between the two can't help. Corpora: WHATWG URL standard §4.4, RFC 3986 §7.4, RFC 6052 (NAT64), RFC 3056 (6to4), RFC 6598.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Resolve = Callable[[str], Iterable[str]]

NAT64 = IPv6Network("64:ff9b::/96")
LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
TEREDO = IPv6Network("2001::/32")
PROTOCOLS = IPv4Network("192.0.0.0/24")  # IETF assignments, of which Python counts some as global
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
NUMBER = re.compile(r"0x[0-9a-f]*|\d+")


class Forbidden(Exception):
    """Raised by `check_url` for an address that is not asked; the sentence says which and why."""


def check_url(url: str, *, resolve: Resolve, allow_loopback: bool = False) -> tuple[Address, ...]:
    """The addresses behind a URL, every one of them permitted. `resolve` gives a name's addresses as text.

    Raises Forbidden for another scheme, a spelling that two readers could take differently, or any address that is not global
    (loopback counts as global only with `allow_loopback`). A resolver that knows nothing gives no address and raises nothing.
    """
    host = host_of(url)
    written = literal(host)
    addresses = (written,) if written is not None else tuple(ip_address(text.split("%")[0]) for text in resolve(host))
    for address in addresses:
        if not permitted(address, allow_loopback=allow_loopback):
            raise Forbidden(f"{host} is at {address}, inside the network or no single public host: it is never asked")
    return addresses


def host_of(url: str) -> str:
    """The host of a web address in small ASCII letters, without a trailing dot. Raises Forbidden for a doubtful spelling."""
    if any(c <= " " or c == "\x7f" for c in url) or "\\" in url:
        raise Forbidden("the address holds a space, a control character or a backslash")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Forbidden(f"the address can't be read ({error})") from error
    if parts.scheme not in {"http", "https"}:
        raise Forbidden(f'"{parts.scheme}:" is neither http nor https')
    if "@" in parts.netloc:
        raise Forbidden("the address holds a user name before its host")
    if port == 0 or "%" in host or not host:
        raise Forbidden(f'"{parts.netloc}" names no host and port')
    if parts.netloc.startswith("["):
        if not isinstance(literal(host), IPv6Address):
            raise Forbidden(f'"{parts.netloc}" is no address')
        return host
    host = unicodedata.normalize("NFKC", host).replace("\N{IDEOGRAPHIC FULL STOP}", ".").casefold().removesuffix(".")
    try:
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError as error:
        raise Forbidden(f'"{parts.netloc}" is no host name ({error})') from error
    if not all(LABEL.fullmatch(label) for label in host.split(".")):
        raise Forbidden(f'"{parts.netloc}" is no host name')
    return host


def literal(host: str) -> Address | None:
    """The address that a host spells out, in any spelling that `inet_aton` takes (octal, hexadecimal, fewer parts); else None.

    Raises Forbidden for what ends in a number and is no address: WHATWG calls it a failure, resolvers differ.
    """
    try:
        return ip_address(host)
    except ValueError:
        pass
    if ":" in host:
        raise Forbidden(f'"{host}" is no address')
    parts = host.split(".")
    if not NUMBER.fullmatch(parts[-1]):
        return None
    try:
        numbers = [_number(part) for part in parts]
    except ValueError as error:
        raise Forbidden(f'"{host}" is neither a name nor an address') from error
    if len(parts) > 4 or any(n > 255 for n in numbers[:-1]) or numbers[-1] >= 256 ** (5 - len(parts)):
        raise Forbidden(f'"{host}" is neither a name nor an address')
    return IPv4Address(sum(n << (24 - 8 * at) for at, n in enumerate(numbers[:-1])) + numbers[-1])


def permitted(address: Address, *, allow_loopback: bool = False) -> bool:
    """Whether an address may be asked: a single host of the public internet, whatever it is wrapped in."""
    if allow_loopback and address.is_loopback and (address.version == 4 or int(address) == 1):
        return True
    return all(_public(one) for one in unwrapped(address))


def unwrapped(address: Address) -> tuple[Address, ...]:
    """The address and each IPv4 address that it carries inside: mapped, compatible, NAT64, 6to4, ISATAP."""
    if isinstance(address, IPv4Address):
        return (address,)
    number, inner = int(address), IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped or address in NAT64:
        return (inner,)
    if number >> 32 == 0 and number > 1:
        return (address, inner)
    if address.sixtofour:
        return (address.sixtofour,)
    if (number >> 32) & 0xFDFFFFFF == 0x00005EFE:
        return (address, inner)
    return (address,)


def _public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and (address in TEREDO or address in LOCAL_NAT64 or address.is_site_local):
        return False
    if isinstance(address, IPv4Address) and address in PROTOCOLS:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _number(part: str) -> int:
    if not NUMBER.fullmatch(part):
        raise ValueError(part)
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8) if len(part) > 1 and part.startswith("0") else int(part)
