"""Signed records of a session: kept, checked at settlement, and again when a key is saved."""

import base64
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from apps.charge_records.models import (
    Activation,
    ChargeRecord,
    ChargingSession,
    DailyTotal,
    MeterSample,
    OfferedKey,
    SignedRecord,
    VerificationRun,
)
from apps.charge_records.selectors.catch_up import undecided_sessions
from apps.charge_records.services.meters import save_meter
from apps.charge_records.services.offers import confirm_key, dismiss_key, offer_configuration
from apps.charge_records.services.samples import store_samples
from apps.charge_records.services.sessions import end_session, start_session
from apps.charge_records.services.settlement import decide_again, settle
from apps.emaid.services import ensure_card
from apps.infrastructure.models import ChargePoint, Meter, Station
from apps.tenants.models import Tenant
from tests.charge_records.domain.ocmf.signing import METER_NUMBER, reading
from tests.charge_records.domain.ocmf.signing import Meter as SigningMeter
from tests.charge_records.events import TAG, ended, sample, started
from tests.conftest import NOW

pytestmark = pytest.mark.req("CDR-03")

LATER = NOW + timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def station(alpha: Tenant, make_station: Callable[..., Station]) -> Station:
    ensure_card(TAG, emaid="DE8AACA2B3C4D5")
    return make_station(country="DE")


@pytest.fixture
def point(station: Station) -> ChargePoint:
    return station.charge_points.get()


@pytest.fixture
def signer() -> SigningMeter:
    return SigningMeter()


def keep_meter(point: ChargePoint, signer: SigningMeter | None = None, **fields: Any) -> Meter:
    values = {"meter_number": METER_NUMBER, "public_key": signer.public_key if signer else ""}
    return Meter.objects.create(charge_point=point, **{**values, **fields})


def record_of(signer: SigningMeter, begin: str | None = "1.000", end: str | None = "11.250") -> str:
    """10.25 kWh unless said; OCPP's counter says 10."""
    parts = [("B", begin), ("E", end)]
    return signer.record(*[reading(reason, value) for reason, value in parts if value is not None])


def signed(text: str, **fields: Any) -> Any:
    return sample(LATER, 0, **{"value": None, "format": "SignedData", "raw_value": text} | fields)


def charge(station: Station, *texts: str, meter_start_wh: int = 1_000) -> int:
    """Let a session run and end with these signed values; return its key."""
    begin = started(meter_start_wh=meter_start_wh)
    number = start_session(station.pk, begin, now=NOW).transaction_id
    samples = tuple(signed(text, context=f"Other {n}") for n, text in enumerate(texts))
    end = ended(number, samples=samples, meter_stop_wh=meter_start_wh + 10_000)
    end_session(station.pk, end, now=LATER)
    return ChargingSession.objects.get(transaction_id=number).pk


def settled(session_id: int, *, now: datetime = LATER) -> ChargeRecord:
    record = settle(session_id, now=now)
    assert record is not None
    return record


def test_settle_when_the_record_holds_then_valid_and_the_signed_energy_is_billed(
    station: Station, point: ChargePoint, signer: SigningMeter
) -> None:
    keep_meter(point, signer)
    text = record_of(signer)

    record = settled(charge(station, text))

    assert (record.eka, record.bdr_main) == ("valid", "successful")
    assert record.energy_wh == DailyTotal.objects.get().energy_wh == 10_250
    kept, run = SignedRecord.objects.get(), VerificationRun.objects.get()
    assert (kept.text, kept.format, kept.is_reused) == (text, "OCMF", False)
    assert (run.verification, run.reasons, run.cause) == ("passed", [], "settlement")
    assert run.warnings == ["ENERGY_DIFFERS"]
    assert (run.meter_number, len(run.key_fingerprint), run.records) == (METER_NUMBER, 64, 1)


@pytest.mark.parametrize("is_raw", [False, True])
def test_settle_when_begin_came_with_meter_values_then_both_records_count(
    station: Station, point: ChargePoint, signer: SigningMeter, is_raw: bool
) -> None:
    keep_meter(point, signer)
    begin, end = record_of(signer, end=None), record_of(signer, begin=None)
    session_id = charge(station, begin, end)
    if is_raw:
        MeterSample.objects.all().delete()
        session = ChargingSession.objects.get()
        store_samples(
            session,
            [signed(begin, format="Raw"), signed(end, format="Raw", context="x")],
            now=LATER,
        )

    assert settled(session_id).eka == "valid"
    assert SignedRecord.objects.count() == 2


