"""OCPP 1.6 (JSON): payloads to events, answers and commands to payloads. Pure."""

from apps.ocpp.adapters.v16.incoming import decode
from apps.ocpp.adapters.v16.intake import BILLING_ACTIONS, billing_fields_usable, judge
from apps.ocpp.adapters.v16.outgoing_answers import encode_answer
from apps.ocpp.adapters.v16.outgoing_commands import OutgoingCall, encode_command
from apps.ocpp.adapters.v16.results import decode_result

__all__ = [
    "BILLING_ACTIONS",
    "OutgoingCall",
    "billing_fields_usable",
    "decode",
    "decode_result",
    "encode_answer",
    "encode_command",
    "judge",
]
