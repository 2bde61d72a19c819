"""Meter values that come with the end of a session; running ones are written by the gateway."""

from collections.abc import Iterable
from datetime import datetime

from apps.charge_records.domain.signed_data import is_signed_value
from apps.charge_records.models import ChargingSession, MeterSample
from apps.vocabulary.events import Sample


def store_samples(session: ChargingSession, samples: Iterable[Sample], *, now: datetime) -> None:
    """Add the samples to the session, each once: stations send many of them twice.

    Values of the running session may stand in the end's list again (OCPP 1.6, 5.11), and signed
    records come in both places. The unique index tells which are there.
    """
    rows = [sample_row(session, sample, now=now) for sample in samples]
    MeterSample.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)


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
        is_signed=is_signed_value(
            raw_value=sample.raw_value, form=sample.format, is_number=sample.value is not None
        ),
    )
