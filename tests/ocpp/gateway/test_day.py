"""A charger's day over a real socket, and what is on record afterwards."""

import pytest

from tests.ocpp.gateway.clients import (
    Charger,
    Place,
    eventually,
    meter_values,
    start_payload,
    stop_payload,
    time_text,
)
from tests.ocpp.gateway.servers import GatewayProcess


@pytest.mark.req("OCP-01")
def test_boot_is_accepted_with_the_interval_and_kept(charger: Charger, station: Place) -> None:
    answer = charger.boot()
    assert (answer["status"], answer["interval"]) == ("Accepted", 300)
    row = station.rows(
        "SELECT reported_vendor, reported_model, last_boot_at IS NOT NULL "
        "FROM infrastructure_station WHERE id = %s",
        station.pk,
    )
    assert row == [("Vendor", "Model", True)]


@pytest.mark.req("OCP-01", "CDR-08")
def test_a_session_is_on_record_from_card_to_stop(charger: Charger, station: Place) -> None:
    charger.boot()
    assert charger.result("Authorize", {"idTag": "TAG"}) == {"idTagInfo": {"status": "Accepted"}}
    started = charger.result("StartTransaction", start_payload())
    assert started["idTagInfo"] == {"status": "Accepted"}
    transaction_id = started["transactionId"]
    assert transaction_id > 0
    assert charger.result("MeterValues", meter_values(transaction_id)) == {}
    session = (
        "SELECT meter_start_wh, last_meter_wh, last_power_w, meter_stop_wh, state "
        "FROM charge_records_chargingsession WHERE transaction_id = %s"
    )
    assert station.rows(session, transaction_id) == [(1000, 1500, 7400, None, "active")]
    assert charger.result("StopTransaction", stop_payload(transaction_id)) == {}
    assert station.rows(session, transaction_id) == [(1000, 1500, 7400, 3000, "ended")]
    samples = station.rows(
        "SELECT measurand, value FROM charge_records_metersample "
        "WHERE station_id = %s AND transaction_id = %s ORDER BY id",
        station.pk,
        transaction_id,
    )
    assert [(name, int(value)) for name, value in samples] == [
        ("Energy.Active.Import.Register", 1500),
        ("Power.Active.Import", 7400),
    ]


@pytest.mark.req("INF-14")
def test_each_request_is_logged_with_its_answer(charger: Charger, station: Place) -> None:
    charger.boot()
    charger.call("Heartbeat", {})
    charger.call("Unheard", {"a": 1})
    rows = station.rows(
        "SELECT message_id, action, request, left(answer, 6), outcome, error_code, direction "
        "FROM ocpp_messageexchange WHERE station_id = %s ORDER BY id",
        station.pk,
    )
    assert [row[:2] + row[3:] for row in rows] == [
        ("1", "BootNotification", '[3,"1"', "result", "", "in"),
        ("2", "Heartbeat", '[3,"2"', "result", "", "in"),
        ("3", "Unheard", '[4,"3"', "error", "NotImplemented", "in"),
    ]
    assert rows[2][2] == '[2, "3", "Unheard", {"a": 1}]'


@pytest.mark.req("INF-07")
def test_statuses_reach_connector_timeline_and_charge_point(
    charger: Charger, station: Place
) -> None:
    charger.status(1, "Available")
    charger.status(1, "Available")
    charger.status(1, "Charging", vendorErrorCode="tab\there\\n")
    connector = station.rows(
        "SELECT status, vendor_error_code FROM infrastructure_connector WHERE station_id = %s",
        station.pk,
    )
    assert connector == [("Charging", "tab\there\\n")]
    timeline = station.rows(
        "SELECT status FROM infrastructure_statuschange WHERE station_id = %s ORDER BY id",
        station.pk,
    )
    assert timeline == [("Available",), ("Charging",)]
    status = "SELECT status FROM infrastructure_chargepoint WHERE station_id = %s"
    assert station.value(status, station.pk) == "occupied"


@pytest.mark.req("INF-07")
def test_connector_0_is_the_whole_station(charger: Charger, station: Place) -> None:
    charger.status(1, "Available")
    charger.status(0, "Faulted")
    status = "SELECT status FROM infrastructure_chargepoint WHERE station_id = %s"
    assert station.value(status, station.pk) == "needs_service"
    charger.status(0, "Available")
    assert station.value(status, station.pk) == "available"


