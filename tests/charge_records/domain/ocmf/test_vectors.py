"""Every published and own record of the vector file: signatures, reasons, energy, times."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from apps.charge_records.domain.calibration import check_session, read_record
from apps.charge_records.domain.ocmf.verdict import MeterData, Verdict
from apps.charge_records.domain.statuses import EKA_WORDS, EkaStatus
from tests.plugins.vectors import load_vectors

pytestmark = [pytest.mark.req("CDR-03"), pytest.mark.vectors]

CASES = load_vectors("ocmf/vectors.json")["vectors"]


def verdict_of(case: dict[str, Any]) -> Verdict:
    charger = case["charger"]
    until = charger.get("calibrated_to")
    meter = MeterData(
        public_key=charger.get("public_key", ""),
        number=charger.get("meter_number", ""),
        calibrated_to=None if until is None else date.fromisoformat(until),
    )
    return check_session(case["records"], meter)


def in_kwh(energy_wh: Decimal | None) -> Decimal | None:
    return None if energy_wh is None else energy_wh.scaleb(-3)


def expected_kwh(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']}-{case['title']}" for case in CASES])
def test_check_session_when_vector_then_as_expected(case: dict[str, Any]) -> None:
    verdict, expect = verdict_of(case), case["expect"]
    begin, end = verdict.begin, verdict.end
    assert [check.is_signature_valid for check in verdict.checks] == expect["signature_valid"]
    assert list(verdict.reasons) == expect["reasons"]
    assert list(verdict.warnings) == expect["warnings"]
    status = EkaStatus.VALID if verdict.is_valid else EkaStatus.INVALID
    assert EKA_WORDS[status] == expect["eka"]
    assert in_kwh(verdict.energy_wh) == expected_kwh(expect["energy_kwh"])
    assert in_kwh(begin and begin.energy_wh) == expected_kwh(expect["begin_kwh"])
    assert in_kwh(end and end.energy_wh) == expected_kwh(expect["end_kwh"])
    assert (begin and begin.at and begin.at.isoformat()) == expect["begin_time"]
    assert (end and end.at and end.at.isoformat()) == expect["end_time"]


def test_vectors_are_all_read(vectors: Callable[[str], Any]) -> None:
    document = vectors("ocmf/vectors.json")
    assert len(CASES) == len(document["vectors"]) > 100


def test_signed_octets_are_those_between_the_first_two_pipes() -> None:
    for case in CASES:
        for text in case["records"]:
            assert read_record(text).signed == text.encode().split(b"|")[1]
