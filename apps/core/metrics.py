"""Figures for Prometheus at `/metrics`, answered before any tenant is known.

Readers: whoever brings METRICS_TOKEN as bearer token; without a token the machine itself, when no
proxy stands between. A room adds its own figures as a collector (`register`).
"""

import hmac
import ipaddress
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from django.conf import settings
from kombu.exceptions import OperationalError
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from redis.exceptions import RedisError

from apps.core import queues
from apps.core.bell import bell
from apps.core.hand_over import hand_over

__all__ = ["CONTENT_TYPE_LATEST", "exposition", "is_allowed", "register", "requests_seen"]

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
NAMES_OF_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]"})

requests_seen = Counter("chargeyard_requests", "Pages answered.", ["method", "status"])
request_seconds = Histogram("chargeyard_request_seconds", "How long pages took.")


class Collector(Protocol):
    """Reads figures at the moment of asking."""

    def collect(self) -> Iterable[Metric]:
        """Return the figures."""
        ...


def register(collector: Collector) -> None:
    """Add a room's figures to this process."""
    REGISTRY.register(collector)


def is_allowed(peer: str, headers: Mapping[str, str]) -> bool:
    """Say whether the asker may read: headers by lower-case name, the socket's other address."""
    if token := settings.METRICS_TOKEN:
        return hmac.compare_digest(
            headers.get("authorization", "").encode(), f"Bearer {token}".encode()
        )
    if any(name in headers for name in FORWARDED):
        return False
    host = headers.get("host", "").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return name in NAMES_OF_THIS_MACHINE and is_loopback(peer)


def is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def exposition() -> bytes:
    """Return all figures as Prometheus reads them; asks Redis, so not for an event loop."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    # Several processes answer for one address: their counters are added up in files.
    joint = CollectorRegistry()
    multiprocess.MultiProcessCollector(joint)
    joint.register(Plumbing())
    return generate_latest(joint)


class Plumbing:
    """Bell, broker and the queues of tasks."""

    def collect(self) -> Iterator[Metric]:
        """Return the figures; a broker that is away is one of them."""
        if bell.thread is not None:  # the portal under WSGI only rings
            heard = bell.healthy.is_set()
            yield gauge("chargeyard_bell_up", "Notifications between processes are heard.", heard)
        if settings.REDIS_URL:
            yield from self.broker()

    def broker(self) -> Iterator[Metric]:
        tasks = hand_over("tasks")
        yield gauge(
            "chargeyard_tasks_held", "Tasks that wait here for the broker.", tasks.jobs.qsize()
        )
        yield CounterMetricFamily(
            "chargeyard_tasks_dropped", "Tasks left to periodic jobs.", value=tasks.dropped
        )
        length = GaugeMetricFamily(
            "chargeyard_task_queue_length", "Tasks that wait for a worker.", labels=["queue"]
        )
        lag = GaugeMetricFamily(
            "chargeyard_task_queue_lag_seconds", "Age of the oldest one.", labels=["queue"]
        )
        try:
            for name, waiting, age_s in queues.look():
                length.add_metric([name], waiting)
                lag.add_metric([name], age_s)
        except (RedisError, OperationalError, OSError):
            yield gauge("chargeyard_broker_up", "Redis answers.", 0)
            return
        yield gauge("chargeyard_broker_up", "Redis answers.", 1)
        yield length
        yield lag


def gauge(name: str, text: str, value: float) -> Metric:
    """Return one figure without labels."""
    return GaugeMetricFamily(name, text, value=value)


register(Plumbing())
