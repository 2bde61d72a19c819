"""Messages of two tenants, interleaved on one process, land each in its own schema."""

import threading
from collections.abc import Callable

import pytest

from tests.ocpp.gateway.clients import Charger, Place, meter_values, start_payload, stop_payload
from tests.ocpp.gateway.servers import GatewayProcess

TURNS = 50
PER_TURN = 8


def converse(charger: Charger, mark: str) -> None:
    """Send messages of both lanes, each with the tenant's mark in it."""
    for turn in range(TURNS):
        charger.result("DataTransfer", {"vendorId": mark, "data": str(turn)})
        charger.result("Authorize", {"idTag": mark})
        start = start_payload(idTag=mark, meterStart=turn)
        transaction_id = charger.result("StartTransaction", start)["transactionId"]
        charger.status(1, "Charging", info=f"{mark} {turn}")
        charger.result("MeterValues", meter_values(transaction_id))
        charger.result("FirmwareStatusNotification", {"status": "Idle"})
        charger.result("StopTransaction", stop_payload(transaction_id, meterStop=turn + 5))
        charger.result("Heartbeat", {})


@pytest.mark.req("TEN-01")
def test_four_hundred_interleaved_messages_each_find_their_tenant(
    gateway: GatewayProcess, place: Callable[..., Place]
) -> None:
    # Ids of rows agree between the schemas, so that a misrouted row would be accepted.
    places = {schema: [place(schema), place(schema)] for schema in ("alpha", "beta")}
    failures: list[BaseException] = []

    def run(schema: str, station: Place) -> None:
        try:
            with Charger.dial(gateway.url, station) as charger:
                converse(charger, f"MARK-{schema}")
        except BaseException as error:
            failures.append(error)

    threads = [
        threading.Thread(target=run, args=(schema, station))
        for schema, stations in places.items()
        for station in stations
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    for schema, stations in places.items():
        assert_only_own(schema, stations)


def assert_only_own(schema: str, stations: list[Place]) -> None:
    """Everything of the tenant is there, and nothing that bears the other one's mark."""
    station, pks = stations[0], [one.pk for one in stations]
    other = f"%MARK-{'beta' if schema == 'alpha' else 'alpha'}%"
    expected = TURNS * len(stations)
    logged = "SELECT count(*) FROM ocpp_messageexchange WHERE station_id = ANY(%s)"
    assert station.value(logged, pks) == expected * PER_TURN
    for statement in (
        "SELECT count(*) FROM ocpp_messageexchange WHERE request LIKE %s",
        "SELECT count(*) FROM charge_records_chargingsession WHERE id_tag LIKE %s",
        "SELECT count(*) FROM charge_records_activation WHERE id_tag LIKE %s",
        "SELECT count(*) FROM infrastructure_statuschange WHERE info LIKE %s",
    ):
        assert station.value(statement, other) == 0
    sessions = (
        "SELECT count(*) FROM charge_records_chargingsession WHERE id_tag = %s AND state = 'ended'"
    )
    assert station.value(sessions, f"MARK-{schema}") == expected
    samples = "SELECT count(*) FROM charge_records_metersample WHERE station_id = ANY(%s)"
    assert station.value(samples, pks) == expected * 2
