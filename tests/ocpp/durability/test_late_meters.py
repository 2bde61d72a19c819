"""Sessions that are delivered late are settled with the meter of their time, not today's."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts.models import User
from apps.charge_records.models import ChargeRecord, OfferedKey, VerificationRun
from apps.charge_records.selectors.calibration import fingerprint_of
from apps.charge_records.services.offers import confirm_key
from apps.infrastructure.models import ChargePoint, Meter
from apps.ocpp.simulator.readings import Reading
from apps.ocpp.simulator.signing import BEGIN, END, SigningMeter, Wrapping, new_private_key
from tests.ocpp.durability.test_late import DAY_MIN, moment, record_of
from tests.ocpp.gateway.clients import Charger, Place, start_payload, stop_payload, time_text

Make = Callable[..., Any]
# The meter was swapped two days ago; an hour's charging of before and one of after come late.
SWAPPED, BEFORE, AFTER = -2 * DAY_MIN, -3 * DAY_MIN, -DAY_MIN
BEGIN_WH, END_WH = 1_000, 3_000

pytestmark = pytest.mark.req("OCP-06", "CDR-03")


@pytest.fixture
def old() -> SigningMeter:
    return SigningMeter("1OLD0000000001", new_private_key())


@pytest.fixture
def new() -> SigningMeter:
    return SigningMeter("1NEW0000000001", new_private_key(), wrapping=Wrapping.OCA, offers_key=True)


@pytest.fixture
def station(place: Callable[..., Place]) -> Place:
    """Where calibration law applies."""
    return place(country="DE")


def keep_meter(
    station: Place, meter: SigningMeter, *, since: int | None = None, until: int | None = None
) -> None:
    """Enter a meter into the master data, in use from and to so many minutes before the test."""

    def keep() -> None:
        Meter.objects.create(
            charge_point=ChargePoint.objects.get(station_id=station.pk),
            meter_number=meter.number,
            public_key=meter.public_key,
            valid_from=None if since is None else moment(time_text(minutes=since)),
            valid_to=None if until is None else moment(time_text(minutes=until)),
        )

    station.look(keep)


@pytest.fixture
def swapped(station: Place, old: SigningMeter, new: SigningMeter) -> None:
    keep_meter(station, old, until=SWAPPED)
    keep_meter(station, new, since=SWAPPED)


def began(charger: Charger, minute: int) -> int:
    """Tell of a start at that minute; return the transaction's id."""
    start = start_payload(meterStart=BEGIN_WH, timestamp=time_text(minutes=minute))
    transaction_id: int = charger.result("StartTransaction", start)["transactionId"]
    return transaction_id


def ended(charger: Charger, transaction_id: int, minute: int, meter: SigningMeter) -> None:
    """Tell of the stop an hour after that minute, with what the meter signed."""
    begin = Reading(moment(time_text(minutes=minute)), BEGIN_WH)
    end = Reading(moment(time_text(minutes=minute + 60)), END_WH)
    record = meter.record("TAG", meter.reading(begin, BEGIN), meter.reading(end, END))
    stop = stop_payload(
        transaction_id,
        meterStop=END_WH,
        timestamp=time_text(minutes=minute + 60),
        transactionData=[meter.entry(record, end.at, "Transaction.End")],
    )
    charger.result("StopTransaction", stop)


def delivered(
    charger: Charger, station: Place, minute: int, meter: SigningMeter
) -> tuple[ChargeRecord, VerificationRun]:
    """Deliver a whole session of that minute; return its record and the newest check."""
    transaction_id = began(charger, minute)
    ended(charger, transaction_id, minute, meter)
    return settled(station, transaction_id)


def settled(station: Place, transaction_id: int) -> tuple[ChargeRecord, VerificationRun]:
    record = record_of(station, transaction_id)
    runs = VerificationRun.objects.filter(session_id=record.session_id).order_by("-ran_at", "-pk")
    return record, station.look(lambda: runs[0])


def key_of(meter: SigningMeter) -> tuple[str, str]:
    """Return what a check names its meter by."""
    return meter.number, fingerprint_of(meter.public_key)


def used_by(run: VerificationRun) -> tuple[str, str]:
    return run.meter_number, run.key_fingerprint


def test_late_sessions_when_the_meter_was_swapped_since_then_each_is_checked_with_its_own(
    charger: Charger, station: Place, swapped: None, old: SigningMeter, new: SigningMeter
) -> None:
    """One of today comes first, then the queue of the days before, its stops in another order."""
    running = began(charger, -90)
    ended(charger, running, -90, new)
    before, after = began(charger, BEFORE), began(charger, AFTER)
    ended(charger, after, AFTER, new)
    ended(charger, before, BEFORE, old)

    for transaction_id, minute, meter in (
        (before, BEFORE, old),
        (after, AFTER, new),
        (running, -90, new),
    ):
        record, run = settled(station, transaction_id)
        assert (record.eka, record.energy_wh) == ("valid", END_WH - BEGIN_WH)
        assert record.started_at == moment(time_text(minutes=minute))
        assert (run.reasons, run.warnings) == ([], [])
        assert used_by(run) == key_of(meter)


@pytest.mark.parametrize("minute", [BEFORE, AFTER], ids=["before the swap", "after it"])
def test_late_session_when_the_other_meter_signed_it_then_not_in_line(
    charger: Charger, station: Place, swapped: None, old: SigningMeter, new: SigningMeter,
    minute: int,
) -> None:  # fmt: skip
    """Today's meter is no witness for the day before the swap, nor the old one after it."""
    right, wrong = (old, new) if minute == BEFORE else (new, old)

    record, run = delivered(charger, station, minute, wrong)

    assert record.eka == "invalid"
    assert set(run.reasons) == {"SIGNATURE_INVALID", "METER_NUMBER_MISMATCH"}
    assert used_by(run) == key_of(right)


def test_late_session_when_no_meter_is_kept_for_its_time_then_todays_does_not_stand_in(
    charger: Charger, station: Place, new: SigningMeter
) -> None:
    keep_meter(station, new, since=SWAPPED)

    record, _run = delivered(charger, station, AFTER, new)
    assert record.eka == "valid"
    transaction_id = began(charger, BEFORE)
    ended(charger, transaction_id, BEFORE, new)

    assert record_of(station, transaction_id).eka == "irrelevant"


def test_late_session_when_its_new_key_is_confirmed_then_the_swap_is_as_old_as_the_session(
    charger: Charger, station: Place, make_user: Make, old: SigningMeter, new: SigningMeter
) -> None:
    """The key arrives with today's session; the queue then tells that it was there before."""
    keep_meter(station, old)
    ids = []
    for minute, meter in ((-90, new), (AFTER, new), (BEFORE, old)):
        record, _run = delivered(charger, station, minute, meter)
        assert record.eka == ("valid" if meter is old else "invalid")
        ids.append(record.session.transaction_id)

    def confirm() -> None:
        user: User = make_user(email=f"late-{station.pk}@example.com")
        offer = OfferedKey.objects.get(charge_point__station_id=station.pk)
        confirm_key(offer, user)

    station.look(confirm)

    for transaction_id, meter in zip(ids, (new, new, old), strict=True):
        record, run = settled(station, transaction_id)
        assert record.eka == "valid"
        assert used_by(run) == key_of(meter)
    swapped_at = station.look(lambda: Meter.objects.get(public_key=new.public_key).valid_from)
    assert swapped_at == moment(time_text(minutes=AFTER))
