"""S8 and S19: what a station writes is text on every page, and one line in the log at most."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from apps.infrastructure.models import Station, StationCommand
from apps.infrastructure.services.commands import request_command
from apps.vocabulary.commands import Command
from tests.conftest import STATION_KEY
from tests.ocpp.gateway.clients import Charger, Place, eventually, refusal, time_text
from tests.ocpp.gateway.servers import GatewayProcess
from tests.ocpp.security.pages import visit

# Short enough for an idTag; the template text would come out as 42008.
TAG = "<i>x7q</i>"
ESCAPED = "&lt;i&gt;x7q"
HOSTILE = "\"'><script>alert('x7q')</script>{{ 42000|add:8 }}{% now 'Y' %}"
RAW = re.compile(r"<i>x7q|<script>alert\('x7q|42008|<img src=x7q")
SAMPLE = {
    "value": HOSTILE,
    "context": TAG,
    "format": TAG,
    "measurand": TAG,
    "phase": TAG,
    "location": TAG,
    "unit": TAG,
}
METER_VALUE = [{"timestamp": time_text(minutes=-9), "sampledValue": [SAMPLE, {"value": "1200"}]}]
METERED = {"connectorId": 1, "meterValue": METER_VALUE}
BOOT = (
    "chargePointVendor", "chargePointModel", "chargeBoxSerialNumber", "chargePointSerialNumber",
    "firmwareVersion", "iccid", "imsi", "meterType", "meterSerialNumber",
)  # fmt: skip


def requests(transaction_id: int) -> list[tuple[str, dict[str, object]]]:
    """Return requests with the hostile text in every field that holds text."""
    status = {"connectorId": 1, "errorCode": "OtherError", "status": "Faulted"}
    return [
        ("BootNotification", dict.fromkeys(BOOT, HOSTILE)),
        ("BootNotification", dict.fromkeys(BOOT, TAG)),
        ("StatusNotification", {**status, "info": HOSTILE, "vendorId": TAG}),
        ("StatusNotification", {**status, "vendorErrorCode": HOSTILE}),
        ("StatusNotification", {**status, "connectorId": 0, "status": TAG, "errorCode": TAG}),
        ("StatusNotification", {**status, "status": TAG, "errorCode": TAG, "timestamp": TAG}),
        ("Authorize", {"idTag": TAG}),
        ("MeterValues", {"transactionId": transaction_id, **METERED}),
        ("DataTransfer", {"vendorId": TAG, "messageId": TAG, "data": HOSTILE}),
        ("FirmwareStatusNotification", {"status": TAG}),
        ("DiagnosticsStatusNotification", {"status": TAG}),
        ("LogStatusNotification", {"status": TAG, "requestId": 1}),
        ("SecurityEventNotification", {"type": TAG, "timestamp": TAG, "techInfo": HOSTILE}),
        ("SignCertificate", {"csr": HOSTILE}),
        (TAG, {"field": HOSTILE}),
        (
            "StopTransaction",
            {
                "transactionId": transaction_id,
                "idTag": TAG,
                "meterStop": 3000,
                "timestamp": time_text(minutes=-5),
                "reason": TAG,
                "transactionData": METER_VALUE,
            },
        ),
    ]  # fmt: skip


@pytest.mark.req("OCP-07", "INF-14")
def test_s8_what_a_station_writes_is_escaped_on_every_page(
    gateway: GatewayProcess, place: Callable[..., Place]
) -> None:
    station = place()
    with Charger.dial(gateway.url, station) as charger:
        started = charger.result(
            "StartTransaction",
            {
                "connectorId": 1,
                "idTag": TAG,
                "meterStart": 1000,
                "timestamp": time_text(minutes=-30),
            },
        )
        for number, (action, payload) in enumerate(requests(started["transactionId"])):
            charger.call(action, payload, message_id=f"{TAG}{number}")
        charger.raw(json.dumps([2, TAG, HOSTILE]))
        for answer in (
            f'[3,"ID",{{"status":"{TAG}","more":{json.dumps(HOSTILE)}}}]',
            f'[4,"ID","{TAG}",{json.dumps(HOSTILE)},{{"more":"{TAG}"}}]',
        ):
            pk = station.look(lambda: queue(station))
            frame = charger.command()
            charger.socket.send(answer.replace("ID", frame[1]))
            eventually(lambda pk=pk: is_over(station, pk))
    shown = visit(station)
    raw = {address: RAW.findall(text) for address, text in shown.items() if "export" not in address}
    assert {address: found for address, found in raw.items() if found} == {}
    telling = [address for address, text in shown.items() if ESCAPED in text]
    for part in (
        "tab=overview",
        "tab=messages",
        "tab=security",
        "tab=commands",
        "/infrastructure/stationcommand/",
        "/ocpp/messageexchange/",
        "/charge_records/activation/",
    ):
        assert any(part in address for address in telling), part
    print(f"{len(shown)} pages, {len(telling)} with the text, 0 raw")


def queue(station: Place) -> int:
    row = Station.objects.get(pk=station.pk)
    return request_command(row, Command.CLEAR_CACHE, actor=None, now=datetime.now(UTC)).pk


def is_over(station: Place, pk: int) -> bool:
    rows = StationCommand.objects.filter(pk=pk, status__in=["queued", "sent"])
    return station.look(lambda: not rows.exists())


FORGED = "2026-11-24 12:00:00,000 ERROR forged: FORGED-LINE"
INJECTED = f"x\r\n{FORGED}\n\x1b[31mred\x1b[0m\x00\x85\u2028{FORGED}"


@pytest.mark.req("ACC-07")
def test_s19_no_line_of_the_log_is_forged_and_no_secret_is_in_it(
    gateway: GatewayProcess, station: Place
) -> None:
    secret = "PASS-never-in-the-log"
    card = "CARD-S19-0042"
    for name in (f"{station.charge_box_id}{INJECTED}", INJECTED):
        path = f"/device/ocpp16/{quote(name)}"
        refusal(gateway.url, station, path=path, user=name.replace(":", ""), password=secret)
    refusal(gateway.url, station, user=quote(INJECTED), password=secret + INJECTED)
    with Charger.dial(gateway.url, station) as charger:
        charger.boot()
        charger.call("Authorize", {"idTag": card})
        charger.call("DataTransfer", {"vendorId": INJECTED, "data": INJECTED})
        charger.call(INJECTED, {"field": INJECTED}, message_id="m1")
        charger.call(
            "SecurityEventNotification",
            {"type": INJECTED, "timestamp": INJECTED, "techInfo": INJECTED},
        )
        charger.socket.send(json.dumps([3, INJECTED, {"status": INJECTED}]))
        charger.socket.send(json.dumps([4, "x", INJECTED, INJECTED, {}]))
        charger.result("Heartbeat", {})
    eventually(lambda: "WrongCredentials" in gateway.log.read_text())
    written = gateway.log.read_bytes().decode()
    assert [line for line in written.splitlines() if line.startswith((FORGED, "red"))] == []
    assert re.findall("[\x00\x1b\x85\u2028]", written) == []
    for hidden in (secret, card, STATION_KEY):
        assert hidden not in written
