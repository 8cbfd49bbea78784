"""Where a finished look leaves the crawl process: written to the pipe to the parent, which alone has the database."""

from typing import Self

from scrapy.crawler import Crawler

from crawler.items import Look
from crawler.wire import dump, say


class Report:
    """Writes each Look that the spider yields to the spider's `out`, as it comes."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: dict[str, Look]) -> dict[str, Look]:
        say(self.crawler.spider.out, "look", dump(item["look"]))
        return item
