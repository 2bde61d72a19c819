"""Session data to BDR status: the whole vector file, and what it does not hold."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.charge_records.domain.outcome import Outcome, error_rate, judge, tally_errors
from apps.charge_records.domain.plausibility import SessionFacts, findings
from apps.charge_records.domain.statuses import (
    BDR_DETAIL_WORDS,
    BDR_MAIN_WORDS,
    EKA_WORDS,
    ERROR_CLASS_WORDS,
    ERROR_DETAILS,
    EXCLUSION_DETAILS,
    RESTRICTION_DETAILS,
    BdrDetail,
    BdrMain,
    EkaStatus,
    ErrorClass,
)

pytestmark = pytest.mark.req("CDR-05")

Vectors = Callable[[str], Any]

EKA_OF = {word: status for status, word in EKA_WORDS.items()}
ERROR_CLASS_OF = {word: error_class for error_class, word in ERROR_CLASS_WORDS.items()}
START = datetime(2026, 3, 9, 8, tzinfo=UTC)


def outcome_of(case: dict[str, Any]) -> Outcome:
    given_ = case["input"]
    power_kw = given_["configured_power_kw"]
    facts = SessionFacts(
        received_at=datetime.fromisoformat(given_["now"]),
        start=datetime.fromisoformat(given_["start"]),
        end=datetime.fromisoformat(given_["end"]),
        energy_wh=int(Decimal(str(given_["energy_kwh"])) * 1000),
        max_power_w=None if power_kw is None else int(Decimal(str(power_kw)) * 1000),
        is_duplicate=given_["duplicate"],
        is_emp_known=given_["emp_known"],
        is_manually_excluded=given_["manual_exclusion"],
        is_goodwill=given_["goodwill"],
        is_cpo_voucher=given_["cpo_voucher"],
        is_fair_mode=given_["fair_mode"],
        is_transnational=given_["transnational"],
    )
    return judge(facts, eka=EKA_OF[given_["eka"]], is_own_charge=given_["own_charge"])


@pytest.mark.vectors
def test_judge_when_vector_then_main_and_detail(vectors: Vectors) -> None:
    cases = vectors("plausibility_cases.json")["cases"]
    assert cases
    for case in cases:
        outcome = outcome_of(case)
        expected = case["expect"]
        assert BDR_MAIN_WORDS[outcome.main] == expected["main"], case["id"]
        if expected["detail_any_of"]:
            assert outcome.detail is not None, case["id"]
            assert BDR_DETAIL_WORDS[outcome.detail] in expected["detail_any_of"], case["id"]
        else:
            assert outcome.detail is None, case["id"]


@pytest.mark.vectors
@pytest.mark.req("CDR-07")
def test_judge_when_vector_then_counted_or_not(vectors: Vectors) -> None:
    for case in vectors("plausibility_cases.json")["cases"]:
        expected = case["expect"]["counts_in_error_rate"]
        if expected is not None:
            assert outcome_of(case).counts_in_error_rate == expected, case["id"]


@pytest.mark.vectors
@pytest.mark.req("CDR-07")
def test_tally_errors_when_vector_then_counted(vectors: Vectors) -> None:
    cases = vectors("plausibility_cases.json")["error_rate"]
    assert cases
    for case in cases:
        activations = [
            [ERROR_CLASS_OF[entry["error"]]] if entry["outcome"] == "error" else []
            for entry in case["outcomes"]
        ]
        assert tally_errors(activations).errors == case["expect"]["counted_errors"], case["id"]


def facts(**changes: Any) -> SessionFacts:
    values: dict[str, Any] = {
        "received_at": START + timedelta(days=1),
        "start": START,
        "end": START + timedelta(hours=2),
        "energy_wh": 30_000,
        "max_power_w": 22_000,
    }
    return SessionFacts(**values | changes)


def outcome(*, eka: EkaStatus = EkaStatus.IRRELEVANT, own: bool = False, **changes: Any) -> Outcome:
    return judge(facts(**changes), eka=eka, is_own_charge=own)


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({}, ()),
        ({"energy_wh": 200}, ()),
        ({"energy_wh": 199}, (BdrDetail.CONSUMPTION_TOO_LOW,)),
        ({"energy_wh": 48_400}, ()),
        ({"energy_wh": 48_401}, (BdrDetail.POWER_IMPLAUSIBLE,)),
        ({"energy_wh": 48_401, "max_power_w": None}, ()),
        ({"energy_wh": 5_000_001, "max_power_w": None}, (BdrDetail.CONSUMPTION_TOO_HIGH,)),
        ({"end": START + timedelta(seconds=60), "energy_wh": 300}, ()),
        (
            {"end": START + timedelta(seconds=59.999), "energy_wh": 300},
            (BdrDetail.DURATION_TOO_SHORT,),
        ),
        ({"end": START, "energy_wh": 300}, (BdrDetail.DURATION_TOO_SHORT,)),
        ({"received_at": START}, ()),
        ({"received_at": START - timedelta(seconds=1)}, (BdrDetail.START_IN_FUTURE,)),
        ({"is_emp_known": False}, (BdrDetail.EMP_UNKNOWN,)),
        (
            {"end": START - timedelta(hours=1)},
            (BdrDetail.NEGATIVE_DURATION, BdrDetail.NEGATIVE_POWER, BdrDetail.DURATION_TOO_SHORT),
        ),
        (
            {"energy_wh": -4_200, "end": START - timedelta(hours=1)},
            (
                BdrDetail.NEGATIVE_DURATION,
                BdrDetail.NEGATIVE_ENERGY,
                BdrDetail.CONSUMPTION_TOO_LOW,
                BdrDetail.DURATION_TOO_SHORT,
            ),
        ),
        ({"is_fair_mode": True, "is_goodwill": True}, (BdrDetail.GOODWILL, BdrDetail.FAIR_MODE)),
        ({"end": None}, ()),
        ({"end": None, "energy_wh": None}, ()),
    ],
)
def test_findings_when_facts_then_all_in_order(
    changes: dict[str, Any], expected: tuple[BdrDetail, ...]
) -> None:
    assert findings(facts(**changes)) == expected


def test_judge_when_error_and_exclusion_then_error_is_shown_and_both_are_kept() -> None:
    result = outcome(energy_wh=-4_200)
    assert (result.main, result.detail) == (BdrMain.ERROR, BdrDetail.NEGATIVE_ENERGY)
    assert BdrDetail.CONSUMPTION_TOO_LOW in result.findings


def test_judge_when_own_charge_and_not_compliant_then_own_charge_and_counted() -> None:
    result = outcome(eka=EkaStatus.INVALID, own=True)
    assert result.detail is BdrDetail.OWN_CHARGE
    assert result.error_classes == (ErrorClass.NO_CALIBRATION_LAW_COMPLIANCE,)


@pytest.mark.req("CDR-07")
def test_judge_when_incomplete_then_unknown_and_counted() -> None:
    result = outcome(end=None, energy_wh=None)
    assert (result.main, result.detail) == (BdrMain.UNKNOWN, None)
    assert result.error_classes == (ErrorClass.INCOMPLETE_RECORD,)


@pytest.mark.req("CDR-07")
def test_judge_when_card_was_held_too_long_then_canceled() -> None:
    result = outcome(end=START + timedelta(seconds=5), energy_wh=0)
    assert result.error_classes == (ErrorClass.CANCELED,)


@pytest.mark.req("CDR-07")
@pytest.mark.parametrize("reason, counted", [("PowerLoss", True), ("Local", False), (None, False)])
def test_judge_when_stopped_by_a_fault_then_others(reason: str | None, counted: bool) -> None:
    result = judge(facts(), eka=EkaStatus.IRRELEVANT, is_own_charge=False, stop_reason=reason)
    assert result.main is BdrMain.SUCCESSFUL
    assert (ErrorClass.OTHERS in result.error_classes) == counted


@pytest.mark.req("CDR-07")
def test_judge_when_duplicate_then_not_counted_again() -> None:
    assert outcome(is_duplicate=True, energy_wh=-1).error_classes == ()


@pytest.mark.req("CDR-07")
def test_error_rate_when_no_data_then_none_else_share() -> None:
    assert error_rate(errors=0, activations=0) is None
    assert error_rate(errors=1, activations=3) == Decimal("0.3333")
    assert tally_errors([[ErrorClass.AUTHORIZATION_FAILED]]).rate is None
    both = [ErrorClass.NEGATIVE_ENERGY, ErrorClass.NEGATIVE_POWER]
    assert tally_errors([both, []]).rate == Decimal("0.5")


def test_statuses_have_words_and_a_group() -> None:
    assert set(BDR_MAIN_WORDS) == set(BdrMain)
    assert set(BDR_DETAIL_WORDS) == set(BdrDetail)
    assert set(ERROR_CLASS_WORDS) == set(ErrorClass)
    assert set(BdrDetail) == ERROR_DETAILS | EXCLUSION_DETAILS | RESTRICTION_DETAILS


@settings(deadline=None)
@given(
    st.integers(-(2**63), 2**63 - 1),
    st.timedeltas(timedelta(days=-36_000), timedelta(days=36_000)),
    st.none() | st.integers(0, 10**6),
)
def test_judge_when_any_figures_then_a_status(
    energy_wh: int, duration: timedelta, max_power_w: int | None
) -> None:
    result = outcome(energy_wh=energy_wh, end=START + duration, max_power_w=max_power_w)
    assert (result.main is BdrMain.SUCCESSFUL) == (result.findings == ())
