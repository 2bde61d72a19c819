"""Our answers to a charger in the words of OCPP 1.6."""

from __future__ import annotations

from apps.ocpp.adapters.times import write_time
from apps.ocpp.frames import JsonObject
from apps.vocabulary.answers import (
    Answer,
    AuthorizationAnswer,
    AuthorizationStatus,
    BootAnswer,
    DataAnswer,
    DataStatus,
    EmptyAnswer,
    HeartbeatAnswer,
    RegistrationStatus,
    StartAnswer,
    StopAnswer,
)

_REGISTRATION = {
    RegistrationStatus.ACCEPTED: "Accepted",
    RegistrationStatus.PENDING: "Pending",
    RegistrationStatus.REJECTED: "Rejected",
}
_AUTHORIZATION = {
    AuthorizationStatus.ACCEPTED: "Accepted",
    AuthorizationStatus.BLOCKED: "Blocked",
    AuthorizationStatus.EXPIRED: "Expired",
    AuthorizationStatus.INVALID: "Invalid",
    AuthorizationStatus.CONCURRENT_TX: "ConcurrentTx",
}
_DATA = {
    DataStatus.ACCEPTED: "Accepted",
    DataStatus.REJECTED: "Rejected",
    DataStatus.UNKNOWN_MESSAGE_ID: "UnknownMessageId",
    DataStatus.UNKNOWN_VENDOR_ID: "UnknownVendorId",
}


def encode_answer(action: str, answer: Answer) -> JsonObject:
    """Return the payload of the CALLRESULT to a request `action`."""
    match answer:
        case BootAnswer():
            return {
                "status": _REGISTRATION[answer.status],
                "currentTime": write_time(answer.now),
                "interval": answer.interval_s,
            }
        case HeartbeatAnswer():
            return {"currentTime": write_time(answer.now)}
        case AuthorizationAnswer():
            return {"idTagInfo": id_tag_info(answer)}
        case StartAnswer():
            return {
                "transactionId": answer.transaction_id,
                "idTagInfo": id_tag_info(answer.authorization),
            }
        case StopAnswer():
            if answer.authorization is None:
                return {}
            return {"idTagInfo": id_tag_info(answer.authorization)}
        case DataAnswer():
            return _data_answer(action, answer)
        case EmptyAnswer():
            return {}


def id_tag_info(answer: AuthorizationAnswer) -> JsonObject:
    """Return an IdTagInfo (OCPP 1.6, edition 2, 7.27)."""
    info: JsonObject = {"status": _AUTHORIZATION[answer.status]}
    if answer.expires_at is not None:
        info["expiryDate"] = write_time(answer.expires_at)
    if answer.parent_id_tag is not None:
        info["parentIdTag"] = answer.parent_id_tag
    return info


def authorization_word(status: AuthorizationStatus) -> str:
    """Return the word of OCPP 1.6 for an authorisation status."""
    return _AUTHORIZATION[status]


def _data_answer(action: str, answer: DataAnswer) -> JsonObject:
    """SignCertificate knows only Accepted and Rejected, and no data (white paper, 6.22)."""
    if action == "SignCertificate":
        return {"status": "Accepted" if answer.status == DataStatus.ACCEPTED else "Rejected"}
    payload: JsonObject = {"status": _DATA[answer.status]}
    if answer.data is not None:
        payload["data"] = answer.data
    return payload
