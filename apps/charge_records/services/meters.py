"""Master data of meters: saving them lets what could not be verified be checked once more."""

from django.db import transaction

from apps.core.tasks import enqueue
from apps.infrastructure.models import Meter


@transaction.atomic
def save_meter(meter: Meter) -> None:
    """Keep a meter's master data. Raises ValidationError."""
    meter.full_clean()
    meter.save()
    enqueue("charge_records.verify_meter", meter_id=meter.pk)
