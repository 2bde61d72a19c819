"""What a crash, a driver or a silent station left behind is finished later (R12, R18)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.charge_records.models import Activation, ChargeRecord, ChargingSession
from apps.charge_records.selectors.catch_up import undecided_sessions, unsettled_sessions
from apps.charge_records.services.catch_up import hang_silent
from apps.charge_records.services.sessions import end_session, start_session
from apps.charge_records.services.settlement import settle
from apps.charge_records.tasks import catch_up_all
from apps.emaid.services import ensure_card
from apps.infrastructure.models import Connector, Meter, Station
from apps.tenants.models import Tenant
from tests.charge_records.events import TAG, ended, started
from tests.conftest import NOW

LATER = NOW + timedelta(hours=1)
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.req("OCP-06")


@pytest.fixture
def station(alpha: Tenant, make_station: Callable[..., Station]) -> Station:
    ensure_card(TAG)
    return make_station()


def state_of(session: ChargingSession) -> tuple[str, str, str]:
    session.refresh_from_db()
    activation = Activation.objects.get(session=session)
    return session.state, activation.state, activation.error_class


def begin(station: Station, **changes: object) -> ChargingSession:
    transaction_id = start_session(station.pk, started(**changes), now=NOW).transaction_id
    return ChargingSession.objects.get(transaction_id=transaction_id)


def test_unsettled_sessions_when_settlement_was_lost_then_found_after_ten_seconds(
    station: Station,
) -> None:
    session = begin(station)
    end_session(station.pk, ended(session.transaction_id), now=LATER)

    assert unsettled_sessions(LATER + 10 * SECOND) == []
    assert unsettled_sessions(LATER + 11 * SECOND) == [session.pk]
    settle(session.pk, now=LATER)
    assert unsettled_sessions(LATER + DAY) == []


def test_catch_up_all_when_run_by_beat_then_every_tenant_is_finished(
    station: Station, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    session = begin(station)
    end_session(station.pk, ended(session.transaction_id), now=timezone.now() - DAY)

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        catch_up_all()

    assert ChargeRecord.objects.get().session == session


@pytest.mark.req("CDR-07")
def test_hang_silent_when_no_end_came_for_a_day_then_no_record_and_the_activation_failed(
    station: Station,
) -> None:
    session = begin(station)

    assert hang_silent(now=NOW + DAY - SECOND) == 0
    assert hang_silent(now=NOW + DAY) == 1
    assert state_of(session) == ("hanging", "failed", "no_charge_record")
    assert hang_silent(now=NOW + 2 * DAY) == 0
    assert not ChargeRecord.objects.exists()


def test_hang_silent_when_the_end_comes_late_then_its_record_is_made(station: Station) -> None:
    session = begin(station)
    hang_silent(now=NOW + DAY)

    end_session(station.pk, ended(session.transaction_id), now=NOW + 3 * DAY)
    record = settle(session.pk, now=NOW + 3 * DAY)

    assert record is not None
    assert record.energy_wh == 10_000
    assert state_of(session) == ("ended", "completed", "")


def test_hang_silent_when_meter_values_still_come_then_it_runs_on(station: Station) -> None:
    session = begin(station)
    ChargingSession.objects.update(last_sample_at=NOW + 20 * timedelta(hours=1))

    assert hang_silent(now=NOW + DAY) == 0
    assert state_of(session)[0] == "active"


def test_hang_silent_when_the_connector_is_occupied_then_it_runs_on(station: Station) -> None:
    session = begin(station)
    Connector.objects.update(status="SuspendedEV", status_at=NOW)
    assert hang_silent(now=NOW + 3 * DAY) == 0

    Connector.objects.update(status="Available", status_at=NOW + 3 * DAY)
    assert hang_silent(now=NOW + 4 * DAY - SECOND) == 0
    assert hang_silent(now=NOW + 4 * DAY) == 1
    assert state_of(session)[0] == "hanging"


def test_hang_silent_when_another_session_followed_then_failed_after_a_day_all_the_same(
    station: Station,
) -> None:
    first = begin(station)
    begin(station, meter_start_wh=2_000, at=NOW + SECOND)
    Connector.objects.update(status="Charging", status_at=NOW)
    assert state_of(first) == ("hanging", "charging", "")

    assert hang_silent(now=NOW + DAY) == 1
    assert state_of(first) == ("hanging", "failed", "no_charge_record")


@pytest.mark.req("CDR-03")
def test_undecided_sessions_when_signed_data_did_not_come_then_found(station: Station) -> None:
    Meter.objects.create(charge_point=station.charge_points.get(), public_key="3059...")
    session = begin(station)
    end_session(station.pk, ended(session.transaction_id), now=LATER)
    settle(session.pk, now=LATER)

    assert undecided_sessions(LATER + timedelta(minutes=14)) == []
    assert undecided_sessions(LATER + timedelta(minutes=16)) == [session.pk]
