"""Calibration law: from verification to EKA and BDR status."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.charge_records.domain.eka import (
    EkaFacts,
    EkaReason,
    Verification,
    decide_eka,
    is_calibration_relevant,
)
from apps.charge_records.domain.outcome import bdr_status
from apps.charge_records.domain.statuses import (
    BDR_DETAIL_WORDS,
    BDR_MAIN_WORDS,
    EKA_WORDS,
    BdrMain,
    EkaStatus,
)

pytestmark = pytest.mark.req("CDR-03")

MAIN_OF = {word: status for status, word in BDR_MAIN_WORDS.items()}


def eka_facts(**changes: Any) -> EkaFacts:
    values: dict[str, Any] = {
        "is_session_ended": True,
        "is_relevant": True,
        "has_key": True,
        "has_signed_data": True,
        "verification": Verification.PASSED,
        "is_waiting_time_over": True,
    }
    return EkaFacts(**values | changes)


@pytest.mark.vectors
@pytest.mark.req("CDR-05")
def test_decide_eka_when_vector_then_statuses(vectors: Callable[[str], Any]) -> None:
    document = vectors("ocmf/eka_decisions.json")
    cases = next(value for value in document.values() if isinstance(value, list))
    assert cases
    for case in cases:
        given, expected = case["input"], case["expect"]
        verification = given["verification"]
        decision = decide_eka(
            EkaFacts(
                is_session_ended=given["session_ended"],
                is_relevant=given["calibration_relevant"],
                has_key=given["meter_data_maintained"],
                has_signed_data=given["signed_data_present"],
                verification=None if verification is None else Verification(verification),
                is_waiting_time_over=given["grace_elapsed"],
            )
        )
        status = None if decision.status is None else EKA_WORDS[decision.status]
        assert (status, decision.reason) == (expected["eka"], expected["reason"]), case["id"]
        if decision.status is None:
            assert expected["main"] is None, case["id"]
            continue
        plausibility = given["plausibility_main"]
        main, detail = bdr_status(
            None if plausibility is None else MAIN_OF[plausibility],
            eka=decision.status,
            is_own_charge=given["own_charge"],
        )
        assert BDR_MAIN_WORDS[main] == expected["main"], case["id"]
        shown = None if detail is None else BDR_DETAIL_WORDS[detail]
        assert shown == expected["detail"], case["id"]


def test_decide_eka_when_signed_but_not_checked_yet_then_open() -> None:
    assert decide_eka(eka_facts(verification=None)).status is EkaStatus.OPEN
    pending = eka_facts(verification=Verification.PENDING, has_key=False)
    assert decide_eka(pending).status is EkaStatus.OPEN


def test_decide_eka_when_there_is_no_key_then_no_key() -> None:
    for verification in (None, Verification.PASSED, Verification.NOT_POSSIBLE):
        decision = decide_eka(eka_facts(has_key=False, verification=verification))
        assert (decision.status, decision.reason) == (EkaStatus.INVALID, EkaReason.NO_KEY)


def test_bdr_status_when_exclusion_and_open_then_exclusion() -> None:
    main, _ = bdr_status(BdrMain.EXCLUSION, eka=EkaStatus.OPEN, is_own_charge=False)
    assert main is BdrMain.EXCLUSION


@pytest.mark.parametrize(
    "flag, in_germany, lg2wan, key, relevant",
    [
        (None, True, False, True, True),
        (None, True, True, False, True),
        (None, True, False, False, False),
        (None, False, True, True, False),
        (True, False, False, False, True),
        (False, True, True, True, False),
    ],
)
def test_is_calibration_relevant_when_flag_or_site_then_as_described(
    flag: bool | None, in_germany: bool, lg2wan: bool, key: bool, relevant: bool
) -> None:
    assert relevant == is_calibration_relevant(
        flag=flag, is_in_germany=in_germany, is_lg2wan=lg2wan, has_key=key
    )
