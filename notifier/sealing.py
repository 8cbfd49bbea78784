"""What is secret in a channel's settings, kept sealed: AES-256-GCM under a key made of the service's own secret (HKDF).

So a copy of the database alone gives away no address of a chat room and no password in it.
"""

import base64
import binascii
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12  # bytes, NIST SP 800-38D


class Unsealable(ValueError):
    """Raised by `unseal` for what was sealed under another secret, for something else, or changed since."""


def seal(text: str, *, secret: str, purpose: str) -> str:
    """`text` sealed; `purpose` says what it is, and must be said again to open it."""
    nonce = os.urandom(_NONCE)
    closed = AESGCM(_key(secret)).encrypt(nonce, text.encode(), purpose.encode())
    return base64.urlsafe_b64encode(nonce + closed).decode("ascii")


def unseal(sealed: str, *, secret: str, purpose: str) -> str:
    """What was sealed. Raises Unsealable."""
    try:
        raw = base64.urlsafe_b64decode(sealed)
        return AESGCM(_key(secret)).decrypt(raw[:_NONCE], raw[_NONCE:], purpose.encode()).decode()
    except (InvalidTag, ValueError, binascii.Error):
        raise Unsealable("this can't be opened with the secret of this service; enter it anew") from None


def derived(name: str, *, secret: str) -> bytes:
    """32 bytes that only this service can make, the same for the same name."""
    return hmac.new(_made_of(secret), name.encode(), hashlib.sha256).digest()


def _key(secret: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=b"bidkeeper.channels.1").derive(_made_of(secret))


def _made_of(secret: str) -> bytes:
    if not secret:
        raise ValueError("sealing needs a secret")
    return secret.encode()
