"""The crawl process: reads one JSON job on standard input, looks at its sources, writes a JSON line for each on standard output.

It knows neither database nor keys. Lines are `{"progress": {source, pages, rows}}` and `{"look": {…}}` (`crawler.pipelines.dump`).
Whatever else would print goes to standard error.
"""

import json
import os
import sys
from pathlib import Path

from scrapy.crawler import AsyncCrawlerProcess

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
    process.crawl(Looker, sources=sources, validators=job["validators"], folder=Path(job["archive"]), out=out)
    process.start()


if __name__ == "__main__":
    main()
