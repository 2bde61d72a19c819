"""What we ask of a charger, whatever version of OCPP it speaks, and how far it got.

A command travels with a plain dict of parameters (kept as JSON in the outbox): times are RFC 3339
texts with zone, `?` marks keys that may be missing or None. An adapter raises
`ParametersInvalidError` for parameters it cannot send and `CommandNotOfferedError` for a command
its protocol does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Command(StrEnum):
    """Each member is followed by its parameters: `key: type, unit or choice`."""

    # hard: bool (False lets running transactions end first)
    RESTART = "restart"
    # connector: int (0 = whole station), operative: bool
    CHANGE_AVAILABILITY = "change_availability"
    # key: str <= 50, value: str <= 500
    CHANGE_CONFIGURATION = "change_configuration"
    # password: str <= 40, what the station shall dial in with from now on
    CHANGE_PASSWORD = "change_password"  # noqa: S105
    # no parameters
    CLEAR_CACHE = "clear_cache"
    # keys?: list[str], empty or missing = all
    GET_CONFIGURATION = "get_configuration"
    # location: str (URI to upload to), retries?: int, retry_interval_s?: int s,
    # start?: time, stop?: time
    GET_DIAGNOSTICS = "get_diagnostics"
    # location: str (URI to download from), retrieve_at: time, retries?: int,
    # retry_interval_s?: int s
    UPDATE_FIRMWARE = "update_firmware"
    # id_tag: str <= 20, connector?: int > 0, charging_profile?: dict (see SET_CHARGING_PROFILE)
    REMOTE_START = "remote_start"
    # transaction_id: int
    REMOTE_STOP = "remote_stop"
    # connector: int > 0
    UNLOCK = "unlock"
    # message: str, one of TriggerableMessage; connector?: int > 0
    TRIGGER_MESSAGE = "trigger_message"
    # vendor_id: str <= 255, message_id?: str <= 50, data?: str
    DATA_TRANSFER = "data_transfer"
    # connector: int (0 = any), reservation_id: int, id_tag: str <= 20, expires_at: time,
    # parent_id_tag?: str <= 20
    RESERVE_NOW = "reserve_now"
    # reservation_id: int
    CANCEL_RESERVATION = "cancel_reservation"
    # no parameters
    GET_LOCAL_LIST_VERSION = "get_local_list_version"
    # version: int > 0, full: bool (False = changes only),
    # entries: list of {id_tag: str <= 20, status?: AuthorizationStatus (missing = remove),
    #   expires_at?: time, parent_id_tag?: str <= 20}
    SEND_LOCAL_LIST = "send_local_list"
    # connector: int (0 = whole station), profile: {id: int, stack_level: int,
    #   purpose: "station_maximum" | "default" | "transaction",
    #   kind: "absolute" | "recurring" | "relative", recurrency?: "daily" | "weekly",
    #   transaction_id?: int, valid_from?: time, valid_to?: time, unit: "A" | "W",
    #   duration_s?: int s, start?: time, minimum_rate?: number in unit,
    #   periods: list of {start_s: int s, limit: number in unit, phases?: int}, start_s ascending}
    SET_CHARGING_PROFILE = "set_charging_profile"
    # id?: int, connector?: int, purpose?: as above, stack_level?: int; none of them = all
    CLEAR_CHARGING_PROFILE = "clear_charging_profile"
    # connector: int (0 = whole station), duration_s: int s, unit?: "A" | "W"
    GET_COMPOSITE_SCHEDULE = "get_composite_schedule"
    # message: str, one of TriggerableMessage; connector?: int > 0
    EXTENDED_TRIGGER_MESSAGE = "extended_trigger_message"
    # type: "diagnostics" | "security", request_id: int, location: str (URI to upload to),
    # retries?: int, retry_interval_s?: int s, start?: time, stop?: time
    GET_LOG = "get_log"
    # request_id: int, location: str (URI to download from), retrieve_at: time, install_at?: time,
    # signing_certificate: str (PEM), signature: str (base64), retries?: int,
    # retry_interval_s?: int s
    UPDATE_FIRMWARE_SIGNED = "update_firmware_signed"
    # certificate_chain: str (PEM, the station's own first)
    SEND_SIGNED_CERTIFICATE = "send_signed_certificate"
    # use: "central_system_root" | "manufacturer_root", certificate: str (PEM)
    INSTALL_CERTIFICATE = "install_certificate"
    # hash_algorithm: "SHA256" | "SHA384" | "SHA512", issuer_name_hash: str, issuer_key_hash: str,
    # serial_number: str (as GET_INSTALLED_CERTIFICATES told them)
    DELETE_CERTIFICATE = "delete_certificate"
    # use: as in INSTALL_CERTIFICATE
    GET_INSTALLED_CERTIFICATES = "get_installed_certificates"
    # action: str (word of the protocol), payload: dict, sent as given
    OCPP_CALL = "ocpp_call"


class TriggerableMessage(StrEnum):
    """Messages a charger can be asked to send; the last two only by EXTENDED_TRIGGER_MESSAGE."""

    BOOT = "boot"
    HEARTBEAT = "heartbeat"
    STATUS = "status"
    METER_VALUES = "meter_values"
    FIRMWARE_STATUS = "firmware_status"
    DIAGNOSTICS_STATUS = "diagnostics_status"
    LOG_STATUS = "log_status"
    SIGN_CERTIFICATE = "sign_certificate"


class CommandStatus(StrEnum):
    """How far a command got."""

    QUEUED = "queued"
    SENT = "sent"
    # The charger answered; whether it agreed is in the verdict.
    ANSWERED = "answered"
    # The charger answered with an error message.
    REJECTED = "rejected"
    TIMED_OUT = "timed_out"
    # Never sent: too old by the time the charger was back.
    EXPIRED = "expired"
    # The charger's protocol does not know the command.
    NOT_OFFERED = "not_offered"


OPEN_COMMAND_STATUSES = frozenset({CommandStatus.QUEUED, CommandStatus.SENT})


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What the charger answered. `verdict`: its own word ("Scheduled"), "" where it gives none."""

    accepted: bool
    verdict: str
    payload: dict[str, Any]


class ParametersInvalidError(ValueError):
    """The parameters of a command cannot be sent; the text names the key and why."""


class CommandNotOfferedError(LookupError):
    """The protocol has no message for this command."""
