"""What a message means, in a sentence: "The station reports Charging on connector 1" (INF-14).

Messages come from chargers in any shape; a sentence is made only of what is there.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.ocpp.models.exchanges import Direction

SHORT = 80
Payload = Mapping[str, Any]


def frame_payload(text: str) -> Payload:
    """Return the payload of a CALL or CALLRESULT; {} for anything else."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(frame, list) or not frame:
        return {}
    payload = frame[-1]
    return payload if isinstance(payload, dict) else {}


def word(payload: Payload, *path: str) -> str:
    """Return a value as a short word; "?" where it is missing."""
    value: Any = payload
    for step in path:
        if not isinstance(value, dict) or step not in value:
            return "?"
        value = value[step]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"


def filled(sentence: str | Promise, **paths: str) -> Callable[[Payload], str]:
    """Return a function that fills the sentence's gaps from the payload's keys."""

    def fill(payload: Payload) -> str:
        values = {name: word(payload, *key.split(".")) for name, key in paths.items()}
        return str(sentence) % values

    return fill


def status_sentence(payload: Payload) -> str:
    """Say which connector reports what; the error only where there is one."""
    has_error = word(payload, "errorCode") not in {"?", "NoError"}
    sentence = (
        _("The station reports %(status)s on connector %(connector)s, error %(error)s.")
        if has_error
        else _("The station reports %(status)s on connector %(connector)s.")
    )
    fill = filled(sentence, status="status", connector="connectorId", error="errorCode")
    return fill(payload)


def stop_sentence(payload: Payload) -> str:
    """Say which transaction ended, and why where a reason was sent."""
    sentence = (
        _("Transaction %(transaction)s ended at %(meter)s Wh: %(reason)s.")
        if "reason" in payload
        else _("Transaction %(transaction)s ended at %(meter)s Wh.")
    )
    return filled(sentence, transaction="transactionId", meter="meterStop", reason="reason")(
        payload
    )


def meter_sentence(payload: Payload) -> str:
    """Say for what meter values came."""
    sentence = (
        _("Meter values of transaction %(transaction)s on connector %(connector)s.")
        if payload.get("transactionId") is not None
        else _("Meter values of connector %(connector)s.")
    )
    return filled(sentence, transaction="transactionId", connector="connectorId")(payload)


FROM_STATION: dict[str, Callable[[Payload], str]] = {
    "BootNotification": filled(
        _("The station started: %(vendor)s %(model)s, firmware %(firmware)s."),
        vendor="chargePointVendor",
        model="chargePointModel",
        firmware="firmwareVersion",
    ),
    "Heartbeat": filled(_("Sign of life.")),
    "StatusNotification": status_sentence,
    "Authorize": filled(_("May card %(tag)s charge?"), tag="idTag"),
    "StartTransaction": filled(
        _("Charging starts on connector %(connector)s with card %(tag)s at %(meter)s Wh."),
        connector="connectorId",
        tag="idTag",
        meter="meterStart",
    ),
    "StopTransaction": stop_sentence,
    "MeterValues": meter_sentence,
    "FirmwareStatusNotification": filled(_("Firmware update: %(status)s."), status="status"),
    "DiagnosticsStatusNotification": filled(_("Diagnostics: %(status)s."), status="status"),
    "LogStatusNotification": filled(_("Upload of a log: %(status)s."), status="status"),
    "SignedFirmwareStatusNotification": filled(_("Firmware update: %(status)s."), status="status"),
    "SecurityEventNotification": filled(_("Security event: %(kind)s."), kind="type"),
    "SignCertificate": filled(_("The station asks for a signed certificate.")),
    "DataTransfer": filled(
        _("Data of manufacturer %(vendor)s, message %(message)s."),
        vendor="vendorId",
        message="messageId",
    ),
}

TO_STATION: dict[str, Callable[[Payload], str]] = {
    "Reset": filled(_("Restart the controller (%(kind)s)."), kind="type"),
    "UnlockConnector": filled(_("Unlock connector %(connector)s."), connector="connectorId"),
    "ChangeAvailability": filled(
        _("Set connector %(connector)s to %(kind)s."), connector="connectorId", kind="type"
    ),
    "RemoteStartTransaction": filled(
        _("Start charging on connector %(connector)s with card %(tag)s."),
        connector="connectorId",
        tag="idTag",
    ),
    "RemoteStopTransaction": filled(
        _("End transaction %(transaction)s."), transaction="transactionId"
    ),
    "TriggerMessage": filled(_("Send %(message)s now."), message="requestedMessage"),
    "ClearCache": filled(_("Forget all remembered cards.")),
    "ChangeConfiguration": filled(
        _("Set parameter %(key)s to %(value)s."), key="key", value="value"
    ),
    "GetConfiguration": filled(_("Which parameters are set?")),
    "GetDiagnostics": filled(_("Upload diagnostics.")),
    "UpdateFirmware": filled(_("Load new firmware.")),
    "SignedUpdateFirmware": filled(_("Load new firmware.")),
    "GetLog": filled(_("Upload a log (%(kind)s)."), kind="logType"),
    "ExtendedTriggerMessage": filled(_("Send %(message)s now."), message="requestedMessage"),
    "CertificateSigned": filled(_("Here is the signed certificate.")),
    "InstallCertificate": filled(
        _("Install a root certificate (%(kind)s)."), kind="certificateType"
    ),
    "DeleteCertificate": filled(
        _("Delete the certificate with serial number %(number)s."),
        number="certificateHashData.serialNumber",
    ),
    "GetInstalledCertificateIds": filled(
        _("Which root certificates are installed (%(kind)s)?"), kind="certificateType"
    ),
    "ReserveNow": filled(
        _("Reserve connector %(connector)s for card %(tag)s."),
        connector="connectorId",
        tag="idTag",
    ),
    "CancelReservation": filled(
        _("Cancel reservation %(reservation)s."), reservation="reservationId"
    ),
    "GetLocalListVersion": filled(_("Which version has the list of cards?")),
    "SendLocalList": filled(
        _("Store version %(version)s of the list of cards."), version="listVersion"
    ),
    "SetChargingProfile": filled(
        _("Set a charging profile on connector %(connector)s."), connector="connectorId"
    ),
    "ClearChargingProfile": filled(_("Delete charging profiles.")),
    "GetCompositeSchedule": filled(
        _("Which charging schedule applies to connector %(connector)s?"), connector="connectorId"
    ),
    "DataTransfer": filled(
        _("Data for manufacturer %(vendor)s, message %(message)s."),
        vendor="vendorId",
        message="messageId",
    ),
}


def sentence(direction: str, action: str, request: str) -> str:
    """Return what the request means; "" for a message that we have no words for."""
    table = FROM_STATION if direction == Direction.FROM_STATION else TO_STATION
    make = table.get(action)
    return make(frame_payload(request)) if make else ""


def answer_word(answer: str) -> str:
    """Return the one word of an answer ("Accepted", also inside idTagInfo), or ""."""
    payload = frame_payload(answer)
    for path in (("status",), ("idTagInfo", "status")):
        found = word(payload, *path)
        if found != "?":
            return found
    return ""


def pretty(text: str) -> str:
    """Return the frame as indented JSON; as sent where it is none."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text
