"""The overview tells the whole way of an attempt, and why one failed (CDR-08)."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts.models import User
from apps.charge_records.models import Activation
from tests.factories.pages import log_in
from tests.ocpp.gateway.clients import (
    Charger,
    Place,
    eventually,
    start_payload,
    stop_payload,
    time_text,
)

pytestmark = pytest.mark.req("CDR-08")
OVERVIEW = "/charge_records/activation/"


def only_one(station: Place) -> Activation:
    found: Activation = station.look(
        lambda: Activation.objects.select_related("session").get(station_id=station.pk)
    )
    return found


def receipt(station: Place) -> Activation:
    """Return the station's activation once it has its receipt."""
    eventually(lambda: only_one(station).completed_at)
    return only_one(station)


def told(station: Place, make_user: Callable[..., User]) -> str:
    """Return the pages of the station's activation: the overview, and its own."""

    def shown() -> str:
        client = log_in(make_user(email=f"overview-{station.pk}@example.com"))
        pk = Activation.objects.get(station_id=station.pk).pk
        texts = [client.get(url).content.decode() for url in (OVERVIEW, f"{OVERVIEW}{pk}/change/")]
        assert all(f"{OVERVIEW}{pk}/change/" in text for text in texts)
        return texts[1]

    page: str = station.look(shown)
    return page


def test_a_whole_charge_has_every_step_with_its_time(
    charger: Charger, station: Place, make_user: Callable[..., User]
) -> None:
    charger.result("Authorize", {"idTag": "TAG"})
    start = start_payload(timestamp=time_text())
    transaction_id = charger.result("StartTransaction", start)["transactionId"]
    stop = stop_payload(transaction_id, timestamp=time_text(minutes=10))
    charger.result("StopTransaction", stop)

    activation = receipt(station)

    assert activation.authorized_at
    assert activation.session
    assert (activation.session.started_at, activation.session.ended_at) == (
        activation.started_at,
        activation.ended_at,
    )
    # Began, and the five steps: authentication, start, charging, stop, receipt.
    assert told(station, make_user).count('<li class="cy-done">') == 6


@pytest.mark.parametrize(
    "start, stop, words",
    [
        ({}, {"meterStop": 900}, "Negative energy consumption"),
        ({}, {"timestamp": time_text(minutes=-60)}, "Negative session duration"),
        ({"timestamp": time_text(minutes=300)}, {}, "start time in the future"),
        ({}, {"meterStop": 1001}, "too low or implausible"),
        ({}, {"meterStop": 901_000}, "Power implausible for EVSE"),
    ],
    ids=["energy", "duration", "future", "too low", "power"],
)
def test_a_failed_one_says_why(
    charger: Charger,
    station: Place,
    make_user: Callable[..., User],
    start: dict[str, Any],
    stop: dict[str, Any],
    words: str,
) -> None:
    began = charger.result("StartTransaction", start_payload(**start))
    charger.result("StopTransaction", stop_payload(began["transactionId"], **stop))
    assert receipt(station).state == "failed"
    assert words in told(station, make_user)


def test_a_refused_card_says_why(
    charger: Charger, station: Place, make_user: Callable[..., User]
) -> None:
    charger.result("Authorize", {"idTag": "NOBODY"})
    assert only_one(station).state == "refused"
    assert "The card is not known." in told(station, make_user)
