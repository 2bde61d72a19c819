"""What was tampered with, told in each language on the record's page and on CheckBill (CDR-03)."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise

from apps.charge_records.choices import EKA_BADGES
from apps.charge_records.domain.check_steps import Step, StepState
from apps.charge_records.domain.ocmf.codes import ReasonCode
from apps.charge_records.domain.statuses import EkaStatus
from apps.charge_records.models import ChargeRecord
from apps.charge_records.wording import (
    REASON_SENTENCES,
    RESULT_SENTENCES,
    STEP_BADGES,
    STEP_SENTENCES,
    STEP_TITLES,
)
from apps.infrastructure.models import Station
from apps.tenants.models import Tenant
from tests.charge_records.domain.ocmf.signing import METER_NUMBER, reading
from tests.charge_records.domain.ocmf.signing import Meter as SigningMeter
from tests.charge_records.test_checkbill import checked
from tests.factories.pages import log_in

pytestmark = pytest.mark.req("CDR-03", "CDR-04")

Make = Callable[..., Any]
Tamper = Callable[[Station, SigningMeter], ChargeRecord]
RECORDS = "/charge_records/chargerecord/"
OTHER_NUMBER = "1NEW1"
LANGUAGES = [code for code, _name in settings.LANGUAGES]
ENTRY = re.compile(r"<li\b[^>]*>(.*?)</li>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")


def signed(signer: SigningMeter, **fields: Any) -> str:
    return signer.record(reading("B", "0.000"), reading("E", "12.345"), **fields)


def with_other_digit(station: Station, signer: SigningMeter) -> ChargeRecord:
    return checked(station, signer, text=signed(signer).replace("12.345", "12.346"))


def with_other_key(station: Station, signer: SigningMeter) -> ChargeRecord:
    return checked(station, signer, key=SigningMeter().public_key)


def without_end(station: Station, signer: SigningMeter) -> ChargeRecord:
    return checked(station, signer, text=signer.record(reading("B", "0.000")))


def with_other_meter(station: Station, signer: SigningMeter) -> ChargeRecord:
    return checked(station, signer, text=signed(signer, MS=OTHER_NUMBER, GS=OTHER_NUMBER))


@dataclass(frozen=True, slots=True)
class Case:
    """What is done to a record, the step that must say so, by which reason, and its English.

    `named`: what CheckBill names as well, the same in every language.
    """

    tamper: Tamper
    step: Step
    reason: ReasonCode
    english: str
    named: tuple[str, ...] = ()


UNFIT = "The signature does not fit: the record was changed, or another meter signed it."
CASES = {
    "other digit": Case(with_other_digit, Step.SIGNATURE, ReasonCode.SIGNATURE_INVALID, UNFIT),
    "other key": Case(with_other_key, Step.SIGNATURE, ReasonCode.SIGNATURE_INVALID, UNFIT),
    "no end": Case(
        without_end, Step.END, ReasonCode.NO_END, "The signed reading of the end is missing."
    ),
    "other meter": Case(
        with_other_meter,
        Step.METER,
        ReasonCode.METER_NUMBER_MISMATCH,
        "The records come from a meter with another number. If the meter was changed, enter the "
        "new one.",
        named=(METER_NUMBER, OTHER_NUMBER),
    ),
}


def in_language(text: str | Promise, language: str) -> str:
    with translation.override(language):
        return str(text)


def words_of(markup: str) -> str:
    return " ".join(html.unescape(TAG.sub(" ", markup)).split())


@pytest.mark.req("TEN-03")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_pages_when_a_record_was_tampered_with_then_the_step_says_so_in_the_readers_language(
    alpha: Tenant, make_station: Make, make_user: Make, case: Case, language: str
) -> None:
    record = case.tamper(make_station(country="DE"), SigningMeter())
    client = log_in(make_user(language=language))
    title = in_language(STEP_TITLES[case.step], language)
    sentence = in_language(REASON_SENTENCES[case.reason], language)
    bad = in_language(STEP_BADGES[StepState.BAD].label, language)
    result = in_language(RESULT_SENTENCES[EkaStatus.INVALID], language)

    shown = {}
    for name in ("change", "check"):
        page = client.get(f"{RECORDS}{record.pk}/{name}/").content.decode()
        assert f'<html lang="{language}"' in page
        entries = [words_of(entry) for entry in ENTRY.findall(page)]
        [shown[name]] = [entry for entry in entries if sentence in entry and bad in entry]
        assert shown[name].startswith(title)
        assert in_language(STEP_SENTENCES[case.step], language) not in words_of(page)
        assert in_language(EKA_BADGES[EkaStatus.INVALID].label, language) in words_of(page)
    assert result in words_of(page)
    assert all(number in shown["check"] for number in case.named)
    assert (sentence == case.english) == (language == "en")
