"""What a charger reports during a visit: status changes and meter values."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from apps.charge_records.demo.visits import WITHOUT_SESSION, Course, Visit
from apps.charge_records.models import ChargingSession, MeterSample
from apps.infrastructure.domain.statuses import ConnectorStatus
from apps.infrastructure.models import ChargePoint, StatusChange

SAMPLE_EVERY_S = 300
TRAVEL = timedelta(milliseconds=120)
FAULT_CODES = {"EmergencyStop": "OtherError", "PowerLoss": "UnderVoltage"}


def status_changes(point: ChargePoint, visit: Visit) -> Iterator[StatusChange]:
    """Yield what the connector reports, in order; a fault ends with Faulted and comes back."""
    steps = [(ConnectorStatus.PREPARING, visit.start - timedelta(seconds=25), "NoError")]
    if visit.course not in WITHOUT_SESSION:
        steps.append((ConnectorStatus.CHARGING, visit.start + timedelta(seconds=4), "NoError"))
        if visit.course is Course.FAULT:
            steps.append((ConnectorStatus.FAULTED, visit.end, FAULT_CODES[visit.reason]))
        else:
            full_at = visit.start + timedelta(seconds=visit.drawn_s)
            if full_at < visit.end - timedelta(minutes=2):
                steps.append((ConnectorStatus.SUSPENDED_EV, full_at, "NoError"))
            steps.append((ConnectorStatus.FINISHING, visit.end, "NoError"))
    steps.append((ConnectorStatus.AVAILABLE, visit.end + timedelta(seconds=95), "NoError"))
    for status, at, error_code in steps:
        yield StatusChange(
            station=point.station,
            connector_number=point.number,
            status=status.value,
            error_code=error_code,
            reported_at=at,
            received_at=at + TRAVEL,
        )


def meter_samples(
    rng: random.Random, session: ChargingSession, visit: Visit, *, is_dc: bool
) -> Iterator[MeterSample]:
    """Yield register, power and (DC) state of charge every five minutes, on a curve.

    Power falls towards the end of a DC session; the energy ends at the meter's reading.
    """
    stay_s = round((visit.end - visit.start).total_seconds())
    if visit.energy_wh <= 0 or not visit.drawn_s:
        return
    bend = 1.6 if is_dc else 1.06
    percent = rng.uniform(8, 45)
    gained = rng.uniform(25, 50)
    for second in [*range(0, stay_s, SAMPLE_EVERY_S), stay_s]:
        share = min(second / visit.drawn_s, 1.0)
        charged = 1 - (1 - share) ** bend
        slope = bend * (1 - share) ** (bend - 1) if share < 1 else 0.0
        power_w = visit.energy_wh / visit.drawn_s * 3600 * slope
        at = visit.start + timedelta(seconds=second)
        register = session.meter_start_wh + round(visit.energy_wh * charged)
        yield draft_sample(session, at, "Energy.Active.Import.Register", "Wh", Decimal(register))
        yield draft_sample(session, at, "Power.Active.Import", "W", Decimal(round(power_w)))
        if is_dc:
            level = Decimal(round(percent + gained * charged))
            yield draft_sample(session, at, "SoC", "Percent", level)


def draft_sample(
    session: ChargingSession, at: datetime, measurand: str, unit: str, value: Decimal | None
) -> MeterSample:
    return MeterSample(
        station_id=session.station_id,
        connector_number=session.connector_number,
        sampled_at=at,
        received_at=at + TRAVEL,
        measurand=measurand,
        context="Sample.Periodic",
        location="EV" if measurand == "SoC" else "Outlet",
        unit=unit,
        value=value,
        raw_value=str(value),
    )
