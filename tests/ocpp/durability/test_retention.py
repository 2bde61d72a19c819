"""What may go by age goes; what a record waits for, and what is signed, stays."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from apps.charge_records.models import ChargingSession, MeterSample
from apps.charge_records.services import retention as samples
from apps.charge_records.services.sessions import end_session, start_session
from apps.charge_records.services.settlement import settle
from apps.core import ageing
from apps.infrastructure.models import Station
from apps.ocpp import retention as messages
from apps.ocpp.models import MessageExchange
from apps.tenants.models import Tenant
from tests.charge_records.events import ended, started
from tests.conftest import NOW

DAY = timedelta(days=1)
YEARS = NOW - 1500 * DAY

pytestmark = pytest.mark.req("OCP-06", "INF-14")


@pytest.fixture
def station(alpha: Tenant, make_station: Callable[..., Station]) -> Station:
    return make_station()


def say(station: Station, action: str, at: datetime) -> None:
    MessageExchange.objects.create(
        station=station, connection_id=uuid4(), direction="in", action=action, requested_at=at
    )


def sample(session: ChargingSession, at: datetime, *, is_signed: bool = False) -> None:
    MeterSample.objects.create(
        station_id=session.station_id,
        connector_number=1,
        transaction_id=session.transaction_id,
        sampled_at=at,
        received_at=at,
        measurand="Energy.Active.Import.Register",
        raw_value="1",
        is_signed=is_signed,
    )


def begin(station: Station, at: datetime) -> ChargingSession:
    answer = start_session(station.pk, started(at=at), now=at)
    return ChargingSession.objects.get(transaction_id=answer.transaction_id)


def actions() -> list[str]:
    return list(MessageExchange.objects.order_by("pk").values_list("action", flat=True))


def test_messages_go_after_a_year_in_slices(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ageing, "SLICE", 3)
    for age in (400, 399, 398, 397, 396, 395, 394, 367, 365, 1, 0):
        say(station, f"{age}", NOW - age * DAY)

    assert messages.drop_old_messages(now=NOW) == 8
    assert actions() == ["365", "1", "0"]
    assert messages.drop_old_messages(now=NOW) == 0


def test_messages_of_a_session_without_record_stay(station: Station) -> None:
    begin(station, YEARS)
    for action in ("Authorize", "StartTransaction", "MeterValues", "Heartbeat"):
        say(station, action, YEARS + timedelta(minutes=1))
    say(station, "MeterValues", YEARS + 2 * DAY)

    messages.drop_old_messages(now=NOW)

    assert actions() == ["Authorize", "StartTransaction", "MeterValues"]


def test_messages_go_once_the_record_stands(station: Station) -> None:
    session = begin(station, YEARS)
    say(station, "StartTransaction", YEARS)
    end_session(station.pk, ended(session.transaction_id, at=YEARS + DAY / 24), now=YEARS + DAY)
    assert messages.drop_old_messages(now=NOW) == 0

    settle(session.pk, now=NOW)
    assert messages.drop_old_messages(now=NOW) == 1


def test_meter_values_go_once_the_record_stands_but_signed_ones(station: Station) -> None:
    session = begin(station, YEARS)
    sample(session, YEARS)
    sample(session, YEARS + timedelta(minutes=1), is_signed=True)
    assert samples.drop_old_samples(now=NOW) == 0

    end_session(station.pk, ended(session.transaction_id, at=YEARS + DAY / 24), now=YEARS + DAY)
    settle(session.pk, now=YEARS + DAY)
    assert samples.drop_old_samples(now=NOW) == 1
    assert MeterSample.objects.get().is_signed


def test_a_setting_that_is_too_low_does_not_count(station: Station, settings: Any) -> None:
    settings.MESSAGE_LOG_KEPT_DAYS = settings.METER_VALUES_KEPT_DAYS = 0
    say(station, "Heartbeat", NOW - 30 * DAY)
    say(station, "Heartbeat", NOW - 32 * DAY)
    session = begin(station, NOW - 90 * DAY)
    end_session(station.pk, ended(session.transaction_id), now=NOW - 90 * DAY)
    settle(session.pk, now=NOW)
    sample(session, NOW - 90 * DAY)

    assert messages.drop_old_messages(now=NOW) == 1
    assert samples.drop_old_samples(now=NOW) == 0