def tampered(signer: SigningMeter) -> list[str]:
    return [record_of(signer).replace("11.250", "11.350")]


def signed_elsewhere(signer: SigningMeter) -> list[str]:
    return [record_of(SigningMeter())]


def without_end(signer: SigningMeter) -> list[str]:
    return [record_of(signer, end=None)]


def of_another_meter(signer: SigningMeter) -> list[str]:
    text = signer.record(reading("B", "1"), reading("E", "2"), MS="1OTHER999", GS="1OTHER999")
    return [text]


@pytest.mark.parametrize(
    "make, reasons",
    [
        (tampered, ["SIGNATURE_INVALID"]),
        (signed_elsewhere, ["SIGNATURE_INVALID"]),
        (without_end, ["NO_END"]),
        (of_another_meter, ["METER_NUMBER_MISMATCH"]),
    ],
)
def test_settle_when_the_record_does_not_hold_then_invalid_with_its_reason(
    station: Station, point: ChargePoint, signer: SigningMeter, make: Any, reasons: list[str]
) -> None:
    keep_meter(point, signer)
    session_id = charge(station, *make(signer))

    record = settled(session_id, now=LATER + 15 * MINUTE)

    assert (record.eka, record.bdr_detail) == ("invalid", "no_calibration_law_compliance")
    assert record.energy_wh == 10_000
    assert VerificationRun.objects.get().reasons == reasons
    assert DailyTotal.objects.get().counted_errors == 1


def test_settle_when_the_end_may_still_come_then_open_until_it_does(
    station: Station, point: ChargePoint, signer: SigningMeter
) -> None:
    keep_meter(point, signer)
    session_id = charge(station, record_of(signer, end=None))
    assert settled(session_id).eka == "open"
    assert undecided_sessions(LATER + MINUTE) == []

    session = ChargingSession.objects.get()
    store_samples(session, [signed(record_of(signer, begin=None))], now=LATER + MINUTE)
    assert undecided_sessions(LATER + 2 * MINUTE) == [session_id]
    record = decide_again(session_id, now=LATER + 2 * MINUTE)

    assert (record.eka, record.bdr_main, record.energy_wh) == ("valid", "successful", 10_250)
    total = DailyTotal.objects.get()
    assert (total.sessions, total.energy_wh, total.counted_errors) == (1, 10_250, 0)


def test_decide_again_when_the_end_never_comes_then_invalid_after_the_waiting_time(
    station: Station, point: ChargePoint, signer: SigningMeter
) -> None:
    keep_meter(point, signer)
    session_id = charge(station, record_of(signer, end=None))
    settled(session_id)

    assert decide_again(session_id, now=LATER + 14 * MINUTE).eka == "open"
    assert undecided_sessions(LATER + 15 * MINUTE) == [session_id]
    assert decide_again(session_id, now=LATER + 15 * MINUTE).eka == "invalid"
    assert VerificationRun.objects.first().reasons == ["NO_END"]  # type: ignore[union-attr]


def test_settle_when_another_session_had_the_record_then_invalid(
    station: Station, point: ChargePoint, signer: SigningMeter
) -> None:
    keep_meter(point, signer)
    text = record_of(signer)
    first = settled(charge(station, text))
    second = settled(charge(station, text, meter_start_wh=11_000))

    assert (first.eka, second.eka) == ("valid", "invalid")
    assert VerificationRun.objects.get(session=second.session).reasons == ["DUPLICATE_RECORD"]
    assert decide_again(first.session_id, now=LATER).eka == "valid"


def test_settle_when_the_meter_was_swapped_then_checked_with_the_key_of_its_time(
    station: Station, point: ChargePoint, signer: SigningMeter
) -> None:
    keep_meter(point, signer, valid_to=LATER + MINUTE)
    keep_meter(point, SigningMeter(), valid_from=LATER + MINUTE)

    assert settled(charge(station, record_of(signer)), now=LATER + 2 * MINUTE).eka == "valid"


def test_settle_when_two_meters_overlap_then_the_one_that_fits_counts(
    station: Station, point: ChargePoint, signer: SigningMeter
) -> None:
    keep_meter(point, signer)
    keep_meter(point, SigningMeter())
    keep_meter(point)

    assert settled(charge(station, record_of(signer))).eka == "valid"


