"""The guards inside Scrapy's downloader: which address a name may stand for, and how slowly a host is asked."""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from twisted.internet.interfaces import IAddress, IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from contracts.vocabulary.addresses import Forbidden, check_url, permitted


class Kept(IgnoreRequest):  # type: ignore[misc]  # Scrapy's types are not followed
    """Raised for a request that the guard keeps from being made; the sentence says why."""


class GuardMiddleware:
    """Checks how every request's address is written, redirects and robots.txt among them, and gives each host one queue."""

    def __init__(self, *, allow_loopback: bool) -> None:
        self.allow_loopback = allow_loopback

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(allow_loopback=crawler.settings.getbool("GUARD_ALLOW_LOOPBACK"))

    def process_request(self, request: Request) -> None:
        try:
            check_url(request.url, resolve=lambda _: (), allow_loopback=self.allow_loopback)
        except Forbidden as error:
            raise Kept(str(error)) from error
        request.meta["download_slot"] = urlsplit(request.url).netloc.lower()


@implementer(IHostnameResolver)
class GuardedResolver:
    """Stands before the reactor's resolver: a name of which any address is not permitted resolves to nothing.

    The connection goes to what comes out of here, so there is no second question whose answer could differ.
    """

    forbidden: dict[str, str] = {}  # noqa: RUF012 - one reactor, one memory of what was refused and why

    def __init__(self, inner: Any, *, allow_loopback: bool) -> None:
        self.inner = inner
        self.allow_loopback = allow_loopback
        self.reactor: Any = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        resolver = cls(reactor.nameResolver, allow_loopback=crawler.settings.getbool("GUARD_ALLOW_LOOPBACK"))
        resolver.reactor = reactor
        return resolver

    def install_on_reactor(self) -> None:
        """Take the place of the reactor's resolver."""
        self.reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802 - Twisted's name
        self,
        resolutionReceiver: IResolutionReceiver,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> IHostResolution:
        sieve = Sieve(resolutionReceiver, hostName, self)
        return self.inner.resolveHostName(sieve, hostName, portNumber, addressTypes, transportSemantics)


@implementer(IResolutionReceiver)
class Sieve:
    """Collects a name's addresses and hands them on once all of them are known to be permitted."""

    def __init__(self, receiver: Any, host: str, resolver: GuardedResolver) -> None:
        self.receiver, self.host, self.resolver = receiver, host, resolver
        self.addresses: list[Any] = []

    def resolutionBegan(self, resolution: IHostResolution) -> None:  # noqa: N802
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        self.addresses.append(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        inside = [
            address.host
            for address in self.addresses
            if not permitted(ip_address(address.host.split("%")[0]), allow_loopback=self.resolver.allow_loopback)
        ]
        if inside:
            self.resolver.forbidden[self.host] = inside[0]
        else:
            for address in self.addresses:
                self.receiver.addressResolved(address)
        self.receiver.resolutionComplete()


class Politeness(AutoThrottle):  # type: ignore[misc]  # Scrapy's types are not followed
    """Scrapy's AutoThrottle with each host's own least delay; a host that may be asked without delay (loopback) stays so."""

    def _response_downloaded(self, response: Any, request: Request, spider: Any) -> None:
        key = request.meta.get("download_slot")
        asked = self.crawler.engine.downloader.per_slot_settings.get(key, {})
        self.mindelay = asked.get("delay", self._min_delay())
        if self.mindelay:
            super()._response_downloaded(response, request, spider)
