"""Where settings may stand: `bidkeeper.toml` in the data folder, and files that hold one secret each.

A variable wins over the file. In both, `NAME_FILE` (in the TOML `name_file`) is the path of a file that holds the value, so that a
secret need not stand among the rest.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

PREFIX = "BIDKEEPER_"
FILE = "bidkeeper.toml"


class ConfigurationUnreadable(Exception):
    """Raised for a configuration or secret file that can't be used; the sentence names the file and what to do."""


class VariableFiles(PydanticBaseSettingsSource):
    """The values of the files that `BIDKEEPER_…_FILE` variables name."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = f"{PREFIX}{field_name.upper()}_FILE"
        path = os.environ.get(variable)
        # a setting that is itself a path, as `keys_file`, is no secret in a file
        if not path or f"{field_name}_file" in self.settings_cls.model_fields:
            return None, field_name, False
        return read_secret(Path(path), variable), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


class FileSource(PydanticBaseSettingsSource):
    """The values of `bidkeeper.toml`; a name that is no setting is refused, since it is most likely misspelt."""

    def __init__(self, settings_cls: type[BaseSettings], given: Mapping[str, Any]) -> None:
        super().__init__(settings_cls)
        self.path = configuration_file(given)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self().get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        values, known = read(self.path), self.settings_cls.model_fields
        for name in [name for name in values if name not in known]:
            inner = name.removesuffix("_file")
            if inner == name or inner not in known:
                raise ConfigurationUnreadable(f"{self.path}: “{name}” is no setting; docs/operating.md lists them")
            path = self.path.parent / str(values.pop(name))
            values.setdefault(inner, read_secret(path, f"{name} in {self.path}"))
        return values


def configuration_file(given: Mapping[str, Any]) -> Path:
    """The configuration file of the data folder that code or the environment names; it need not exist."""
    return Path(given.get("data") or os.environ.get(f"{PREFIX}DATA") or "data") / FILE


def read(path: Path) -> dict[str, Any]:
    """What a configuration file says, nothing for one that is not there; raises ConfigurationUnreadable."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationUnreadable(f"{path} can't be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationUnreadable(
            f"{path} is not TOML: {error}; mend that line or make it anew with `bidkeeper init`"
        ) from None


def read_secret(path: Path, named_by: str) -> str:
    """What a secret's file holds, without the line's end; raises ConfigurationUnreadable."""
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigurationUnreadable(f"the file {path}, which {named_by} names, can't be read: {reason}") from None
