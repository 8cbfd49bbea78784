"""The crawl process: reads one JSON job on standard input, looks at its sources, writes a JSON line for each on standard output.

It knows neither database nor keys. Lines are `{"progress": {source, pages, rows}}` and `{"look": {…}}` (`crawler.wire.dump`);
of a job with `files` it is `{"file": {…}}` (`crawler.files.Fetched`) for each of them.
Whatever else would print goes to standard error.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess

from crawler.fetching import Fetcher
from crawler.files import Wanted
from crawler.looking import Looker
from crawler.settings import scrapy_settings
from crawler.sources import SourceConfig
from crawler.watchdog import end_with_reader, obey


def main() -> None:
    """Run the job; exit status 0 when every source came to a Look."""
    job = json.load(sys.stdin)
    if job["pulse"]:
        obey(*job["pulse"])
    out = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # nothing but our lines may reach the parent
    end_with_reader(out.fileno())
    sources = [SourceConfig(**values) for values in job["sources"]]
    settings = scrapy_settings(
        sources,
        user_agent=job["user_agent"],
        allow_loopback=job["allow_loopback"],
        download_timeout=job["download_timeout"],
    )
    process = AsyncCrawlerProcess(settings)
    common: dict[str, Any] = {"sources": sources, "folder": Path(job["archive"]), "out": out}
    if "files" in job:
        process.crawl(Fetcher, wanted=[Wanted(**one) for one in job["files"]], **common)
    else:
        process.crawl(Looker, validators=job["validators"], **common)
    process.start()


if __name__ == "__main__":
    main()
