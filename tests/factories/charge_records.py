"""Rows of charge_records: one finished session with its activation and record."""

from datetime import timedelta

from apps.charge_records.choices import Medium
from apps.charge_records.models import Activation, ChargeRecord, ChargingSession
from apps.infrastructure.models import Meter
from tests.factories.base import NOW, Place
from tests.factories.infrastructure import make_charge_point, make_meter

TRANSACTION_ID = 4711


def make_session(place: Place) -> ChargingSession:
    """Return the place's session; it is made at the first call."""
    charge_point = make_charge_point(place)
    session, _made = ChargingSession.objects.get_or_create(
        station=charge_point.station,
        transaction_id=TRANSACTION_ID,
        defaults={
            "charge_point": charge_point,
            "connector_number": 1,
            "id_tag": f"{place.mark}-TAG",
            "state": "ended",
            "authorization_status": "Accepted",
            "started_at": NOW - timedelta(hours=2),
            "start_received_at": NOW - timedelta(hours=2),
            "meter_start_wh": 1_000,
            "ended_at": NOW - timedelta(hours=1),
            "stop_received_at": NOW - timedelta(hours=1),
            "meter_stop_wh": 12_000,
        },
    )
    return session


def make_activation(place: Place) -> Activation:
    session = make_session(place)
    return Activation.objects.create(
        station=session.station,
        charge_point=session.charge_point,
        session=session,
        state="completed",
        medium=Medium.UNKNOWN,
        id_tag=session.id_tag,
        began_at=session.started_at,
        started_at=session.started_at,
        ended_at=session.ended_at,
        completed_at=session.ended_at,
    )


def make_record(place: Place) -> ChargeRecord:
    session = make_session(place)
    return ChargeRecord.objects.create(
        session=session,
        station=session.station,
        charge_point=session.charge_point,
        started_at=session.started_at,
        ended_at=session.ended_at,
        duration_s=3_600,
        energy_wh=11_000,
        medium=Medium.UNKNOWN,
        id_tag=session.id_tag,
        bdr_main="successful",
        eka="irrelevant",
        configured_power_w=22_000,
        settled_at=NOW,
    )


# The page of meters belongs to this room, for their keys do.
FACTORIES = {Activation: make_activation, ChargeRecord: make_record, Meter: make_meter}
