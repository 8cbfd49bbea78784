"""How Scrapy runs here: polite, verified, bounded, and deaf to the environment.

Scrapy's own defaults verify no certificate, take `file:`, `ftp:` and `s3:` addresses, open a telnet console, allow a body of one
gibibyte and read proxies from the environment; each is turned round here and none can be turned back by a source.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from crawler.sources import SourceConfig

BODY = 32 * 1024 * 1024  # bytes of an answer, decompressed size included
DELAY = 1.0  # seconds between two requests to one host, at least; less only on loopback
JITTER = 0.2  # of the delay, either way; the delay is raised so that its lower end still is what was asked for
REDIRECTS = 5
FOLLOWED = (301, 302, 303, 307, 308)


def scrapy_settings(
    sources: Iterable[SourceConfig], *, user_agent: str, allow_loopback: bool, download_timeout: float
) -> dict[str, Any]:
    """The settings of one crawl process for these sources."""
    handler = "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"
    return {
        "BOT_NAME": "bidkeeper",
        "USER_AGENT": user_agent,
        "ROBOTSTXT_OBEY": False,  # ours does, see crawler.robots
        "ROBOTSTXT_USER_AGENT": user_agent.split("/", 1)[0],
        "DEFAULT_REQUEST_HEADERS": {"Accept": "*/*", "Accept-Language": "en-CA,en;q=0.9,fr-CA;q=0.7"},
        "DOWNLOAD_HANDLERS": {"data": None, "file": None, "ftp": None, "s3": None, "http": handler, "https": handler},
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_MAXSIZE": BODY,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": download_timeout,
        "DNS_TIMEOUT": download_timeout,
        "TWISTED_DNS_RESOLVER": "crawler.network.GuardedResolver",
        "GUARD_ALLOW_LOOPBACK": allow_loopback,
        "DOWNLOADER_MIDDLEWARES": {
            "crawler.network.GuardMiddleware": 10,
            "crawler.robots.RobotsMiddleware": 100,
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
            "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
            "scrapy.downloadermiddlewares.stats.DownloaderStats": None,
        },
        "SPIDER_MIDDLEWARES": {
            "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
            "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
            "scrapy.spidermiddlewares.referer.RefererMiddleware": None,  # a portal need not know where a link stood
        },
        "EXTENSIONS": {
            "scrapy.extensions.telnet.TelnetConsole": None,
            "scrapy.extensions.remote_control.RemoteControl": None,
            "scrapy.extensions.feedexport.FeedExporter": None,
            "scrapy.extensions.throttle.AutoThrottle": None,
            "scrapy.extensions.corestats.CoreStats": None,
            "scrapy.extensions.memusage.MemoryUsage": None,
            "crawler.network.Politeness": 0,
        },
        "ITEM_PIPELINES": {"crawler.pipelines.Report": 0},
        "TELNETCONSOLE_ENABLED": False,
        "HTTPPROXY_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "RETRY_ENABLED": False,  # the next look is the retry
        "REDIRECT_MAX_TIMES": REDIRECTS,
        "CONCURRENT_ITEMS": 1,  # a look is one item; Scrapy starts this many tasks for each answer
        "CONCURRENT_REQUESTS": 16,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": DELAY / (1 - JITTER),
        "DOWNLOAD_DELAY_JITTER": JITTER,
        "DOWNLOAD_SLOTS": slots(sources, allow_loopback=allow_loopback),
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": DELAY / (1 - JITTER),
        "WARN_ON_GENERATOR_RETURN_VALUE": False,  # it reads our source at every start
        "LOG_LEVEL": "ERROR",
        "LOG_FORMAT": "%(levelname)s %(name)s: %(message)s",
        "LOGSTATS_INTERVAL": 0,
        "LOG_VERSIONS": [],
    }


def slots(sources: Iterable[SourceConfig], *, allow_loopback: bool) -> dict[str, dict[str, Any]]:
    """One queue a host, as slow as the slowest of its sources asks."""
    queues: dict[str, dict[str, Any]] = {}
    for source in sources:
        host = urlsplit(source.address).netloc.lower()
        delay = source.delay if allow_loopback else max(source.delay, DELAY)
        known = queues.setdefault(host, {"concurrency": 1, "delay": 0.0, "jitter": JITTER})
        known["delay"] = max(known["delay"], delay / (1 - JITTER))
    return queues
