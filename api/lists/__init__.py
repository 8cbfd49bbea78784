"""The lists of each room as they leave the house; pages offer them, `api.exports` writes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from api.dependencies import Principal
from api.exports import Table
from crawler.sources import SourceConfig


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a list, when, and which sources are configured."""

    me: Principal
    now: datetime
    sources: Mapping[str, SourceConfig]


List = Callable[[Session, Asked], Table]
