"""Causes and solutions: of every status and every error, beside the record and on a page."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.charge_records.choices import BDR_DETAIL_CHOICES, ERROR_CLASS_CHOICES
from apps.charge_records.domain.statuses import BdrDetail, ErrorClass
from apps.charge_records.explanations import (
    DETAIL_EXPLANATIONS,
    ERROR_EXPLANATIONS,
    Explanation,
    explanation_of,
)
from apps.tenants.models import Tenant
from tests.factories.pages import log_in, make_record

Make = Callable[..., Any]
RECORDS = "/charge_records/chargerecord/"
PAGE = f"{RECORDS}explanations/"

pytestmark = pytest.mark.req("CDR-06")


@pytest.mark.parametrize("detail", BdrDetail)
def test_status_when_it_exists_then_it_has_title_cause_and_solution(detail: BdrDetail) -> None:
    assert dict(BDR_DETAIL_CHOICES)[detail.value]
    assert is_whole(DETAIL_EXPLANATIONS[detail])


@pytest.mark.parametrize("error", ErrorClass)
def test_error_when_it_exists_then_it_has_title_cause_and_solution(error: ErrorClass) -> None:
    assert dict(ERROR_CLASS_CHOICES)[error.value]
    assert is_whole(ERROR_EXPLANATIONS[error])


def is_whole(explanation: Explanation) -> bool:
    texts = [*explanation.causes, *explanation.solutions]
    return (
        bool(explanation.causes)
        and bool(explanation.solutions)
        and all(str(text).endswith(".") for text in texts)
    )


def test_explanation_when_the_code_is_unknown_then_none() -> None:
    assert explanation_of("of another version") is None


def test_page_when_opened_then_every_status_and_error_under_its_anchor(
    alpha: Tenant, make_user: Make
) -> None:
    text = log_in(make_user()).get(PAGE).content.decode()

    for detail in BdrDetail:
        assert text.count(f'id="{detail.value}"') == 1, detail
    for error in ErrorClass:
        assert text.count(f'id="error-{error.value}"') == 1, error
    assert text.index('id="error-others"') < text.index('id="not-counted"')
    assert text.index('id="not-counted"') < text.index('id="error-authorization_failed"')


def test_page_when_the_right_to_records_is_missing_then_refused(
    alpha: Tenant, make_user: Make
) -> None:
    user = make_user()
    user.groups.clear()

    assert log_in(user).get(PAGE).status_code == 403


def test_record_when_it_has_findings_then_causes_and_solutions_stand_beside_them(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    record = make_record(
        make_station(), bdr_main="error", bdr_detail="emp_unknown",
        findings=["emp_unknown", "consumption_too_low", "of_another_version"],
    )  # fmt: skip
    client = log_in(make_user())

    text = client.get(f"{RECORDS}{record.pk}/change/").content.decode()

    for words in (
        "The card was not known at the start", "attach it to its EMAID",
        "Less than 0.2 kWh", "Check that the meter is installed", "of_another_version",
    ):  # fmt: skip
        assert words in text, words
    assert f'href="{PAGE}#emp_unknown"' in text
    assert f'href="{PAGE}"' in client.get(RECORDS).content.decode()
