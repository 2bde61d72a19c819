"""A charger's answers to our requests, OCPP 1.6: did it agree, and in what words?"""

from __future__ import annotations

from apps.ocpp.adapters.fields import integer, word
from apps.ocpp.frames import JsonObject
from apps.vocabulary.commands import CommandResult

_ACCEPTED = frozenset({"Accepted"})
# Words of consent beside Accepted; an action that is not listed knows only that one.
_CONSENT = {
    "ChangeAvailability": frozenset({"Accepted", "Scheduled"}),
    "ChangeConfiguration": frozenset({"Accepted", "RebootRequired"}),
    "UnlockConnector": frozenset({"Unlocked"}),
    # An upload or update that was under way has given way to this one (white paper, 5.13, 5.20).
    "GetLog": frozenset({"Accepted", "AcceptedCanceled"}),
    "SignedUpdateFirmware": frozenset({"Accepted", "AcceptedCanceled"}),
}
# Answers that carry data and no status.
_WITHOUT_STATUS = frozenset({"GetConfiguration", "UpdateFirmware"})


def decode_result(action: str, payload: JsonObject) -> CommandResult:
    """Return the verdict in the CALLRESULT to our request `action`; never raises.

    GetDiagnostics without a file name has nothing to upload; a local list version of -1 means that
    the charger keeps no list (OCPP 1.6, 5.9 and 5.10).
    """
    verdict = word(payload, "status")
    if action in _WITHOUT_STATUS:
        return CommandResult(True, verdict, payload)
    if action == "GetDiagnostics":
        return CommandResult(bool(word(payload, "fileName")), verdict, payload)
    if action == "GetLocalListVersion":
        version = integer(payload.get("listVersion"))
        return CommandResult(version is not None and version >= 0, verdict, payload)
    return CommandResult(verdict in _CONSENT.get(action, _ACCEPTED), verdict, payload)
