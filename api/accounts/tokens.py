"""Secrets that are shown once and kept as digests: session tokens, one-time links, API keys.

They are 256 random bits, so a plain SHA-256 protects them; only what people choose (passwords.py) needs a slow hash.
"""

import hashlib
import secrets
import zlib

KEY_MARK = "bk"


def new() -> str:
    """A fresh secret, 43 characters that may stand in an address."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of it, 64 hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_key() -> tuple[str, str, str]:
    """A fresh API key: the whole of it, its public prefix, and the digest to keep.

    It reads `bk_<prefix>_<secret>_<checksum>`: scanners of leaked secrets know it by its mark, and the checksum tells a
    mistyped key apart without asking the database.
    """
    prefix, secret = secrets.token_hex(4), secrets.token_hex(32)
    body = f"{KEY_MARK}_{prefix}_{secret}"
    return f"{body}_{_checksum(body)}", prefix, digest(secret)


def read_key(key: str) -> tuple[str, str] | None:
    """The prefix and the secret's digest of a well-formed key, None for anything else."""
    body, _, checksum = key.rpartition("_")
    parts = body.split("_")
    if len(parts) != 3 or parts[0] != KEY_MARK or not key.isascii() or checksum != _checksum(body):
        return None
    return parts[1], digest(parts[2])


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
