"""Recorded commands: parameters to request, answer to verdict."""

from typing import Any

import pytest

from apps.ocpp.adapters import v16
from apps.ocpp.schemas import TO_CHARGER, Kind, validate
from apps.vocabulary.commands import Command, CommandNotOfferedError, ParametersInvalidError
from tests.ocpp.adapters.v16.recorded import recordings

pytestmark = pytest.mark.req("OCP-01")

FILES = recordings("to charger")


def entries(kind: str) -> list[Any]:
    return [
        pytest.param(file["action"], Command(file["command"]), entry, id=f"{file['action']}-{n}")
        for file in FILES
        for n, entry in enumerate(file[kind])
    ]


def test_recordings_cover_every_command() -> None:
    assert {file["command"] for file in FILES} | {"ocpp_call"} == set(Command)


@pytest.mark.parametrize("action, command, entry", entries("round_trips"))
def test_command_when_recorded_then_request_and_consent(
    action: str, command: Command, entry: dict[str, Any]
) -> None:
    call = v16.encode_command(command, entry["parameters"])
    assert (call.action, call.payload) == (action, entry["payload"])
    assert validate(action, Kind.REQUEST, call.payload).ok
    assert validate(action, Kind.RESPONSE, entry["answer"]).ok
    result = v16.decode_result(action, entry["answer"])
    assert (result.accepted, result.verdict) == (True, entry["verdict"])
    assert result.payload == entry["answer"]


@pytest.mark.parametrize("action, command, entry", entries("refused"))
def test_result_when_refused_then_the_chargers_word(
    action: str, command: Command, entry: dict[str, Any]
) -> None:
    result = v16.decode_result(action, entry["answer"])
    assert (result.accepted, result.verdict) == (False, entry["verdict"])


@pytest.mark.parametrize("action, command, parameters", entries("invalid"))
def test_command_when_parameters_are_wrong_then_named(
    action: str, command: Command, parameters: dict[str, Any]
) -> None:
    with pytest.raises(ParametersInvalidError) as caught:
        v16.encode_command(command, parameters)
    assert str(caught.value)


def test_ocpp_call_when_any_action_then_sent_as_given() -> None:
    for action in TO_CHARGER:
        call = v16.encode_command(Command.OCPP_CALL, {"action": action, "payload": {"x": 1}})
        assert (call.action, call.payload) == (action, {"x": 1})


@pytest.mark.parametrize("action", ["BootNotification", "Nonsense"])
def test_ocpp_call_when_nobody_sends_it_then_not_offered(action: str) -> None:
    with pytest.raises(CommandNotOfferedError):
        v16.encode_command(Command.OCPP_CALL, {"action": action, "payload": {}})


@pytest.mark.parametrize("status", [None, 7, [], {"a": 1}])
def test_result_when_status_is_no_text_then_not_accepted(status: Any) -> None:
    assert not v16.decode_result("Reset", {"status": status}).accepted
