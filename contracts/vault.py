"""Fields that must stay secret: envelope encryption, bound to where they stand, findable only whole, shown only masked.

Each payee has a data key of its own. It is wrapped by a key of the key ring, which lives outside the database and is
handed in; without the ring the ciphertext says nothing, and without its data key a payee is erased for good. AES-256-GCM
takes `table|row|field|version` as associated data, so that ciphertext moved to another row or field does not open.
"""

import hmac
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY = 32  # bytes
NONCE = 12  # bytes
SHOWN = 3  # digits at the end that a masked account shows


class VaultError(Exception):
    """Raised when a secret can't be opened; the text never holds any of it."""


class WrongKey(VaultError):
    """Raised when the key ring lacks the key, or holds another under its name."""


class Moved(VaultError):
    """Raised when ciphertext does not belong where it stands: moved, swapped or changed."""


class Erased(VaultError):
    """Raised when the data key was destroyed: nobody can open the secret any more."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys that wrap data keys, by version; new data keys are wrapped by `current`. Kept outside the database."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise WrongKey(f"the key ring holds no key “{self.current}”")
        if any(len(key) != KEY for key in self.keys.values()):
            raise WrongKey(f"a key of the ring is not {KEY} bytes long")

    @classmethod
    def parse(cls, content: str) -> Self:
        """A ring from lines "version hex-key", the last one current; blank lines and lines beginning with # are left out.

        Raises WrongKey, naming the line and never its content.
        """
        keys: dict[str, bytes] = {}
        for number, line in enumerate(content.splitlines(), start=1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            version, _, digits = line.strip().partition(" ")
            try:
                keys[version] = bytes.fromhex(digits.strip())
            except ValueError:
                raise WrongKey(f"line {number} of the key ring is not “version hex-key”") from None
        if not keys:
            raise WrongKey("the key ring is empty")
        return cls(current=list(keys)[-1], keys=keys)

    def key(self, version: str) -> bytes:
        try:
            return self.keys[version]
        except KeyError:
            raise WrongKey(f"the key ring holds no key “{version}”: use the ring this data was written with") from None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret stands; ciphertext opens nowhere else."""

    organisation_id: int
    table: str
    row: int
    field: str
    version: int

    @property
    def bound(self) -> bytes:
        return f"{self.organisation_id}|{self.table}|{self.row}|{self.field}|{self.version}".encode()


def new_data_key(ring: KeyRing, *, owner: str, random: Callable[[int], bytes] = os.urandom) -> tuple[bytes, str]:
    """A fresh data key, wrapped for `owner` ("organisation|payee"), and the version of the key that wraps it."""
    return _seal(ring.key(ring.current), random(KEY), f"data-key|{owner}".encode(), random), ring.current


def open_data_key(ring: KeyRing, wrapped: bytes | None, version: str | None, *, owner: str) -> bytes:
    """The data key; raises Erased, WrongKey."""
    if wrapped is None or version is None:
        raise Erased("this payee was erased: its bank details can't be read any more")
    try:
        return _open(ring.key(version), wrapped, f"data-key|{owner}".encode())
    except InvalidTag:
        raise WrongKey(f"key “{version}” of the ring does not open this payee's data key") from None


def rewrap(
    ring: KeyRing, wrapped: bytes, version: str, *, owner: str, random: Callable[[int], bytes] = os.urandom
) -> tuple[bytes, str]:
    """The same data key under the ring's current key: what rotation does, without touching the secrets."""
    data_key = open_data_key(ring, wrapped, version, owner=owner)
    return _seal(ring.key(ring.current), data_key, f"data-key|{owner}".encode(), random), ring.current


def seal(data_key: bytes, secret: str, place: Place, *, random: Callable[[int], bytes] = os.urandom) -> bytes:
    """The secret as ciphertext that opens at `place` only."""
    return _seal(data_key, secret.encode(), place.bound, random)


def unseal(data_key: bytes, ciphertext: bytes, place: Place) -> str:
    """The secret that stands at `place`; raises Moved."""
    try:
        return _open(data_key, ciphertext, place.bound).decode()
    except InvalidTag:
        raise Moved(f"the ciphertext of {place.table} {place.row}, {place.field}, was moved or changed") from None


def blind_index(ring: KeyRing, account: str, *, organisation_id: int, version: str | None = None) -> str:
    """A fingerprint of a whole account (institution, transit and number), for finding the same one again in one organisation.

    It hangs on one key of the ring, the current one unless `version` is given; no part of an account has one.
    """
    info = f"blind index|{organisation_id}".encode()
    key = HKDF(SHA256(), KEY, salt=None, info=info).derive(ring.key(version or ring.current))
    return hmac.new(key, account.encode(), "sha256").hexdigest()


def masked(secret: str) -> str:
    """What may be shown: the last three characters; a short secret shows none."""
    return "•" * max(len(secret) - SHOWN, SHOWN) + (secret[-SHOWN:] if len(secret) > 2 * SHOWN else "")


def _seal(key: bytes, secret: bytes, bound: bytes, random: Callable[[int], bytes]) -> bytes:
    nonce = random(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, secret, bound)


def _open(key: bytes, ciphertext: bytes, bound: bytes) -> bytes:
    if len(ciphertext) <= NONCE:
        raise InvalidTag
    return AESGCM(key).decrypt(ciphertext[:NONCE], ciphertext[NONCE:], bound)
