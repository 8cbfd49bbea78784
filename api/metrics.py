"""What Prometheus reads at /metrics: requests as they come, deliveries and sources as they stand when it asks."""

from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # seconds
METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Standing:
    """How many rows stand in which state, and how many sources have been silent for too long."""

    deliveries: Mapping[str, int]
    sources: Mapping[str, int]
    late: int


class Metrics:
    """One application's numbers, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.requests = Counter(
            "bidkeeper_http_requests",
            "Requests by method, route and status.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "bidkeeper_http_request_duration_seconds",
            "How long requests took, by route.",
            ("route",),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.deliveries = Gauge("bidkeeper_deliveries", "Deliveries by state.", ("state",), registry=self.registry)
        self.sources = Gauge("bidkeeper_sources", "Sources by health.", ("health",), registry=self.registry)
        self.late = Gauge("bidkeeper_sources_late", "Sources silent for longer than their rhythm.", registry=self.registry)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; `route` is a template, so that there are few."""
        self.requests.labels(method if method in METHODS else "other", route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def text(self, standing: Standing) -> bytes:
        """Everything in Prometheus's text format, with the rows as they stand now."""
        for gauge, counted in ((self.deliveries, standing.deliveries), (self.sources, standing.sources)):
            gauge.clear()
            for name, count in counted.items():
                gauge.labels(name).set(count)
        self.late.set(standing.late)
        return generate_latest(self.registry)
