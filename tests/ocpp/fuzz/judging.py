"""Is this the answer that a frame must get? Shared by the test and the bench."""

from __future__ import annotations

import json
from typing import Any

from apps.ocpp.frames import Call, ErrorCode, Frame, Malformed, parse
from apps.ocpp.schemas import Kind, validate


def is_answered(message: str | bytes) -> bool:
    """Say whether the frame gets an answer; what was meant as an answer itself gets none."""
    frame = parse(message)
    return isinstance(frame, Call) or (isinstance(frame, Malformed) and not frame.is_answer)


def fault_of(message: str | bytes, answer: Any) -> str:
    """Return what is wrong with the answer to the frame; "" for nothing."""
    frame: Frame = parse(message)
    if not isinstance(answer, list) or len(answer) < 3 or answer[0] not in (3, 4):
        return "no answer frame"
    if json.dumps(answer[1]) != json.dumps(frame.message_id):
        return f"message id {answer[1]!r} instead of {frame.message_id!r}"
    if answer[0] == 3:
        if not isinstance(frame, Call):
            return "a result for what is no call"
        verdict = validate(frame.action, Kind.RESPONSE, answer[2])
        return "" if verdict.ok else f"{frame.action}: {verdict.reason}"
    if len(answer) != 5 or answer[2] not in set(ErrorCode):
        return f"an error that OCPP-J 1.6 does not know: {answer}"
    if answer[2] == ErrorCode.INTERNAL_ERROR:
        return "InternalError, but the fault is the charger's"
    return ""
