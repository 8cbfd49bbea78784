"""Passwords: Argon2id, long enough, and a wrong address costs the same time as a wrong password."""

from functools import cache

from pwdlib import PasswordHash

SHORTEST, LONGEST = 12, 200


class WeakPassword(ValueError):
    """Raised for a password that nobody should rely on; the sentence says why."""


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys() -> str:
    """A hash that no password matches, for addresses that nobody has."""
    return _hasher().hash("\0nobody")


def hashed(password: str, *, address: str = "") -> str:
    """The PHC string to keep; raises WeakPassword."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPassword(
            f"A password has at least {SHORTEST} characters and at most {LONGEST}; a short sentence is a good one."
        )
    if (
        len(set(password)) < 5
        or password.casefold() in address.casefold()
        or (address and address.casefold() in password.casefold())
    ):
        raise WeakPassword("This password is too easy to guess: use a sentence that has nothing to do with your address.")
    return _hasher().hash(password)


def right(password: str, kept: str | None) -> bool:
    """Whether it is the password; takes as long when there is none."""
    matches = _hasher().verify(password[: LONGEST + 1], kept or _nobodys())
    return matches and kept is not None
