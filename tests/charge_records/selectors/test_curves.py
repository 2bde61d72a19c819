"""The curve of a session: all of it, in at most 500 points."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.charge_records.models import ChargingSession, MeterSample
from apps.charge_records.selectors.records import CURVE_POINTS, session_curve
from apps.charge_records.services.sessions import start_session
from apps.infrastructure.models import Station
from apps.tenants.models import Tenant
from tests.charge_records.events import started
from tests.conftest import NOW

pytestmark = pytest.mark.req("CDR-02")


@pytest.mark.parametrize("moments, points", [(2, 2), (500, 500), (501, 251), (4_000, 500)])
def test_session_curve_when_the_series_is_long_then_thinned_to_its_end(
    alpha: Tenant,
    make_station: Callable[..., Station],
    django_assert_max_num_queries: Callable[..., object],
    moments: int,
    points: int,
) -> None:
    start_session(make_station().pk, started(), now=NOW)
    session = ChargingSession.objects.get()
    MeterSample.objects.bulk_create(
        MeterSample(
            station_id=session.station_id,
            connector_number=1,
            transaction_id=session.transaction_id,
            sampled_at=NOW + timedelta(seconds=number),
            received_at=NOW,
            measurand=measurand,
            value=1_000 + number,
        )
        for number in range(moments)
        for measurand in ("Energy.Active.Import.Register", "Power.Active.Import")
    )

    with django_assert_max_num_queries(2):  # type: ignore[attr-defined]
        curve = session_curve(session)

    assert len(curve.times) == len(curve.power_w) == points <= CURVE_POINTS
    assert curve.times[-1] == NOW + timedelta(seconds=moments - 1)
    assert curve.energy_wh[-1] == moments - 1
    assert None not in curve.energy_wh
