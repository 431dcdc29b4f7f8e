"""Measurements of this process for Prometheus: requests, database connections, the live hub, waiting requests."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from oms_app.services import condition

REGISTRY = CollectorRegistry()
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

_requests = Counter(
    "oms_http_requests", "Requests answered by the API.", ["method", "route", "status"], registry=REGISTRY
)
_seconds = Histogram(
    "oms_http_request_seconds",
    "Time from the request's first byte to the answer's last.",
    ["method", "route"],
    buckets=_BUCKETS,
    registry=REGISTRY,
)


def observe(route: str, method: str, status: int, seconds: float) -> None:
    """Count one answered request. `route` is the endpoint's path, never the address: numbers would flood the labels."""
    known = method if method in {"GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"} else "other"
    _requests.labels(known, route, str(status)).inc()
    _seconds.labels(known, route).observe(seconds)


def exposition() -> str:
    """Everything measured, in Prometheus' text format."""
    return generate_latest(REGISTRY).decode()


class _Condition(Collector):
    """What the services say about themselves, asked at each scrape."""

    def collect(self) -> Iterable[Metric]:
        for name, (text, value) in condition.gauges().items():
            yield GaugeMetricFamily(name, text, value=value)


REGISTRY.register(_Condition())
