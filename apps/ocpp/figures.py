"""The gateway's figures for `/metrics`; names and meaning stand in the README."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from apps.core.metrics import gauge
from apps.ocpp.frames import Call, Malformed

if TYPE_CHECKING:
    from apps.ocpp.gateway import Gateway

ACTIONS_MAX = 200
"""Stations may make actions up; what is beyond so many is counted as one."""
OTHER = "other"
NO_CALL = "malformed"


class Answers:
    """How many messages of stations were answered, and how; belongs to the event loop's thread."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()

    def count(self, frame: Call | Malformed, outcome: str) -> None:
        """Count an answer: "result", "refused" or "internal_error"."""
        key = (frame.action if isinstance(frame, Call) else NO_CALL, outcome)
        if key not in self.counts and len(self.counts) >= ACTIONS_MAX:
            key = (OTHER, outcome)
        self.counts[key] += 1


class GatewayFigures:
    """Reads the gateway from the thread that answers; plain numbers, so a moment's skew is all."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway

    def collect(self) -> Iterator[Metric]:
        """Return the figures."""
        yield from self.sockets()
        yield from self.messages()
        yield from self.lanes()
        health = self.gateway.health
        yield gauge("chargeyard_database_up", "Writes are committed.", health.failing_since is None)

    def sockets(self) -> Iterator[Metric]:
        gateway = self.gateway
        held = list(gateway.registry)
        tasks = len(asyncio.all_tasks(gateway.loop))
        yield gauge("chargeyard_gateway_loop_tasks", "Tasks of the event loop.", tasks)
        yield gauge("chargeyard_gateway_connections", "Open sockets of stations.", len(held))
        yield gauge(
            "chargeyard_gateway_takes_sockets", "Handshakes are answered.", gateway.takes_sockets
        )
        yield gauge("chargeyard_gateway_draining", "The process is leaving.", gateway.is_draining)
        if settings.METRICS_TENANTS:
            by_tenant = GaugeMetricFamily(
                "chargeyard_tenant_connections", "Open sockets of a tenant.", labels=["tenant"]
            )
            for schema, number in sorted(Counter(schema for schema, _ in held).items()):
                by_tenant.add_metric([schema], number)
            yield by_tenant

    def messages(self) -> Iterator[Metric]:
        answered = CounterMetricFamily(
            "chargeyard_ocpp_messages",
            "Messages of stations, answered.",
            labels=["action", "outcome"],
        )
        for (action, outcome), number in sorted(self.gateway.answers.counts.copy().items()):
            answered.add_metric([action, outcome], number)
        yield answered
        waiting_since = self.gateway.dispatcher.oldest
        age_s = 0.0 if waiting_since is None else (now() - waiting_since).total_seconds()
        yield gauge(
            "chargeyard_outbox_age_seconds", "Age of the oldest command for a socket here.", age_s
        )

    def lanes(self) -> Iterator[Metric]:
        gateway = self.gateway
        waiting = GaugeMetricFamily(
            "chargeyard_lane_waiting", "Work that waits for a thread.", labels=["lane"]
        )
        waiting.add_metric(["fast"], gateway.fast.pending)
        for lane in (gateway.slow, gateway.look_ups, gateway.commands, gateway.live_events):
            waiting.add_metric([lane.name], lane.waiting)
        yield waiting
        for name, text, value in (
            ("batches", "Batches of the fast lane, committed.", gateway.fast.commits),
            ("units", "Messages in them.", gateway.fast.units),
            ("seconds", "Seconds spent on them.", gateway.fast.busy_s),
        ):
            yield CounterMetricFamily(f"chargeyard_fast_lane_{name}", text, value=value)


def now() -> datetime:
    return datetime.now(UTC)