def test_settle_when_the_law_does_not_apply_then_irrelevant_and_the_records_kept(
    station: Station, point: ChargePoint, signer: SigningMeter
) -> None:
    keep_meter(point, signer)
    ChargePoint.objects.update(is_under_calibration_law=False)

    record = settled(charge(station, record_of(signer)))

    assert (record.eka, record.energy_wh) == ("irrelevant", 10_000)
    assert SignedRecord.objects.count() == 1
    assert not VerificationRun.objects.exists()


def test_settle_when_the_law_applies_and_no_key_is_kept_then_invalid_until_one_is_saved(
    station: Station,
    point: ChargePoint,
    signer: SigningMeter,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    ChargePoint.objects.update(is_under_calibration_law=True)
    meter = keep_meter(point)
    record = settled(charge(station, record_of(signer)))
    assert (record.eka, VerificationRun.objects.get().reasons) == ("invalid", ["NO_KEY"])
    assert DailyTotal.objects.get().counted_errors == 1

    meter.public_key = signer.public_key
    with django_capture_on_commit_callbacks(execute=True):
        save_meter(meter)

    record.refresh_from_db()
    total, activation = DailyTotal.objects.get(), Activation.objects.get()
    assert (record.eka, record.bdr_main, record.error_class) == ("valid", "successful", "")
    assert (total.sessions, total.energy_wh, total.counted_errors) == (1, 10_250, 0)
    assert (activation.state, activation.error_class) == ("completed", "")
    runs = VerificationRun.objects.order_by("pk").values_list("cause", "verification")
    assert list(runs) == [("settlement", "not_possible"), ("key_saved", "passed")]


def test_save_meter_when_many_sessions_wait_then_they_are_checked_in_portions(
    station: Station,
    point: ChargePoint,
    signer: SigningMeter,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    monkeypatch.setattr("apps.charge_records.selectors.catch_up.VERIFIED_AT_ONCE", 2)
    monkeypatch.setattr("apps.charge_records.tasks.VERIFIED_AT_ONCE", 2)
    meter = keep_meter(point, SigningMeter())
    for number in range(5):
        begin, end = f"{number * 20}.000", f"{number * 20 + 10}.000"
        settled(charge(station, record_of(signer, begin, end), meter_start_wh=number * 20_000))

    meter.public_key = signer.public_key
    with django_capture_on_commit_callbacks(execute=True):
        save_meter(meter)

    assert set(ChargeRecord.objects.values_list("eka", flat=True)) == {"valid"}


def test_decide_again_when_valid_then_it_stays_and_the_check_is_kept(
    station: Station, point: ChargePoint, signer: SigningMeter
) -> None:
    meter = keep_meter(point, signer)
    session_id = charge(station, record_of(signer))
    settled(session_id)
    meter.public_key = SigningMeter().public_key
    meter.save()

    assert decide_again(session_id, now=LATER).eka == "valid"
    runs = VerificationRun.objects.order_by("pk").values_list("verification", flat=True)
    assert list(runs) == ["passed", "failed"]


@pytest.mark.parametrize("sql", ["UPDATE {} SET reasons = '[]'", "DELETE FROM {}"])
def test_runs_when_somebody_would_change_them_then_the_database_refuses(
    station: Station, point: ChargePoint, signer: SigningMeter, sql: str
) -> None:
    keep_meter(point, signer)
    settled(charge(station, record_of(signer)))

    with pytest.raises(DatabaseError, match="stay as they are"), transaction.atomic():
        connection.cursor().execute(sql.format(VerificationRun._meta.db_table))


def test_settle_when_the_calibration_is_over_then_invalid(
    station: Station, point: ChargePoint, signer: SigningMeter
) -> None:
    keep_meter(point, signer, calibrated_to=date(2026, 3, 1))
    settled(charge(station, record_of(signer)))

    assert VerificationRun.objects.get().reasons == ["CALIBRATION_EXPIRED"]


# -- offered keys


def wrapped(signer: SigningMeter, text: str) -> str:
    """As the OCA note wraps a record, with the key beside it."""
    return json.dumps(
        {
            "signedMeterData": base64.b64encode(text.encode()).decode(),
            "signingMethod": "",
            "encodingMethod": "OCMF",
            "publicKey": base64.b64encode(bytes.fromhex(signer.public_key)).decode(),
        }
    )


def test_settle_when_a_key_comes_along_then_it_is_offered_and_not_trusted(
    station: Station, point: ChargePoint, signer: SigningMeter
) -> None:
    ChargePoint.objects.update(is_under_calibration_law=True)

    record = settled(charge(station, wrapped(signer, record_of(signer))))

    offer = OfferedKey.objects.get()
    assert record.eka == "invalid"
    assert (offer.public_key, offer.source, offer.state) == (signer.public_key, "message", "open")
    assert (offer.charge_point, offer.meter_number) == (point, METER_NUMBER)


def test_confirm_when_a_person_does_then_sessions_are_checked_again(
    station: Station,
    point: ChargePoint,
    signer: SigningMeter,
    django_capture_on_commit_callbacks: Callable[..., Any],
    make_user: Callable[..., Any],
) -> None:
    ChargePoint.objects.update(is_under_calibration_law=True)
    record = settled(charge(station, wrapped(signer, record_of(signer))))

    with django_capture_on_commit_callbacks(execute=True):
        meter = confirm_key(OfferedKey.objects.get(), make_user())

    record.refresh_from_db()
    assert (record.eka, meter.meter_number) == ("valid", METER_NUMBER)
    assert OfferedKey.objects.get().state == "confirmed"


def test_confirm_when_the_meter_has_another_key_then_it_was_swapped(
    station: Station, point: ChargePoint, signer: SigningMeter, make_user: Callable[..., Any]
) -> None:
    old = keep_meter(point, SigningMeter())
    settled(charge(station, wrapped(signer, record_of(signer))))

    new = confirm_key(OfferedKey.objects.get(), make_user())

    old.refresh_from_db()
    assert old.valid_to == new.valid_from == NOW
    assert (new.public_key, new.meter_number) == (signer.public_key, METER_NUMBER)
    assert decide_again(ChargingSession.objects.get().pk, now=LATER).eka == "valid"


def test_confirm_when_the_key_was_seen_before_todays_meter_then_it_is_the_one_of_before(
    station: Station, point: ChargePoint, signer: SigningMeter, make_user: Callable[..., Any]
) -> None:
    today = keep_meter(point, SigningMeter())
    Meter.objects.filter(pk=today.pk).update(valid_from=NOW + MINUTE)
    settled(charge(station, wrapped(signer, record_of(signer))))

    before = confirm_key(OfferedKey.objects.get(), make_user())

    today.refresh_from_db()
    assert (before.valid_from, before.valid_to) == (None, NOW + MINUTE)
    assert (today.valid_from, today.valid_to) == (NOW + MINUTE, None)
    assert today.public_key != before.public_key == signer.public_key


def test_dismiss_when_it_is_not_the_meters_then_the_key_is_not_offered_again(
    station: Station, point: ChargePoint, signer: SigningMeter, make_user: Callable[..., Any]
) -> None:
    keep_meter(point)
    settled(charge(station, wrapped(signer, record_of(signer))))
    dismiss_key(OfferedKey.objects.get(), make_user())

    settled(charge(station, wrapped(signer, record_of(signer, "20", "30")), meter_start_wh=20_000))

    assert OfferedKey.objects.get().state == "dismissed"
    assert Meter.objects.get().public_key == ""


def test_offer_when_the_configuration_names_a_key_then_it_is_the_connectors(
    station: Station, point: ChargePoint, signer: SigningMeter
) -> None:
    answer = {
        "configurationKey": [
            {"key": "MeterPublicKey1", "readonly": True, "value": signer.public_key},
            {"key": "MeterPublicKey7", "readonly": True, "value": signer.public_key},
            {"key": "MeterPublicKey2", "readonly": True, "value": "no key"},
            {"key": "HeartbeatInterval", "readonly": False, "value": "300"},
        ]
    }

    offer_configuration(station.pk, answer, now=LATER)
    offer_configuration(station.pk, answer, now=LATER + MINUTE)

    offer = OfferedKey.objects.get()
    assert (offer.charge_point, offer.source) == (point, "configuration")
    assert (offer.first_seen_at, offer.last_seen_at) == (LATER, LATER + MINUTE)


def test_offer_when_master_data_have_the_key_then_nothing_is_to_be_confirmed(
    station: Station, point: ChargePoint, signer: SigningMeter
) -> None:
    keep_meter(point, signer)
    settled(charge(station, wrapped(signer, record_of(signer))))

    assert OfferedKey.objects.get().state == "confirmed"
