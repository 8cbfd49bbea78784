"""Secrets that are files: the one that signs links in mails, made once, and the keys that wrap the payees' data keys."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from api.settings import Settings
from contracts import vault

FILE = "link-secret"


def link_secret(settings: Settings) -> str:
    """The secret of these settings; without one, that of the data folder, made at first use (43 characters, mode 0600).

    Two processes that make it at once end with the same one: the file is only ever created, never replaced.
    """
    return settings.secret.get_secret_value() or _kept(settings.data / FILE)


def _kept(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        if not path.exists():
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(32))
            with suppress(FileExistsError):  # another process was first
                path.hardlink_to(fresh)  # never half written
    finally:
        fresh.unlink(missing_ok=True)
    return path.read_text("ascii")


def add_vault_key(path: Path) -> str:
    """Add a key to the key file (made if it is missing, mode 0600) and make it the current one; its version."""
    path.parent.mkdir(parents=True, exist_ok=True)
    held = path.read_text("utf-8") if path.exists() else ""
    version = f"k{len([line for line in held.splitlines() if line.strip() and not line.startswith('#')]) + 1}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.write(("" if held.endswith("\n") or not held else "\n") + f"{version} {secrets.token_hex(vault.KEY)}\n")
        file.flush()
        os.fsync(file.fileno())
    return version
