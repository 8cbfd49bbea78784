"""Which sources this installation watches: the file its settings name, else the one in its data folder, else the shipped list."""

from api.settings import Settings
from crawler.sources import SourceConfig, load


def configured(settings: Settings) -> dict[str, SourceConfig]:
    """The sources by name. Raises SourcesUnreadable with a sentence that names the file, the source and the key."""
    own = settings.data / "sources.toml"
    return load(settings.sources_file or (own if own.exists() else None))
