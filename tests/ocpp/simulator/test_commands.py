"""Each command of the central system has its effect."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.ocpp.simulator import SimulatedCharger, Vehicle
from apps.ocpp.simulator.maintenance_commands import next_version
from apps.ocpp.simulator.session import Stay
from tests.ocpp.simulator.central import Central, booted_charger

pytestmark = pytest.mark.req("OCP-01", "INF-15")


async def start_charging(central: Central, charger: SimulatedCharger) -> None:
    charger.start_session(charger.connectors[1], "CARD", Stay())
    await charger.plug(charger.connectors[1], Vehicle(max_power_w=11_000))
    await central.until_status("Charging")


async def test_remote_start_when_free_really_starts_and_remote_stop_stops() -> None:
    async with booted_charger(connectors=(1, 2)) as (central, _):
        answer = await central.command(
            "RemoteStartTransaction", {"idTag": "CARD", "connectorId": 2}
        )
        assert answer == {"status": "Accepted"}
        start = await central.until_called("StartTransaction")
        assert (start["connectorId"], start["idTag"]) == (2, "CARD")
        await central.until_status("Charging", connector=2)
        assert central.of("Authorize") == [{"idTag": "CARD"}]
        rejected = await central.command("RemoteStopTransaction", {"transactionId": 999})
        assert rejected == {"status": "Rejected"}
        accepted = await central.command("RemoteStopTransaction", {"transactionId": 101})
        assert accepted == {"status": "Accepted"}
        assert (await central.until_called("StopTransaction"))["reason"] == "Remote"
        await central.until_status("Finishing", connector=2)


async def test_remote_start_when_no_connector_is_free_is_rejected() -> None:
    async with booted_charger() as (central, charger):
        await start_charging(central, charger)
        answer = await central.command("RemoteStartTransaction", {"idTag": "OTHER"})
        assert answer == {"status": "Rejected"}


async def test_remote_start_when_the_card_is_refused_starts_nothing() -> None:
    async with booted_charger() as (central, charger):
        central.on("Authorize", lambda payload: {"idTagInfo": {"status": "Blocked"}})
        await central.command("RemoteStartTransaction", {"idTag": "CARD"})
        await central.until_called("Authorize")
        await charger.heartbeat()
        assert central.of("StartTransaction") == []


@pytest.mark.parametrize("kind", ["Soft", "Hard"])
async def test_reset_when_charging_stops_closes_connects_and_boots(kind: str) -> None:
    async with booted_charger() as (central, charger):
        await start_charging(central, charger)
        assert await central.command("Reset", {"type": kind}) == {"status": "Accepted"}
        await central.until_called("BootNotification", 2)
        stop = await central.until_called("StopTransaction")
        assert stop["reason"] == f"{kind}Reset"
        assert (central.handshakes, charger.counters.reconnects) == (2, 1)
        actions = [action for _, action, _ in central.calls]
        stop_came_before_boot = actions.index("StopTransaction") < len(actions) - 1 - actions[
            ::-1
        ].index("BootNotification")
        assert stop_came_before_boot == (kind == "Soft")


async def test_change_configuration_when_accepted_is_seen_in_get_configuration() -> None:
    async with booted_charger() as (central, _):

        async def change(key: str, value: str) -> str:
            answer = await central.command("ChangeConfiguration", {"key": key, "value": value})
            return str(answer["status"])

        assert await change("MeterValueSampleInterval", "30") == "Accepted"
        assert await change("Free-Charging", "true") == "RebootRequired"
        assert await change("NumberOfConnectors", "7") == "Rejected"
        assert await change("MeterValueSampleInterval", "soon") == "Rejected"
        assert await change("NoSuchKey", "1") == "NotSupported"
        wanted = ["MeterValueSampleInterval", "Free-Charging", "NumberOfConnectors", "NoSuchKey"]
        answer = await central.command("GetConfiguration", {"key": wanted})
        assert answer == {
            "configurationKey": [
                {"key": "MeterValueSampleInterval", "readonly": False, "value": "30"},
                {"key": "Free-Charging", "readonly": False, "value": "true"},
                {"key": "NumberOfConnectors", "readonly": True, "value": "1"},
            ],
            "unknownKey": ["NoSuchKey"],
        }


async def test_get_configuration_when_no_keys_are_named_lists_all_but_no_secret() -> None:
    async with booted_charger() as (central, _):
        entries = (await central.command("GetConfiguration", {}))["configurationKey"]
        by_key = {entry["key"]: entry for entry in entries}
        assert by_key["SupportedFeatureProfiles"]["readonly"] is True
        assert "value" not in by_key["AuthorizationKey"]
        assert len(by_key) > 30


async def test_authorization_key_when_changed_is_used_from_the_next_connection_on() -> None:
    async with booted_charger(password="first-password") as (central, charger):
        key = "00112233445566778899aabbccddeeff00112233"
        await central.command("ChangeConfiguration", {"key": "AuthorizationKey", "value": key})
        await central.until(lambda: central.handshakes == 2)
        assert charger.password == bytes.fromhex(key)


async def test_heartbeat_interval_when_changed_takes_effect_at_once() -> None:
    async with booted_charger() as (central, charger):
        charger.clock.speed = 1000.0
        change = {"key": "HeartbeatInterval", "value": "10"}
        await central.command("ChangeConfiguration", change)
        await central.until_called("Heartbeat", 2)
        assert len(central.of("Heartbeat")) >= 2


async def test_clock_aligned_data_when_switched_on_are_sent_for_each_connector() -> None:
    async with booted_charger(connectors=(1, 2)) as (central, charger):
        charger.clock.speed = 1000.0
        change = {"key": "ClockAlignedDataInterval", "value": "60"}
        await central.command("ChangeConfiguration", change)
        await central.until_called("MeterValues", 2)
        first, second = central.of("MeterValues")[:2]
        assert (first["connectorId"], second["connectorId"]) == (1, 2)
        assert first["meterValue"][0]["sampledValue"][0]["context"] == "Sample.Clock"
        assert "transactionId" not in first


async def test_change_availability_when_idle_shows_unavailable_until_changed_back() -> None:
    async with booted_charger() as (central, _):
        off = {"connectorId": 1, "type": "Inoperative"}
        assert await central.command("ChangeAvailability", off) == {"status": "Accepted"}
        await central.until_status("Unavailable")
        answer = await central.command("RemoteStartTransaction", {"idTag": "CARD"})
        assert answer == {"status": "Rejected"}
        await central.command("ChangeAvailability", {**off, "type": "Operative"})
        await central.until_status("Available")
        assert await central.command("ChangeAvailability", {**off, "connectorId": 9}) == {
            "status": "Rejected"
        }


async def test_change_availability_when_charging_is_scheduled_for_the_end() -> None:
    async with booted_charger() as (central, charger):
        await start_charging(central, charger)
        off = {"connectorId": 0, "type": "Inoperative"}
        assert await central.command("ChangeAvailability", off) == {"status": "Scheduled"}
        await central.until_status("Unavailable", connector=0)
        assert central.statuses()[-1] == "Charging"
        await charger.unplug(charger.connectors[1])
        await central.until_status("Unavailable")


async def test_unlock_when_charging_ends_the_transaction() -> None:
    async with booted_charger() as (central, charger):
        await start_charging(central, charger)
        assert await central.command("UnlockConnector", {"connectorId": 1}) == {
            "status": "Unlocked"
        }
        assert (await central.until_called("StopTransaction"))["reason"] == "UnlockCommand"
        await central.until_status("Available")
        assert await central.command("UnlockConnector", {"connectorId": 5}) == {
            "status": "NotSupported"
        }


async def test_clear_cache_when_on_forgets_the_cards() -> None:
    async with booted_charger() as (central, charger):
        await charger.authorize("CARD")
        assert await central.command("ClearCache", {}) == {"status": "Accepted"}
        assert charger.cache == {}
        charger.configuration.change("AuthorizationCacheEnabled", "false")
        assert await central.command("ClearCache", {}) == {"status": "Rejected"}


async def test_data_transfer_when_of_our_vendor_is_echoed() -> None:
    async with booted_charger() as (central, _):
        message = {"vendorId": "Chargeyard", "messageId": "echo", "data": "x"}
        assert await central.command("DataTransfer", message) == {"status": "Accepted", "data": "x"}
        assert await central.command("DataTransfer", {"vendorId": "other"}) == {
            "status": "UnknownVendorId"
        }


@pytest.mark.parametrize(
    "message, action",
    [
        ("BootNotification", "BootNotification"),
        ("Heartbeat", "Heartbeat"),
        ("StatusNotification", "StatusNotification"),
        ("MeterValues", "MeterValues"),
        ("DiagnosticsStatusNotification", "DiagnosticsStatusNotification"),
        ("FirmwareStatusNotification", "FirmwareStatusNotification"),
    ],
)
async def test_trigger_message_when_known_sends_it(message: str, action: str) -> None:
    async with booted_charger() as (central, _):
        before = len(central.of(action))
        answer = await central.command("TriggerMessage", {"requestedMessage": message})
        assert answer == {"status": "Accepted"}
        await central.until_called(action, before + 1)


async def test_trigger_message_when_unknown_or_misdirected_says_so() -> None:
    async with booted_charger() as (central, _):
        for payload, word in (
            ({"requestedMessage": "SignCertificate"}, "NotImplemented"),
            ({"requestedMessage": "StatusNotification", "connectorId": 8}, "Rejected"),
        ):
            assert await central.command("TriggerMessage", payload) == {"status": word}


async def test_update_firmware_when_done_boots_with_the_new_version() -> None:
    async with booted_charger() as (central, _):
        order = {
            "location": "https://files.example/ac22-1.5.0.bin",
            "retrieveDate": datetime.now(UTC).isoformat(),
        }
        assert await central.command("UpdateFirmware", order) == {}
        await central.until_called("FirmwareStatusNotification", 4)
        statuses = [payload["status"] for payload in central.of("FirmwareStatusNotification")]
        assert statuses == ["Downloading", "Downloaded", "Installing", "Installed"]
        versions = [payload["firmwareVersion"] for payload in central.of("BootNotification")]
        assert versions == ["1.0.0", "1.5.0"]


async def test_update_firmware_when_the_address_is_odd_fails_to_download() -> None:
    async with booted_charger() as (central, _):
        order = {"location": "nowhere", "retrieveDate": datetime.now(UTC).isoformat()}
        await central.command("UpdateFirmware", order)
        await central.until_called("FirmwareStatusNotification", 2)
        assert central.of("FirmwareStatusNotification")[1]["status"] == "DownloadFailed"
        assert len(central.of("BootNotification")) == 1


@pytest.mark.parametrize(
    "current, location, version",
    [
        ("1.0.0", "https://files.example/2.1/fw-1.4.2.bin", "1.4.2"),
        ("1.0.9", "ftp://files.example/latest.bin", "1.0.10"),
        ("beta", "ftp://files.example/latest.bin", "beta.1"),
    ],
)
def test_next_version_when_a_file_is_named_reads_or_raises(
    current: str, location: str, version: str
) -> None:
    assert next_version(current, location) == version


@pytest.mark.parametrize(
    "location, statuses",
    [("sftp://files.example/up", ["Uploading", "Uploaded"]), ("nowhere", ["UploadFailed"])],
)
async def test_get_diagnostics_names_the_file_and_reports(
    location: str, statuses: list[str]
) -> None:
    async with booted_charger() as (central, _):
        answer = await central.command("GetDiagnostics", {"location": location})
        assert answer["fileName"].startswith("CB-1-")
        await central.until_called("DiagnosticsStatusNotification", len(statuses))
        sent = [payload["status"] for payload in central.of("DiagnosticsStatusNotification")]
        assert sent == statuses


async def test_local_list_when_sent_is_kept_and_its_version_reported() -> None:
    def entry(tag: str, status: str | None) -> dict[str, Any]:
        return {"idTag": tag, **({"idTagInfo": {"status": status}} if status else {})}

    async with booted_charger() as (central, charger):

        async def send(kind: str, version: int, *entries: dict[str, Any]) -> str:
            payload = {"updateType": kind, "listVersion": version}
            answer = await central.command(
                "SendLocalList", {**payload, "localAuthorizationList": list(entries)}
            )
            return str(answer["status"])

        assert await central.command("GetLocalListVersion", {}) == {"listVersion": 0}
        assert await send("Full", 3, entry("A", "Accepted"), entry("B", "Blocked")) == "Accepted"
        assert await send("Differential", 3, entry("C", "Accepted")) == "VersionMismatch"
        assert await send("Differential", 4, entry("A", None), entry("C", "Accepted")) == "Accepted"
        assert sorted(charger.local_list) == ["B", "C"]
        assert await central.command("GetLocalListVersion", {}) == {"listVersion": 4}
        charger.configuration.change("LocalAuthListEnabled", "false")
        assert await central.command("GetLocalListVersion", {}) == {"listVersion": -1}
        assert await send("Full", 5) == "NotSupported"


async def test_reservation_when_kept_is_used_by_its_card() -> None:
    expiry = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    order = {"connectorId": 1, "expiryDate": expiry, "idTag": "CARD", "reservationId": 5}
    async with booted_charger() as (central, charger):
        assert await central.command("ReserveNow", order) == {"status": "Accepted"}
        await central.until_status("Reserved")
        other = {**order, "reservationId": 6}
        assert await central.command("ReserveNow", other) == {"status": "Occupied"}
        await charger.start(1, "CARD", 0)
        assert central.of("StartTransaction")[0]["reservationId"] == 5
        assert await central.command("CancelReservation", {"reservationId": 5}) == {
            "status": "Rejected"
        }


async def test_reservation_when_cancelled_or_expired_frees_the_connector() -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=0.2)).isoformat()
    late = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    async with booted_charger() as (central, _):
        for number, expiry in ((1, late), (2, soon)):
            order = {"connectorId": 1, "expiryDate": expiry, "idTag": "C", "reservationId": number}
            assert await central.command("ReserveNow", order) == {"status": "Accepted"}
            await central.until_status("Reserved")
            if expiry == late:
                cancel = {"reservationId": number}
                assert await central.command("CancelReservation", cancel) == {"status": "Accepted"}
            await central.until_status("Available")


def profile(limit: float, *, unit: str = "W", purpose: str = "TxDefaultProfile") -> dict[str, Any]:
    return {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative",
        "chargingSchedule": {
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
        },
    }


async def test_charging_profile_when_set_lowers_the_power_until_cleared() -> None:
    async with booted_charger(power_w=22_000) as (central, charger):
        connector = charger.connectors[1]
        await charger.plug(connector, Vehicle(max_power_w=22_000, soc=20))
        charger.start_session(connector, "CARD", Stay())
        await central.until_status("Charging")
        assert connector.drawn_w == 22_000
        body = {"connectorId": 1, "csChargingProfiles": profile(10, unit="A")}
        assert await central.command("SetChargingProfile", body) == {"status": "Accepted"}
        trigger = {"requestedMessage": "MeterValues", "connectorId": 1}
        await central.command("TriggerMessage", trigger)
        values = (await central.until_called("MeterValues"))["meterValue"][0]["sampledValue"]
        by_measurand = {value["measurand"]: value["value"] for value in values}
        assert by_measurand["Power.Active.Import"] == "6900"
        schedule = await central.command("GetCompositeSchedule", {"connectorId": 1, "duration": 60})
        periods = schedule["chargingSchedule"]["chargingSchedulePeriod"]
        assert periods == [{"startPeriod": 0, "limit": 6900.0}]
        assert await central.command("ClearChargingProfile", {"id": 1}) == {"status": "Accepted"}
        assert await central.command("ClearChargingProfile", {"id": 1}) == {"status": "Unknown"}
        assert connector.drawn_w == 22_000


async def test_charging_profile_when_too_low_suspends_and_when_wrong_is_rejected() -> None:
    async with booted_charger() as (central, charger):
        tx_profile = profile(5000, purpose="TxProfile")
        body = {"connectorId": 1, "csChargingProfiles": tx_profile}
        assert await central.command("SetChargingProfile", body) == {"status": "Rejected"}
        await start_charging(central, charger)
        body = {"connectorId": 1, "csChargingProfiles": profile(1000)}
        assert await central.command("SetChargingProfile", body) == {"status": "Accepted"}
        await central.until_status("SuspendedEVSE")
        broken = {"connectorId": 1, "csChargingProfiles": {"chargingProfileId": 1}}
        kind, parts = await central.raw_command("SetChargingProfile", broken)
        assert (kind, parts[0]) == (4, "FormationViolation")
