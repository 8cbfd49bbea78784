"""How much memory a crawl process takes for more sources: `python -m bench.crawl_memory`.

The peak of the process (VmHWM) that looks at 20 sources of ten pages each, and of one that looks at 220, each source on a host of its
own. Listings are read page by page and leave the process as soon as their source is done, so that only what is in flight counts.
"""

import sys
import tempfile
from pathlib import Path

from bench.figures import say
from bench.portals import served
from crawler.process import look
from crawler.sources import SourceConfig

FEW, MANY = 20, 220
PEAK = "pathlib.Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0]"


def peak(chosen: list[SourceConfig], folder: Path) -> float:
    """MiB that a crawl process held at most while it looked at these sources once."""
    note = folder / "memory"
    noting = f"import pathlib; pathlib.Path({str(note)!r}).write_text({PEAK}, 'utf-8')"
    command = [sys.executable, "-P", "-c", f"import crawler.__main__\ntry:\n  crawler.__main__.main()\nfinally:\n  {noting}"]
    looks = look(
        chosen,
        archive=folder / "evidence",
        user_agent="Bidkeeper/bench",
        allow_loopback=True,
        validators={},
        timeout=600.0,
        command=command,
    )
    assert all(one.trouble is None for one in looks)
    return int(note.read_text("utf-8")) / 1024


def main() -> None:
    with served(MANY) as sources, tempfile.TemporaryDirectory() as name:
        few, many = peak(sources[:FEW], Path(name)), peak(sources, Path(name))
    say("Crawl process, each further 100 sources", "MiB", [(many - few) / (MANY - FEW) * 100], [few], against=f"{FEW} sources")
    say(f"Crawl process of {MANY} sources, peak", "MiB", [many], goal="under 300")


if __name__ == "__main__":
    main()
