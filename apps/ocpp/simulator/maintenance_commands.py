"""Firmware, diagnostics and trigger commands, and what follows them (OCPP 1.6, sections 5, 6)."""

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from apps.ocpp.simulator.clock import from_text
from apps.ocpp.simulator.frames import Payload
from apps.ocpp.simulator.replies import Handler, Reply, status, text_field

if TYPE_CHECKING:
    from apps.ocpp.simulator.charger import SimulatedCharger

SCHEMES = ("ftp", "ftps", "sftp", "http", "https")
TRANSFER_S = 20.0
INSTALLATION_S = 30.0


def get_diagnostics(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Name the file; Uploading and Uploaded follow, or UploadFailed for an odd address."""
    location = text_field(payload, "location")
    stamp = charger.now().strftime("%Y%m%dT%H%M%S")
    name = f"{charger.charge_box_id}-{stamp}.log"

    async def upload() -> None:
        if urlsplit(location).scheme not in SCHEMES:
            await charger.report_diagnostics("UploadFailed")
            return
        await charger.report_diagnostics("Uploading")
        await charger.clock.sleep(TRANSFER_S * charger.delay_factor)
        await charger.report_diagnostics("Uploaded")

    return Reply({"fileName": name}, upload)


def update_firmware(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Accept; from the retrieve date on: download, install, boot with the new version."""
    location = text_field(payload, "location")
    retrieve_at = from_text(payload.get("retrieveDate")) or charger.now()

    async def update() -> None:
        await charger.clock.sleep((retrieve_at - charger.now()).total_seconds())
        await charger.report_firmware("Downloading")
        await charger.clock.sleep(TRANSFER_S * charger.delay_factor)
        if urlsplit(location).scheme not in SCHEMES:
            await charger.report_firmware("DownloadFailed")
            return
        await charger.report_firmware("Downloaded")
        await charger.report_firmware("Installing")
        await charger.clock.sleep(INSTALLATION_S * charger.delay_factor)
        charger.next_firmware = next_version(charger.identity.firmware, location)
        await charger.reset_soft()

    return Reply({}, update)


def next_version(current: str, location: str) -> str:
    """Return the version in the file's name, else the current one with its last number raised.

    `1.4.2`, `https://example.org/ac22-1.5.0.bin` → `1.5.0`
    """
    if found := re.findall(r"\d+(?:\.\d+)+", urlsplit(location).path):
        return str(found[-1])
    head, _, last = current.rpartition(".")
    return f"{head}.{int(last) + 1}" if last.isdigit() and head else f"{current}.1"


def trigger_message(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Send the message asked for after the answer."""
    number = payload.get("connectorId")
    connectors = charger.connectors_of(number or 0)
    if not connectors:
        return status("Rejected")

    async def send() -> None:
        match payload["requestedMessage"]:
            case "BootNotification":
                await charger.boot()
            case "Heartbeat":
                await charger.heartbeat()
            case "StatusNotification":
                await charger.report_anew(connectors)
            case "MeterValues":
                for connector in connectors:
                    charger.sample(connector, "Trigger")
            case "DiagnosticsStatusNotification":
                await charger.report_diagnostics(charger.diagnostics_status)
            case "FirmwareStatusNotification":
                await charger.report_firmware(charger.firmware_status)

    if text_field(payload, "requestedMessage") not in TRIGGERS:
        return status("NotImplemented")
    return status("Accepted", send)


TRIGGERS = (
    "BootNotification",
    "Heartbeat",
    "StatusNotification",
    "MeterValues",
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
)

HANDLERS: dict[str, Handler] = {
    "GetDiagnostics": get_diagnostics,
    "UpdateFirmware": update_firmware,
    "TriggerMessage": trigger_message,
}
