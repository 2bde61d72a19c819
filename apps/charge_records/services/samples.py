"""Meter values that come with the end of a session; running ones are written by the gateway."""

from collections.abc import Iterable
from datetime import datetime

from apps.charge_records.models import ChargingSession, MeterSample
from apps.vocabulary.events import Sample

SIGNED = "SignedData"

Key = tuple[datetime, str, str, str, str, str]


def store_samples(session: ChargingSession, samples: Iterable[Sample], *, now: datetime) -> None:
    """Add the samples to the session, each once: stations send many of them twice.

    Values of the running session may stand in the end's list again (OCPP 1.6, 5.11), and signed
    records come in both places.
    """
    rows = [sample_row(session, sample, now=now) for sample in samples]
    if not rows:
        return
    times = [row.sampled_at for row in rows]
    known = MeterSample.objects.filter(
        station_id=session.station_id,
        transaction_id=session.transaction_id,
        sampled_at__range=(min(times), max(times)),
    )
    seen = {key_of(row) for row in known}
    new = {key_of(row): row for row in rows if key_of(row) not in seen}
    MeterSample.objects.bulk_create(new.values(), batch_size=1000)


def key_of(row: MeterSample) -> Key:
    return (row.sampled_at, row.measurand, row.phase, row.context, row.location, row.raw_value)


def sample_row(session: ChargingSession, sample: Sample, *, now: datetime) -> MeterSample:
    """Return the unsaved row of a sample."""
    return MeterSample(
        station_id=session.station_id,
        connector_number=session.connector_number,
        transaction_id=session.transaction_id,
        sampled_at=sample.at,
        received_at=now,
        measurand=sample.measurand,
        phase=sample.phase or "",
        context=sample.context,
        location=sample.location,
        unit=sample.unit,
        value=sample.value,
        raw_value=sample.raw_value,
        is_signed=sample.format == SIGNED,
    )
