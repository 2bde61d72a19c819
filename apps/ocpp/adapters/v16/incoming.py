"""Requests of a charger, OCPP 1.6, to station events. Field maps are written out per message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from apps.ocpp.adapters.fields import integer, integer_flags, text, whole_text, word
from apps.ocpp.adapters.models import STANDARD, ModelProfile, card_part
from apps.ocpp.adapters.times import ReadTime, read_time
from apps.ocpp.adapters.v16.meter_values import read_samples, sample_flags
from apps.ocpp.frames import JsonObject
from apps.vocabulary import events

TRANSACTION_ID_UNUSABLE = "transaction_id_unusable"


@dataclass(frozen=True, slots=True)
class Receipt:
    """When a message came, the zone for times without one, and what was forgiven so far."""

    now: datetime
    zone: tzinfo
    flags: tuple[str, ...]
    model: ModelProfile


def decode(
    action: str,
    payload: JsonObject,
    now: datetime,
    *,
    zone: tzinfo = UTC,
    flags: tuple[str, ...] = (),
    model: ModelProfile = STANDARD,
) -> events.Event:
    """Return the event in a request that `intake.judge` let pass (`flags`: those of its verdict).

    `now`: time of receipt, stands in for times that cannot be read. KeyError for an action that
    no charger sends.
    """
    return _DECODERS[action](payload, Receipt(now, zone, flags, model))


def _id_tag(payload: JsonObject, receipt: Receipt) -> str:
    return card_part(text(payload, "idTag"), receipt.model)


def _at(payload: JsonObject, receipt: Receipt) -> ReadTime:
    return read_time(payload.get("timestamp"), now=receipt.now, zone=receipt.zone)


def _optional_at(payload: JsonObject, receipt: Receipt) -> ReadTime:
    """Return the time of a message that may leave it out."""
    if payload.get("timestamp") in (None, ""):
        return ReadTime(None, "")
    return _at(payload, receipt)


def _joined(receipt: Receipt, *more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(flag for part in (receipt.flags, *more) for flag in part))


def _boot(payload: JsonObject, receipt: Receipt) -> events.Event:
    return events.StationBooted(
        vendor=text(payload, "chargePointVendor"),
        model=text(payload, "chargePointModel"),
        serial_number=text(payload, "chargeBoxSerialNumber"),
        charge_point_serial_number=text(payload, "chargePointSerialNumber"),
        firmware_version=text(payload, "firmwareVersion"),
        iccid=text(payload, "iccid"),
        imsi=text(payload, "imsi"),
        meter_type=text(payload, "meterType"),
        meter_serial_number=text(payload, "meterSerialNumber"),
        flags=receipt.flags,
    )


def _heartbeat(payload: JsonObject, receipt: Receipt) -> events.Event:
    return events.HeartbeatReceived(flags=receipt.flags)


def _status(payload: JsonObject, receipt: Receipt) -> events.Event:
    time = _optional_at(payload, receipt)
    return events.StatusReported(
        connector=integer(payload.get("connectorId")) or 0,
        status=word(payload, "status"),
        error_code=word(payload, "errorCode"),
        info=text(payload, "info"),
        vendor_id=text(payload, "vendorId"),
        vendor_error_code=text(payload, "vendorErrorCode"),
        at=time.at,
        at_raw=time.raw,
        flags=_joined(receipt, time.flags),
    )


def _authorize(payload: JsonObject, receipt: Receipt) -> events.Event:
    return events.AuthorizationRequested(id_tag=_id_tag(payload, receipt), flags=receipt.flags)


def _start(payload: JsonObject, receipt: Receipt) -> events.Event:
    time = _at(payload, receipt)
    return events.TransactionStarted(
        connector=integer(payload.get("connectorId")) or 0,
        id_tag=_id_tag(payload, receipt),
        meter_start_wh=integer(payload.get("meterStart")) or 0,
        at=time.at or receipt.now,
        at_raw=time.raw,
        reservation_id=integer(payload.get("reservationId")),
        flags=_joined(receipt, time.flags, integer_flags(payload.get("meterStart"), "meterStart")),
    )


def _stop(payload: JsonObject, receipt: Receipt) -> events.Event:
    time = _at(payload, receipt)
    samples = read_samples(payload.get("transactionData"), now=receipt.now, zone=receipt.zone)
    transaction_id = integer(payload.get("transactionId"))
    return events.TransactionEnded(
        transaction_id=transaction_id,
        id_tag=_id_tag(payload, receipt) or None,
        meter_stop_wh=integer(payload.get("meterStop")) or 0,
        at=time.at or receipt.now,
        at_raw=time.raw,
        reason=word(payload, "reason") or None,
        samples=samples,
        flags=_joined(
            receipt,
            time.flags,
            integer_flags(payload.get("meterStop"), "meterStop"),
            () if transaction_id is not None else (TRANSACTION_ID_UNUSABLE,),
            sample_flags(samples),
        ),
    )


def _meter_values(payload: JsonObject, receipt: Receipt) -> events.Event:
    """Transaction ids that no back end gives (0, -1, null) come as None: see the connector's."""
    samples = read_samples(payload.get("meterValue"), now=receipt.now, zone=receipt.zone)
    transaction_id = integer(payload.get("transactionId"))
    is_usable = transaction_id is not None and transaction_id > 0
    was_sent = "transactionId" in payload
    return events.MeterSampled(
        connector=integer(payload.get("connectorId")) or 0,
        transaction_id=transaction_id if is_usable else None,
        samples=samples,
        flags=_joined(
            receipt,
            (TRANSACTION_ID_UNUSABLE,) if was_sent and not is_usable else (),
            sample_flags(samples),
        ),
    )


def _firmware_status(payload: JsonObject, receipt: Receipt) -> events.Event:
    return events.FirmwareReported(
        status=word(payload, "status"),
        request_id=integer(payload.get("requestId")),
        flags=receipt.flags,
    )


def _diagnostics_status(payload: JsonObject, receipt: Receipt) -> events.Event:
    return events.DiagnosticsReported(
        status=word(payload, "status"),
        request_id=integer(payload.get("requestId")),
        flags=receipt.flags,
    )


def _data_transfer(payload: JsonObject, receipt: Receipt) -> events.Event:
    return events.DataReceived(
        vendor_id=text(payload, "vendorId"),
        message_id=text(payload, "messageId"),
        data=whole_text(payload, "data"),
        flags=receipt.flags,
    )


def _security_event(payload: JsonObject, receipt: Receipt) -> events.Event:
    time = _at(payload, receipt)
    return events.SecurityEventReported(
        type=word(payload, "type"),
        tech_info=text(payload, "techInfo"),
        at=time.at,
        at_raw=time.raw,
        flags=_joined(receipt, time.flags),
    )


def _sign_certificate(payload: JsonObject, receipt: Receipt) -> events.Event:
    return events.CertificateRequested(csr=whole_text(payload, "csr"), flags=receipt.flags)


_DECODERS: dict[str, Callable[[JsonObject, Receipt], events.Event]] = {
    "Authorize": _authorize,
    "BootNotification": _boot,
    "DataTransfer": _data_transfer,
    "DiagnosticsStatusNotification": _diagnostics_status,
    "FirmwareStatusNotification": _firmware_status,
    "Heartbeat": _heartbeat,
    "LogStatusNotification": _diagnostics_status,
    "MeterValues": _meter_values,
    "SecurityEventNotification": _security_event,
    "SignCertificate": _sign_certificate,
    "SignedFirmwareStatusNotification": _firmware_status,
    "StartTransaction": _start,
    "StatusNotification": _status,
    "StopTransaction": _stop,
}
