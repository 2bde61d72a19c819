"""Logs, signed firmware and certificates: what the security extension lets us ask of a charger.

Source: OCPP 1.6 security white paper, edition 3, sections 4 and 5.
"""

from __future__ import annotations

from collections.abc import Callable

from apps.ocpp.adapters.v16.parameters import (
    Parameters,
    add_retries,
    is_given,
    required_choice,
    required_integer,
    required_text,
    required_time,
)
from apps.ocpp.frames import JsonObject
from apps.vocabulary.commands import Command

_LOGS = {"diagnostics": "DiagnosticsLog", "security": "SecurityLog"}
_USES = {
    "central_system_root": "CentralSystemRootCertificate",
    "manufacturer_root": "ManufacturerRootCertificate",
}
_HASHES = {name: name for name in ("SHA256", "SHA384", "SHA512")}


def _get_log(parameters: Parameters) -> JsonObject:
    log: JsonObject = {"remoteLocation": required_text(parameters, "location")}
    if is_given(parameters, "start"):
        log["oldestTimestamp"] = required_time(parameters, "start")
    if is_given(parameters, "stop"):
        log["latestTimestamp"] = required_time(parameters, "stop")
    payload: JsonObject = {
        "logType": required_choice(parameters, "type", _LOGS),
        "requestId": required_integer(parameters, "request_id"),
        "log": log,
    }
    add_retries(payload, parameters)
    return payload


def _update_firmware_signed(parameters: Parameters) -> JsonObject:
    firmware: JsonObject = {
        "location": required_text(parameters, "location"),
        "retrieveDateTime": required_time(parameters, "retrieve_at"),
        "signingCertificate": required_text(parameters, "signing_certificate"),
        "signature": required_text(parameters, "signature"),
    }
    if is_given(parameters, "install_at"):
        firmware["installDateTime"] = required_time(parameters, "install_at")
    payload: JsonObject = {
        "requestId": required_integer(parameters, "request_id"),
        "firmware": firmware,
    }
    add_retries(payload, parameters)
    return payload


def _certificate_signed(parameters: Parameters) -> JsonObject:
    return {"certificateChain": required_text(parameters, "certificate_chain")}


def _install_certificate(parameters: Parameters) -> JsonObject:
    return {
        "certificateType": required_choice(parameters, "use", _USES),
        "certificate": required_text(parameters, "certificate"),
    }


def _delete_certificate(parameters: Parameters) -> JsonObject:
    return {
        "certificateHashData": {
            "hashAlgorithm": required_choice(parameters, "hash_algorithm", _HASHES),
            "issuerNameHash": required_text(parameters, "issuer_name_hash"),
            "issuerKeyHash": required_text(parameters, "issuer_key_hash"),
            "serialNumber": required_text(parameters, "serial_number"),
        }
    }


def _get_installed_certificates(parameters: Parameters) -> JsonObject:
    return {"certificateType": required_choice(parameters, "use", _USES)}


SECURITY_ENCODERS: dict[Command, tuple[str, Callable[[Parameters], JsonObject]]] = {
    Command.GET_LOG: ("GetLog", _get_log),
    Command.UPDATE_FIRMWARE_SIGNED: ("SignedUpdateFirmware", _update_firmware_signed),
    Command.SEND_SIGNED_CERTIFICATE: ("CertificateSigned", _certificate_signed),
    Command.INSTALL_CERTIFICATE: ("InstallCertificate", _install_certificate),
    Command.DELETE_CERTIFICATE: ("DeleteCertificate", _delete_certificate),
    Command.GET_INSTALLED_CERTIFICATES: ("GetInstalledCertificateIds", _get_installed_certificates),
}