@pytest.mark.req("INF-07", "OCP-06")
def test_a_late_status_joins_the_timeline_and_does_not_rewind(
    charger: Charger, station: Place
) -> None:
    charger.status(1, "Charging", timestamp=time_text(minutes=-10))
    charger.status(1, "Preparing", timestamp=time_text(minutes=-60))
    connector = "SELECT status FROM infrastructure_connector WHERE station_id = %s"
    assert station.value(connector, station.pk) == "Charging"
    count = "SELECT count(*) FROM infrastructure_statuschange WHERE station_id = %s"
    assert station.value(count, station.pk) == 2


@pytest.mark.req("OCP-07")
def test_a_connector_that_nobody_entered_is_made(charger: Charger, station: Place) -> None:
    charger.status(7, "Available")
    row = station.rows(
        "SELECT c.status, p.status FROM infrastructure_connector c "
        "JOIN infrastructure_chargepoint p ON p.id = c.charge_point_id "
        "WHERE c.station_id = %s AND c.number = 7",
        station.pk,
    )
    assert row == [("Available", "available")]


@pytest.mark.req("INF-07")
def test_a_heartbeat_is_a_sign_of_life(charger: Charger, station: Place) -> None:
    query = "SELECT last_message_at FROM infrastructure_stationconnection WHERE station_id = %s"
    charger.call("Heartbeat", {})
    before = station.value(query, station.pk)
    charger.call("Heartbeat", {})
    assert station.value(query, station.pk) > before


@pytest.mark.req("OCP-01", "OCP-07")
def test_frames_before_the_boot_are_answered(charger: Charger) -> None:
    assert "currentTime" in charger.result("Heartbeat", {})


@pytest.mark.req("OCP-06", "OCP-07")
def test_meter_values_without_usable_transaction_join_the_open_one(
    gateway: GatewayProcess, charger: Charger, station: Place
) -> None:
    transaction_id = charger.result("StartTransaction", start_payload())["transactionId"]
    for unusable in (0, -1, None):
        charger.result("MeterValues", meter_values(transactionId=unusable))
    with Charger.dial(gateway.url, station) as again:
        again.result("MeterValues", meter_values())
    found = station.rows(
        "SELECT DISTINCT transaction_id FROM charge_records_metersample WHERE station_id = %s",
        station.pk,
    )
    assert found == [(transaction_id,)]


@pytest.mark.req("OCP-06")
def test_meter_values_after_the_stop_are_kept(charger: Charger, station: Place) -> None:
    transaction_id = charger.result("StartTransaction", start_payload())["transactionId"]
    charger.result("StopTransaction", stop_payload(transaction_id))
    charger.result("MeterValues", meter_values(transaction_id))
    count = "SELECT count(*) FROM charge_records_metersample WHERE transaction_id = %s"
    assert station.value(count, transaction_id) == 2


@pytest.mark.req("INF-16", "OCP-01")
def test_firmware_diagnostics_and_vendor_data_are_answered(
    charger: Charger, station: Place
) -> None:
    assert charger.result("FirmwareStatusNotification", {"status": "Downloaded"}) == {}
    assert charger.result("DiagnosticsStatusNotification", {"status": "Uploaded"}) == {}
    answer = charger.result("DataTransfer", {"vendorId": "com.example", "data": "x"})
    assert answer == {"status": "UnknownVendorId"}
    row = station.rows(
        "SELECT firmware_status, diagnostics_status FROM infrastructure_station WHERE id = %s",
        station.pk,
    )
    assert row == [("Downloaded", "Uploaded")]


@pytest.mark.req("INF-07")
def test_going_and_coming_shows_at_the_charge_point(
    gateway: GatewayProcess, station: Place
) -> None:
    status = "SELECT status FROM infrastructure_chargepoint WHERE station_id = %s"
    with Charger.dial(gateway.url, station) as charger:
        charger.status(1, "Available")
        assert station.value(status, station.pk) == "available"
    eventually(lambda: station.value(status, station.pk) == "needs_service")
    with Charger.dial(gateway.url, station) as charger:
        charger.call("Heartbeat", {})
        assert station.value(status, station.pk) == "available"
