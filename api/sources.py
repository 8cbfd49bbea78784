"""Which sources this installation watches: the file its settings name, else the one in its data folder, else the shipped list."""

from pathlib import Path

from api.settings import Settings
from crawler.sources import SourceConfig, load


def own_file(settings: Settings) -> Path:
    """The file that this installation's own sources stand in, or will."""
    return settings.sources_file or settings.data / "sources.toml"


def configured(settings: Settings) -> dict[str, SourceConfig]:
    """The sources by name. Raises SourcesUnreadable with a sentence that names the file, the source and the key."""
    own = own_file(settings)
    return load(own if settings.sources_file or own.exists() else None)
