"""Commands to requests of OCPP 1.6. Field maps are written out per message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from apps.ocpp.adapters.models import STANDARD, ModelProfile
from apps.ocpp.adapters.v16.outgoing_answers import authorization_word
from apps.ocpp.adapters.v16.parameters import (
    Parameters,
    add_retries,
    any_text,
    is_given,
    required_boolean,
    required_choice,
    required_integer,
    required_list,
    required_object,
    required_text,
    required_time,
)
from apps.ocpp.adapters.v16.profiles import PURPOSES, RATE_UNITS, charging_profile, fitted
from apps.ocpp.adapters.v16.security_commands import SECURITY_ENCODERS
from apps.ocpp.frames import JsonObject
from apps.ocpp.schemas import TO_CHARGER, Kind, validate
from apps.vocabulary.answers import AuthorizationStatus
from apps.vocabulary.commands import (
    Command,
    CommandNotOfferedError,
    ParametersInvalidError,
    TriggerableMessage,
)


@dataclass(frozen=True, slots=True)
class OutgoingCall:
    """Action and payload of a CALL that has no message id yet."""

    action: str
    payload: JsonObject


_TRIGGERS: dict[str, str] = {
    TriggerableMessage.BOOT: "BootNotification",
    TriggerableMessage.HEARTBEAT: "Heartbeat",
    TriggerableMessage.STATUS: "StatusNotification",
    TriggerableMessage.METER_VALUES: "MeterValues",
    TriggerableMessage.FIRMWARE_STATUS: "FirmwareStatusNotification",
    TriggerableMessage.DIAGNOSTICS_STATUS: "DiagnosticsStatusNotification",
}
_EXTENDED_TRIGGERS: dict[str, str] = {
    TriggerableMessage.BOOT: "BootNotification",
    TriggerableMessage.HEARTBEAT: "Heartbeat",
    TriggerableMessage.STATUS: "StatusNotification",
    TriggerableMessage.METER_VALUES: "MeterValues",
    TriggerableMessage.FIRMWARE_STATUS: "FirmwareStatusNotification",
    TriggerableMessage.LOG_STATUS: "LogStatusNotification",
    TriggerableMessage.SIGN_CERTIFICATE: "SignChargePointCertificate",
}


def encode_command(
    command: Command, parameters: Parameters, model: ModelProfile = STANDARD
) -> OutgoingCall:
    """Return the request for a command; what we build is held to the schema.

    `parameters` as documented at `Command`. Raises ParametersInvalidError, and
    CommandNotOfferedError for an OCPP_CALL whose action no central system sends.
    Example: RESTART, {"hard": False} -> Reset {"type": "Soft"}.
    """
    if command is Command.OCPP_CALL:
        return _ocpp_call(parameters)
    action, build = _ENCODERS[command]
    payload = fitted(build(parameters), model)
    verdict = validate(action, Kind.REQUEST, payload)
    if not verdict.ok:
        raise ParametersInvalidError(f"{action} {verdict.path}: {verdict.reason}")
    return OutgoingCall(action, payload)


def _ocpp_call(parameters: Parameters) -> OutgoingCall:
    action = required_text(parameters, "action")
    if action not in TO_CHARGER:
        raise CommandNotOfferedError(action)
    return OutgoingCall(action, dict(required_object(parameters, "payload")))


def _no_fields(parameters: Parameters) -> JsonObject:
    return {}


def _reset(parameters: Parameters) -> JsonObject:
    return {"type": "Hard" if required_boolean(parameters, "hard") else "Soft"}


def _change_availability(parameters: Parameters) -> JsonObject:
    operative = required_boolean(parameters, "operative")
    return {
        "connectorId": required_integer(parameters, "connector", minimum=0),
        "type": "Operative" if operative else "Inoperative",
    }


def _change_configuration(parameters: Parameters) -> JsonObject:
    return {"key": required_text(parameters, "key"), "value": any_text(parameters, "value")}


def _change_password(parameters: Parameters) -> JsonObject:
    """A generated key goes as its 40 hexadecimal digits, a chosen password as it is.

    Source: OCPP 1.6 security white paper, edition 3, A00.FR.205 and 4.2.
    """
    return {"key": "AuthorizationKey", "value": required_text(parameters, "password")}


def _get_configuration(parameters: Parameters) -> JsonObject:
    if not parameters.get("keys"):
        return {}
    return {"key": required_list(parameters, "keys")}


def _get_diagnostics(parameters: Parameters) -> JsonObject:
    payload: JsonObject = {"location": required_text(parameters, "location")}
    add_retries(payload, parameters)
    if is_given(parameters, "start"):
        payload["startTime"] = required_time(parameters, "start")
    if is_given(parameters, "stop"):
        payload["stopTime"] = required_time(parameters, "stop")
    return payload


def _update_firmware(parameters: Parameters) -> JsonObject:
    payload: JsonObject = {
        "location": required_text(parameters, "location"),
        "retrieveDate": required_time(parameters, "retrieve_at"),
    }
    add_retries(payload, parameters)
    return payload


def _remote_start(parameters: Parameters) -> JsonObject:
    payload: JsonObject = {"idTag": required_text(parameters, "id_tag")}
    if is_given(parameters, "connector"):
        payload["connectorId"] = required_integer(parameters, "connector", minimum=1)
    if is_given(parameters, "charging_profile"):
        payload["chargingProfile"] = charging_profile(
            required_object(parameters, "charging_profile")
        )
    return payload


def _remote_stop(parameters: Parameters) -> JsonObject:
    return {"transactionId": required_integer(parameters, "transaction_id")}


def _unlock(parameters: Parameters) -> JsonObject:
    return {"connectorId": required_integer(parameters, "connector", minimum=1)}


def _trigger_message(parameters: Parameters) -> JsonObject:
    return _trigger(parameters, required_choice(parameters, "message", _TRIGGERS))


def _extended_trigger_message(parameters: Parameters) -> JsonObject:
    return _trigger(parameters, required_choice(parameters, "message", _EXTENDED_TRIGGERS))


def _trigger(parameters: Parameters, message: str) -> JsonObject:
    payload: JsonObject = {"requestedMessage": message}
    if is_given(parameters, "connector"):
        payload["connectorId"] = required_integer(parameters, "connector", minimum=1)
    return payload


def _data_transfer(parameters: Parameters) -> JsonObject:
    payload: JsonObject = {"vendorId": required_text(parameters, "vendor_id")}
    if is_given(parameters, "message_id"):
        payload["messageId"] = any_text(parameters, "message_id")
    if is_given(parameters, "data"):
        payload["data"] = any_text(parameters, "data")
    return payload


def _reserve_now(parameters: Parameters) -> JsonObject:
    payload: JsonObject = {
        "connectorId": required_integer(parameters, "connector", minimum=0),
        "expiryDate": required_time(parameters, "expires_at"),
        "idTag": required_text(parameters, "id_tag"),
        "reservationId": required_integer(parameters, "reservation_id"),
    }
    if is_given(parameters, "parent_id_tag"):
        payload["parentIdTag"] = required_text(parameters, "parent_id_tag")
    return payload


def _cancel_reservation(parameters: Parameters) -> JsonObject:
    return {"reservationId": required_integer(parameters, "reservation_id")}


def _send_local_list(parameters: Parameters) -> JsonObject:
    entries = [
        _list_entry(required_object({"entries": item}, "entries"))
        for item in required_list(parameters, "entries")
    ]
    return {
        "listVersion": required_integer(parameters, "version", minimum=1),
        "updateType": "Full" if required_boolean(parameters, "full") else "Differential",
        "localAuthorizationList": entries,
    }


def _list_entry(entry: Parameters) -> JsonObject:
    """Return an AuthorizationData; without status the card leaves the list (OCPP 1.6, 7.3)."""
    payload: JsonObject = {"idTag": required_text(entry, "id_tag")}
    if not is_given(entry, "status"):
        return payload
    words = {status.value: authorization_word(status) for status in AuthorizationStatus}
    info: JsonObject = {"status": required_choice(entry, "status", words)}
    if is_given(entry, "expires_at"):
        info["expiryDate"] = required_time(entry, "expires_at")
    if is_given(entry, "parent_id_tag"):
        info["parentIdTag"] = required_text(entry, "parent_id_tag")
    payload["idTagInfo"] = info
    return payload


def _set_charging_profile(parameters: Parameters) -> JsonObject:
    return {
        "connectorId": required_integer(parameters, "connector", minimum=0),
        "csChargingProfiles": charging_profile(required_object(parameters, "profile")),
    }


def _clear_charging_profile(parameters: Parameters) -> JsonObject:
    payload: JsonObject = {}
    if is_given(parameters, "id"):
        payload["id"] = required_integer(parameters, "id")
    if is_given(parameters, "connector"):
        payload["connectorId"] = required_integer(parameters, "connector", minimum=0)
    if is_given(parameters, "purpose"):
        payload["chargingProfilePurpose"] = required_choice(parameters, "purpose", PURPOSES)
    if is_given(parameters, "stack_level"):
        payload["stackLevel"] = required_integer(parameters, "stack_level", minimum=0)
    return payload


def _get_composite_schedule(parameters: Parameters) -> JsonObject:
    payload: JsonObject = {
        "connectorId": required_integer(parameters, "connector", minimum=0),
        "duration": required_integer(parameters, "duration_s", minimum=0),
    }
    if is_given(parameters, "unit"):
        payload["chargingRateUnit"] = required_choice(parameters, "unit", RATE_UNITS)
    return payload


_ENCODERS: dict[Command, tuple[str, Callable[[Parameters], JsonObject]]] = {
    Command.RESTART: ("Reset", _reset),
    Command.CHANGE_AVAILABILITY: ("ChangeAvailability", _change_availability),
    Command.CHANGE_CONFIGURATION: ("ChangeConfiguration", _change_configuration),
    Command.CHANGE_PASSWORD: ("ChangeConfiguration", _change_password),
    Command.CLEAR_CACHE: ("ClearCache", _no_fields),
    Command.GET_CONFIGURATION: ("GetConfiguration", _get_configuration),
    Command.GET_DIAGNOSTICS: ("GetDiagnostics", _get_diagnostics),
    Command.UPDATE_FIRMWARE: ("UpdateFirmware", _update_firmware),
    Command.REMOTE_START: ("RemoteStartTransaction", _remote_start),
    Command.REMOTE_STOP: ("RemoteStopTransaction", _remote_stop),
    Command.UNLOCK: ("UnlockConnector", _unlock),
    Command.TRIGGER_MESSAGE: ("TriggerMessage", _trigger_message),
    Command.DATA_TRANSFER: ("DataTransfer", _data_transfer),
    Command.RESERVE_NOW: ("ReserveNow", _reserve_now),
    Command.CANCEL_RESERVATION: ("CancelReservation", _cancel_reservation),
    Command.GET_LOCAL_LIST_VERSION: ("GetLocalListVersion", _no_fields),
    Command.SEND_LOCAL_LIST: ("SendLocalList", _send_local_list),
    Command.SET_CHARGING_PROFILE: ("SetChargingProfile", _set_charging_profile),
    Command.CLEAR_CHARGING_PROFILE: ("ClearChargingProfile", _clear_charging_profile),
    Command.GET_COMPOSITE_SCHEDULE: ("GetCompositeSchedule", _get_composite_schedule),
    Command.EXTENDED_TRIGGER_MESSAGE: ("ExtendedTriggerMessage", _extended_trigger_message),
    **SECURITY_ENCODERS,
}
