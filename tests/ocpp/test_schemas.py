"""The official schemas: fault to error code, and who may send what."""

from typing import Any

import pytest

from apps.ocpp.frames import ErrorCode
from apps.ocpp.schemas import (
    ACTIONS,
    FROM_CHARGER,
    TO_CHARGER,
    Kind,
    validate,
    validate_request,
)

pytestmark = pytest.mark.req("OCP-01")

START = {"connectorId": 1, "idTag": "A", "meterStart": 0, "timestamp": "2026-03-09T08:00:00Z"}


@pytest.mark.parametrize(
    "change, code, path",
    [
        ({"connectorId": None}, ErrorCode.TYPE_CONSTRAINT_VIOLATION, "connectorId"),
        ({"idTag": 5}, ErrorCode.TYPE_CONSTRAINT_VIOLATION, "idTag"),
        ({"idTag": "x" * 21}, ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, "idTag"),
        ({"surprise": 1}, ErrorCode.FORMATION_VIOLATION, ""),
    ],
)
def test_validate_when_field_is_wrong_then_code_and_path(
    change: dict[str, Any], code: ErrorCode, path: str
) -> None:
    verdict = validate("StartTransaction", Kind.REQUEST, START | change)
    assert (verdict.ok, verdict.code, verdict.path) == (False, code, path)


@pytest.mark.parametrize("key", sorted(START))
def test_validate_when_field_is_missing_then_occurence_violation(key: str) -> None:
    payload = {name: value for name, value in START.items() if name != key}
    verdict = validate("StartTransaction", Kind.REQUEST, payload)
    assert verdict.code is ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION
    assert verdict.reason == f"{key} is missing"


def test_validate_when_list_is_empty_then_occurence_violation() -> None:
    verdict = validate("MeterValues", Kind.REQUEST, {"connectorId": 1, "meterValue": []})
    assert (verdict.code, verdict.path) == (
        ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION,
        "meterValue",
    )


def test_validate_when_nested_then_path_leads_to_the_value() -> None:
    sample = {"value": "1", "unit": "Hz"}
    group = {"timestamp": "2026-03-09T08:00:00Z", "sampledValue": [sample]}
    verdict = validate("MeterValues", Kind.REQUEST, {"connectorId": 1, "meterValue": [group]})
    assert verdict.path == "meterValue/0/sampledValue/0/unit"
    assert verdict.code is ErrorCode.PROPERTY_CONSTRAINT_VIOLATION


def test_validate_when_value_is_refused_then_reason_does_not_repeat_it() -> None:
    verdict = validate("Authorize", Kind.REQUEST, {"idTag": "04A2B3C4D5E680-secret-card"})
    assert "04A2" not in verdict.reason


def test_validate_when_time_is_odd_then_schema_does_not_mind() -> None:
    assert validate("StartTransaction", Kind.REQUEST, START | {"timestamp": "yesterday"}).ok


def test_validate_request_when_action_unknown_then_not_implemented() -> None:
    assert validate_request("Nonsense", {}).code is ErrorCode.NOT_IMPLEMENTED


@pytest.mark.parametrize("action", sorted(TO_CHARGER - FROM_CHARGER))
def test_validate_request_when_only_we_send_it_then_not_supported(action: str) -> None:
    assert validate_request(action, {}).code is ErrorCode.NOT_SUPPORTED


def test_actions_cover_both_directions() -> None:
    assert FROM_CHARGER | TO_CHARGER == ACTIONS
    assert {"DataTransfer"} == FROM_CHARGER & TO_CHARGER


def test_validate_when_response_then_its_own_schema() -> None:
    assert validate("Heartbeat", Kind.RESPONSE, {"currentTime": "2026-03-09T08:00:00.000Z"}).ok
    assert not validate("Heartbeat", Kind.RESPONSE, {}).ok
