"""The first run: a configuration file that a person can read, and the secrets beside it. Done again, it changes only what is new."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api import configuration
from api.keys import add_vault_key, link_secret
from api.settings import Settings

# what a clinic is asked, in this order: setting → question
QUESTIONS: Mapping[str, str] = {
    "public_url": "Address under which people open the pages",
    "operator_email": "Mail address of whoever looks after this service",
    "smtp_host": "Mail relay (empty: alerts wait until there is one)",
    "smtp_port": "Its port",
    "smtp_security": "How the connection is protected (starttls, tls or none)",
    "smtp_username": "User name at the relay (empty: none is needed)",
    "smtp_password": "Password at the relay",
    "mail_from": "Sender of the mails",
    "mail_postal_address": "Postal address of the sender, which the law wants in every mail",
}
SECRETS = frozenset({"smtp_password"})
NEEDS_RELAY = frozenset({"smtp_port", "smtp_security", "smtp_username", "smtp_password", "mail_from", "mail_postal_address"})

HEADING = """\
# Settings of Bidkeeper. docs/operating.md describes each; a BIDKEEPER_… variable of the same name wins over this file.
# A name that ends in _file names a file (relative to this one) that holds the value.
"""


def prepare(folder: Path) -> None:
    """The data folder, for its owner only if it is new."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def configure(path: Path, values: Mapping[str, Any]) -> list[str]:
    """Write `values` into the configuration file and return the names that changed; other lines and comments stay.

    A secret goes into a file of its own beside it, mode 0600. Raises pydantic's ValidationError before anything is written.
    """
    Settings(data=path.parent, **values)
    held = configuration.read(path)
    plain: dict[str, Any] = {}
    for name, value in values.items():
        plain |= {f"{name}_file": _secret_file(path.parent, name, str(value))} if name in SECRETS else {name: value}
    changed = [name for name, value in plain.items() if held.get(name) != value]
    if changed or not path.exists():
        text = path.read_text("utf-8") if path.exists() else HEADING
        for name in changed:
            text = _with(text, name, plain[name])
        _replace(path, text)
    return changed


def secrets(settings: Settings) -> list[Path]:
    """Make what is missing: the secret that signs links, and the key that protects payee data; the files that are new."""
    made = []
    if not settings.secret.get_secret_value() and not (settings.data / "link-secret").exists():
        link_secret(settings)
        made.append(settings.data / "link-secret")
    if not settings.keys.exists():
        add_vault_key(settings.keys)
        made.append(settings.keys)
    return made


def _with(text: str, name: str, value: Any) -> str:
    # JSON's strings, numbers and booleans are TOML's too
    line = f"{name} = {json.dumps(value, ensure_ascii=False)}"
    pattern = re.compile(rf"^{re.escape(name)}\s*=.*$", re.MULTILINE)
    if pattern.search(text):
        return pattern.sub(lambda _: line, text, count=1)
    return f"{text.rstrip()}\n\n{line}\n" if text.strip() else f"{line}\n"


def _secret_file(folder: Path, name: str, value: str) -> str:
    relative = Path("secrets") / name
    path = folder / relative
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if not path.exists() or path.read_text("utf-8") != value:
        _replace(path, value)
    return relative.as_posix()


def _replace(path: Path, text: str) -> None:
    """Write the whole file or nothing, for its owner only."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
