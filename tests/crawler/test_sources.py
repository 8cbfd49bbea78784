"""A source is data, and a mistake in it is told with the file, the source and the key."""

from datetime import timedelta
from pathlib import Path

import pytest

from crawler.sources import SourcesUnreadable, find, load


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "sources.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_sources_load_and_those_without_address_or_permission_are_off_and_say_why() -> None:
    sources = load()
    assert {"bid-opportunities", "nanaimo", "canadabuys", "toronto"} <= set(sources)
    off = [source for source in sources.values() if not source.enabled]
    assert off
    assert all(source.why_off for source in off)
    assert all(source.address and source.permission for source in sources.values() if source.enabled)


def test_times_are_written_short_and_lateness_follows_the_rhythm(tmp_path: Path) -> None:
    source = load(written(tmp_path, '[a]\nplatform = "feed"\nenabled = false\nevery = "15m"\n'))["a"]
    assert source.every == timedelta(minutes=15)
    assert source.silence == timedelta(minutes=45)
    assert source.title == "a"


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('platform = "feed"', "source a: has no address"),
        ('platform = "feed"\naddress = "https://example.org"', "source a: has no permission note"),
        ('platform = "feed"\naddress = "file:///etc/passwd"', 'source a: address: "file:///etc/passwd" is no http'),
        ('platform = "feed"\nenabled = false\nzone = "Pacific"', 'source a: zone: no such IANA time zone: "Pacific"'),
        ('platform = "feed"\nenabled = false\nevery = "soon"', "source a: every: write a time as a number"),
        ('platform = "feed"\nenabled = false\nevery = "0m"', "source a: every: must be longer than nothing"),
        ('platform = "feed"\nenabled = false\nevry = "1d"', "source a: evry: unknown key"),
        ("enabled = false", "source a: platform: Field required"),
    ],
)
def test_a_mistake_names_file_source_and_key(tmp_path: Path, lines: str, sentence: str) -> None:
    with pytest.raises(SourcesUnreadable, match=r"sources\.toml: ") as refused:
        load(written(tmp_path, f"[a]\n{lines}\n"))
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('platform = "feed"', "stands outside any source"),
        ('["A b"]\nplatform = "feed"', 'source "A b": a name is small letters'),
        ("[a", "is not TOML"),
    ],
)
def test_a_file_that_is_no_list_of_sources_is_told(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SourcesUnreadable, match=sentence):
        load(written(tmp_path, text))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourcesUnreadable, match=r"none\.toml: can't be read \(No such file"):
        load(tmp_path / "none.toml")


def test_an_unknown_source_is_told_with_the_names_there_are(tmp_path: Path) -> None:
    sources = load(written(tmp_path, '[a]\nplatform = "feed"\nenabled = false\n'))
    assert find(sources, "a") is sources["a"]
    with pytest.raises(SourcesUnreadable, match='no source is called "b"; there are: a'):
        find(sources, "b")
