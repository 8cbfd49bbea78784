"""The settings in use and where each comes from, without secrets: what a person sends along with a question about their service."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from api.configuration import PREFIX, configuration_file, read
from api.settings import Settings

HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: what it is, and what said so."""

    name: str
    value: str
    origin: str


def dump(settings: Settings, *, environment: Mapping[str, str] = os.environ) -> Iterator[Setting]:
    """Every setting by name. A secret that is set shows as `***`, and so does the password in an address."""
    path = configuration_file({"data": settings.data})
    held = read(path)
    for name in sorted(Settings.model_fields):
        variable = f"{PREFIX}{name.upper()}"
        origins = (
            (variable in environment, variable),
            (f"{variable}_FILE" in environment and f"{name}_file" not in Settings.model_fields, f"{variable}_FILE"),
            (name in held or f"{name}_file" in held, str(path)),
        )
        origin = next((where for found, where in origins if found), "default")
        yield Setting(name, _shown(getattr(settings, name)), origin)


def _shown(value: Any) -> str:
    if isinstance(value, SecretStr):
        return HIDDEN if value.get_secret_value() else ""
    if value is None:
        return ""
    text = str(value)
    return _without_password(text) if "://" in text else text


def _without_password(address: str) -> str:
    try:
        return make_url(address).render_as_string(hide_password=True)
    except ArgumentError:
        return HIDDEN
