"""From a figure to the list of the rows behind it, and no others."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from apps.charge_records.domain.periods import Period

# What the lists filter by beside the statuses themselves.
PLAUSIBLE, IMPLAUSIBLE_ONES = "plausible", "implausible"
OVER = "over"
ANY_ERROR = "any"

RECORDS = "admin:charge_records_chargerecord_changelist"
ACTIVATIONS = "admin:charge_records_activation_changelist"
ERROR_RATE = "admin:error_rate"


def records_behind(period: Period, **filters: Any) -> str:
    """Return the address of the charge records that count in the period.

    `filters`: location, station, point (keys; None: any) and what else the list filters by.
    """
    return behind(RECORDS, period, counted="on", **filters)


def activations_behind(period: Period, **filters: Any) -> str:
    """Return the address of the activations that count in the period, filtered likewise."""
    return behind(ACTIVATIONS, period, counted="on", **filters)


def rates_behind(period: Period, **filters: Any) -> str:
    """Return the address of the error rate in the period; `filters`: level, location, station."""
    return behind(ERROR_RATE, period, **filters)


def behind(name: str, period: Period, **filters: Any) -> str:
    days = {"period": "custom", "start": period.first, "end": period.last}
    given = {key: value for key, value in filters.items() if value not in (None, "")}
    return f"{reverse(name)}?{urlencode({**days, **given})}"
