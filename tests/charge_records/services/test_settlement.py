"""From the end of a session to its one record, the activation's receipt and the day's figures."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from apps.charge_records.models import Activation, ChargeRecord, ChargingSession, DailyTotal
from apps.charge_records.services.sessions import end_session, start_session
from apps.charge_records.services.settlement import decide_again, settle
from apps.emaid.services import ensure_card
from apps.infrastructure.models import ChargePoint, Meter, Station
from apps.tenants.models import Tenant
from tests.charge_records.events import TAG, ended, started
from tests.conftest import NOW

MakeStation = Callable[..., Station]
LATER = NOW + timedelta(hours=1)
OWN, FOREIGN = "DEVLTC000000018", "DE8AACA2B3C4D5L"

pytestmark = pytest.mark.req("CDR-05")


@pytest.fixture
def station(alpha: Tenant, make_station: MakeStation) -> Station:
    alpha.provider_ids = ["DEVLT"]
    alpha.save()
    ensure_card(TAG, emaid="DE8AACA2B3C4D5")
    return make_station()


def charge(station: Station, *, end: dict[str, object] | None = None, **start: object) -> int:
    """Let a session run and end; return its key. 10 kWh in an hour unless said."""
    transaction_id = start_session(station.pk, started(**start), now=NOW).transaction_id
    end_session(station.pk, ended(transaction_id, **(end or {})), now=LATER)
    return ChargingSession.objects.get(transaction_id=transaction_id).pk


def status(record: ChargeRecord | None) -> tuple[str, str]:
    assert record is not None
    return record.bdr_main, record.bdr_detail


@pytest.mark.req("CDR-01")
def test_settle_when_all_is_well_then_a_successful_record(station: Station) -> None:
    record = settle(charge(station), now=LATER)

    assert status(record) == ("successful", "")
    assert record is not None
    assert (record.energy_wh, record.duration_s) == (10_000, 3_600)
    assert (record.medium, record.id_tag, record.emaid) == ("rfid", TAG, FOREIGN)
    assert (record.eka, record.findings, record.configured_power_w) == ("irrelevant", [], 22_000)
    activation = Activation.objects.get()
    assert (activation.state, activation.completed_at) == ("completed", LATER)


@pytest.mark.req("CDR-09", "OCP-06")
def test_settle_when_called_again_then_one_record_counted_once(station: Station) -> None:
    session_id = charge(station)

    first, second = settle(session_id, now=LATER), settle(session_id, now=LATER)

    total = DailyTotal.objects.get()
    assert first == second
    assert ChargeRecord.objects.count() == 1
    assert (total.sessions, total.energy_wh, total.implausible_sessions) == (1, 10_000, 0)
    assert total.charge_point == station.charge_points.get()
    assert total.day == date(2026, 11, 24)


def test_settle_when_the_session_runs_then_no_record(station: Station) -> None:
    start_session(station.pk, started(), now=NOW)

    assert settle(ChargingSession.objects.get().pk, now=LATER) is None
    assert not ChargeRecord.objects.exists()


@pytest.mark.req("TAR-04")
@pytest.mark.parametrize("emaid", ["", OWN])
def test_settle_when_the_contract_is_the_tenants_then_own_charge(
    station: Station, emaid: str
) -> None:
    ensure_card(TAG, emaid=emaid[:14])

    record = settle(charge(station), now=LATER)

    assert status(record) == ("successful_with_restrictions", "own_charge")


@pytest.mark.parametrize(
    "end, expected",
    [
        ({"meter_stop_wh": 900}, ("error", "negative_energy")),
        ({"at": NOW - timedelta(hours=1)}, ("error", "negative_duration")),
        ({"meter_stop_wh": 41_000}, ("error", "power_implausible")),
        ({"meter_stop_wh": 1_150}, ("exclusion", "consumption_too_low")),
        ({"at": NOW + timedelta(seconds=50)}, ("error", "power_implausible")),
    ],
)
@pytest.mark.req("CDR-06", "CDR-09")
def test_settle_when_implausible_then_the_finding_and_left_out_of_the_energy(
    station: Station, end: dict[str, object], expected: tuple[str, str]
) -> None:
    record = settle(charge(station, end=end), now=LATER)

    total = DailyTotal.objects.get()
    assert status(record) == expected
    assert record is not None
    assert record.findings[0] == expected[1]
    assert (total.sessions, total.implausible_sessions, total.energy_wh) == (0, 1, 0)
    assert total.counted_errors == 1
    assert Activation.objects.get().state == "failed"


def test_settle_when_the_start_lies_in_the_future_then_an_error(station: Station) -> None:
    at = datetime(2099, 1, 1, tzinfo=UTC)

    record = settle(charge(station, at=at, end={"at": at + timedelta(hours=1)}), now=LATER)

    assert status(record) == ("error", "start_in_future")
    assert DailyTotal.objects.get().day == date(2026, 11, 24)


@pytest.mark.req("ACL-03")
def test_settle_when_a_refused_start_charged_all_the_same_then_emp_unknown(
    station: Station,
) -> None:
    record = settle(charge(station, id_tag="NOBODY", end={"id_tag": "NOBODY"}), now=LATER)

    activation = Activation.objects.get()
    assert status(record) == ("error", "emp_unknown")
    assert (activation.state, activation.error_class) == ("refused", "authorization_failed")
    assert activation.completed_at == LATER
    assert DailyTotal.objects.get().counted_errors == 0


def test_settle_when_authentication_is_off_then_fair_mode(station: Station) -> None:
    ChargePoint.objects.update(authentication_required=False)

    record = settle(charge(station), now=LATER)

    assert status(record) == ("exclusion", "fair_mode")


@pytest.mark.req("CDR-07")
def test_settle_when_the_driver_thought_better_of_it_then_canceled(station: Station) -> None:
    end = {"at": NOW + timedelta(seconds=30), "meter_stop_wh": 1_000}

    record = settle(charge(station, end=end), now=LATER)

    assert record is not None
    assert (record.bdr_main, record.error_class) == ("exclusion", "canceled")


def test_settle_when_registers_overflow_then_a_record_all_the_same(station: Station) -> None:
    limit = 2**63 - 1

    record = settle(charge(station, meter_start_wh=-limit, end={"meter_stop_wh": limit}), now=LATER)

    assert record is not None
    assert record.energy_wh == limit


@pytest.mark.req("CDR-03")
def test_settle_when_signed_data_never_come_then_invalid_after_the_waiting_time(
    station: Station,
) -> None:
    Meter.objects.create(charge_point=station.charge_points.get(), public_key="3059...")
    session_id = charge(station)
    assert settle(session_id, now=LATER) is not None

    assert decide_again(session_id, now=LATER + timedelta(minutes=14)).eka == "open"
    record = decide_again(session_id, now=LATER + timedelta(minutes=15))

    assert (record.eka, *status(record)) == (
        "invalid",
        "successful_with_restrictions",
        "no_calibration_law_compliance",
    )
    total, activation = DailyTotal.objects.get(), Activation.objects.get()
    assert (total.sessions, total.energy_wh, total.counted_errors) == (1, 10_000, 1)
    assert (activation.state, activation.error_class) == ("completed", record.error_class)


@pytest.mark.req("OCP-06")
def test_settle_when_the_end_was_late_then_the_failed_activation_completes(
    station: Station,
) -> None:
    transaction_id = start_session(station.pk, started(), now=NOW).transaction_id
    Activation.objects.update(state="failed", error_class="no_charge_record")
    late = NOW + timedelta(days=3)
    end_session(station.pk, ended(transaction_id), now=late)

    settle(ChargingSession.objects.get().pk, now=late)

    activation = Activation.objects.get()
    assert (activation.state, activation.error_class) == ("completed", "")


def test_settle_when_it_is_new_years_eve_at_the_location_then_counted_on_its_day(
    alpha: Tenant, make_location: Callable[..., object], make_station: MakeStation
) -> None:
    station = make_station(location=make_location(time_zone="Pacific/Auckland"))
    ensure_card(TAG)

    settle(charge(station), now=LATER)

    assert DailyTotal.objects.get().day == date(2026, 11, 25)


def test_settle_when_all_is_well_then_few_queries(
    station: Station, django_assert_max_num_queries: Callable[..., object]
) -> None:
    session_id = charge(station)
    with django_assert_max_num_queries(13):  # type: ignore[attr-defined]
        settle(session_id, now=LATER)


@pytest.mark.req("OCP-06")
def test_end_when_committed_then_settlement_follows_by_itself(
    station: Station, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        charge(station)

    assert ChargeRecord.objects.count() == 1
