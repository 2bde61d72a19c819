"""What browsers hear of the gateway's work: ids only, gathered, per tenant and location."""

import json
import select
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest

from apps.core.bell import connection_parameters
from apps.core.live import CHANNEL
from tests.ocpp.gateway.clients import WAIT_S, Charger, Place, meter_values, start_payload
from tests.ocpp.gateway.servers import GatewayProcess

# With Redis the channel layer carries live events.
pytestmark = pytest.mark.without_redis


class Listener:
    """Hears the channel between the processes."""

    def __init__(self) -> None:
        self.raw = psycopg2.connect(**connection_parameters())
        self.raw.autocommit = True
        with self.raw.cursor() as cursor:
            cursor.execute(f'LISTEN "{CHANNEL}"')

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """Return the events up to the first that is wanted."""
        events = []
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until:
            select.select([self.raw], [], [], 0.5)
            self.raw.poll()
            while self.raw.notifies:
                events.append(json.loads(self.raw.notifies.pop(0).payload))
                if wanted(events[-1]):
                    return events
        raise AssertionError(f"did not come: {events}")


@pytest.fixture
def listener(committed: None) -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.raw.close()


@pytest.mark.req("INF-14", "CDR-08")
def test_many_messages_are_few_events(
    gateway: GatewayProcess, place: Callable[..., Place], listener: Listener
) -> None:
    station = place("beta")
    began = time.monotonic()
    with Charger.dial(gateway.url, station) as charger:
        transaction_id = charger.result("StartTransaction", start_payload())["transactionId"]
        for _ in range(30):
            charger.result("MeterValues", meter_values(transaction_id))
        charger.status(1, "Faulted")
    events = listener.until(lambda event: event["topic"] == "stations" and event["ids"] != [])
    activation = station.value(
        "SELECT id FROM charge_records_activation WHERE station_id = %s", station.pk
    )
    events += listener.until(lambda event: event["topic"] == "messages")
    assert {event["schema"] for event in events} == {"beta"}
    topics = [event["topic"] for event in events]
    assert topics.count("messages") <= 2 * (time.monotonic() - began) + 2
    assert all(set(event) == {"schema", "location", "topic", "ids"} for event in events)
    of_sessions = [event["ids"] for event in events if event["topic"] == "activations"]
    assert of_sessions
    assert all(ids == [activation] for ids in of_sessions)


@pytest.mark.req("CDR-08")
def test_what_is_gathered_when_the_gateway_stops_is_told(
    start_gateway: Callable[..., GatewayProcess], place: Callable[..., Place], listener: Listener
) -> None:
    station = place("beta")
    gateway = start_gateway()
    with Charger.dial(gateway.url, station) as charger:
        charger.status(1, "Faulted")
        gateway.stop()
    assert listener.until(
        lambda event: event["topic"] == "messages" and event["ids"] == [station.pk]
    )
    assert "Traceback" not in gateway.log.read_text()
