"""Portals as data: what a source is stands in one TOML file, so that a new portal of a known platform is no code.

Each table of the file is a source, named by its key. Times are written `15m`, `6h`, `1d`. A source without an address or
without a recorded permission is off, and `why_off` says what is missing.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from crawler.hours import Hours, opening

HOME = "America/Vancouver"  # whose hours they are where a source names no zone
SHIPPED = Path(__file__).with_name("sources.toml")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class SourcesUnreadable(Exception):
    """Raised by `load` for a file that can't be used; the sentence names the file, the source and the key."""


def duration(value: Any) -> Any:
    """`"15m"` as a timedelta; what is no text passes through. Raises ValueError for a text of another form."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\s*(\d+)\s*([smhdw])\s*", value)
    if not match:
        raise ValueError('write a time as a number and one of s, m, h, d, w, such as "15m"')
    return timedelta(**{UNITS[match[2]]: int(match[1])})


Duration = Annotated[timedelta, BeforeValidator(duration)]


class SourceConfig(BaseModel):
    """One portal: where it is, how it is read, how often, and why we may.

    `zone` is the IANA zone of the times it prints without saying so, None when unknown (such times are then never placed);
    `delay` the seconds between two requests; `options` what its platform alone understands (selectors, column map); `window`
    says that the listing shows only its newest entries, so that neither its size nor a row's leaving it means anything;
    `hours` are those of its zone's day in which it is looked at ("20:00-06:00"), all of them when empty;
    `documents` says that the files its postings name may be fetched too; `operator` the mail address that hears when it goes silent, the installation's own when empty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    platform: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str = ""
    address: str = ""
    zone: str | None = None
    every: Duration = timedelta(days=1)
    enabled: bool = True
    why_off: str = ""
    permission: str = ""
    options: dict[str, Any] = Field(default_factory=dict)
    delay: float = Field(default=1.0, ge=0.0)
    silent_after: Duration | None = None
    buyer: str | None = None
    programs: tuple[str, ...] = ()
    operator: str = ""
    window: bool = False
    documents: bool = False
    hours: str = ""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str | None) -> str | None:
        try:
            return ZoneInfo(zone).key if zone else None
        except (KeyError, ValueError, OSError):
            raise ValueError(f'no such IANA time zone: "{zone}"; write it like "America/Vancouver"') from None

    @field_validator("hours")
    @classmethod
    def _some_hours(cls, hours: str) -> str:
        if hours:
            Hours.parse(hours)
        return hours

    @field_validator("every", "silent_after")
    @classmethod
    def _some_time(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value <= timedelta():
            raise ValueError("must be longer than nothing")
        return value

    @field_validator("address")
    @classmethod
    def _web_address(cls, address: str) -> str:
        parts = urlsplit(address)
        if address and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ValueError(f'"{address}" is no http or https address')
        return address

    @model_validator(mode="after")
    def _may_run(self) -> Self:
        if self.enabled and not self.address:
            raise ValueError("has no address: give one, or set enabled = false")
        if self.enabled and not self.permission:
            raise ValueError("has no permission note: say why it may be read, or set enabled = false")
        if not self.title:
            object.__setattr__(self, "title", self.name)
        return self

    @property
    def silence(self) -> timedelta:
        """How long without a good look before it counts as late: three rhythms and its shut hours unless said otherwise."""
        return self.silent_after or 3 * self.every + (Hours.parse(self.hours).closed if self.hours else timedelta())

    def opening(self, moment: datetime) -> datetime:
        """The moment, or when its hours next begin."""
        return opening(moment, Hours.parse(self.hours), ZoneInfo(self.zone or HOME)) if self.hours else moment


def load(path: Path | None = None) -> dict[str, SourceConfig]:
    """The sources of a TOML file by name, the shipped list without one. Raises SourcesUnreadable."""
    path = path or SHIPPED
    try:
        return loads(path.read_text("utf-8"), path)
    except OSError as error:
        raise SourcesUnreadable(f"{path}: can't be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise SourcesUnreadable(f"{path}: is not TOML ({error})") from error


def loads(text: str, path: Path) -> dict[str, SourceConfig]:
    """The sources that a text of TOML says; `path` is what its errors call it. Raises SourcesUnreadable."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SourcesUnreadable(f"{path}: is not TOML ({error})") from error
    return {name: _source(path, name, table) for name, table in tables.items()}


def table(name: str, values: Mapping[str, Any]) -> str:
    """One source as TOML: its values, empty ones left out, then a table for each mapping in them. Values are JSON values."""
    said = {key: value for key, value in values.items() if value not in (None, "", [], {})}
    lines = [f"[{name}]", *(f"{_key(key)} = {_value(value)}" for key, value in said.items() if not isinstance(value, Mapping))]
    inner = [table(f"{name}.{_key(key)}", value) for key, value in said.items() if isinstance(value, Mapping)]
    return "\n\n".join(["\n".join(lines), *inner])


def add(path: Path, text: str) -> None:
    """Append sources to a file, the shipped list first where there is none yet; the file is whole at every moment.

    Raises SourcesUnreadable, writing nothing, when the result would not load, a name given twice among the reasons.
    """
    try:
        before = (path if path.exists() else SHIPPED).read_text("utf-8")
        after = f"{before.rstrip()}\n\n{text.strip()}\n"
        loads(after, path)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.new")
        beside.write_text(after, "utf-8")
        beside.replace(path)
    except (OSError, UnicodeDecodeError) as error:
        raise SourcesUnreadable(f"{path}: can't be written ({error})") from error


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _value(key)


def _value(value: Any) -> str:
    """A JSON value in TOML's spelling, which differs in the delete character alone."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def find(sources: dict[str, SourceConfig], name: str) -> SourceConfig:
    """The source called `name`. Raises SourcesUnreadable with the names there are."""
    if name not in sources:
        raise SourcesUnreadable(f'no source is called "{name}"; there are: {", ".join(sorted(sources)) or "none"}')
    return sources[name]


def _source(path: Path, name: str, table: Any) -> SourceConfig:
    if not isinstance(table, dict):
        raise SourcesUnreadable(f'{path}: "{name}" stands outside any source; begin with a line [name]')
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise SourcesUnreadable(f'{path}: source "{name}": a name is small letters, digits and hyphens')
    try:
        return SourceConfig(**{**table, "name": name})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        sentence = "unknown key" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
        raise SourcesUnreadable(f"{path}: source {name}: {f'{key}: ' if key else ''}{sentence}") from error
