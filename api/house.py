"""What a node has in hand while it works: settings, database, sources, the clock, and whom to wake when there is mail."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from api.clock import Now
from api.database import Database
from api.settings import Settings
from crawler.sources import SourceConfig


def _nobody() -> None:
    return None


@dataclass(frozen=True)
class House:
    """`told` is called after deliveries were written; `began` is when this node started to work."""

    settings: Settings
    database: Database
    sources: Mapping[str, SourceConfig]
    now: Now
    told: Callable[[], None] = _nobody
    began: datetime = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "began", self.now())
