"""Charge records as the portal's pages show them; whoever calls starts from `visible_to`."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, QuerySet, Sum, Window
from django.db.models.functions import DenseRank, Mod
from django.utils.functional import Promise

from apps.charge_records.choices import BDR_DETAIL_CHOICES, FLAG_SENTENCES
from apps.charge_records.domain.curves import ENERGY, POWER, Curve, Reading, curve
from apps.charge_records.domain.statuses import EXCLUSION_DETAILS, RESTRICTION_DETAILS
from apps.charge_records.explanations import Explanation, explanation_of
from apps.charge_records.models import ChargeRecord, ChargingSession, MeterSample
from apps.core.time_limits import TookTooLong, within

# More rows than this are not counted with the list: it asks for their sums afterwards.
COUNTED_AT_MOST = 10_000
SUMMED_WITHIN = timedelta(seconds=5)
CURVE_POINTS = 500
# A station whose message came this much later than it says was offline, or its clock is wrong.
CLOCK_SKEW = timedelta(minutes=2)
FULL_WORDS = dict(BDR_DETAIL_CHOICES)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the filtered records; `is_complete` False: there are more than `records`."""

    records: int
    energy_wh: int | None
    duration_s: int | None
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of the plausibility check; `code` is its anchor among the explanations."""

    code: str
    title: str | Promise
    explanation: Explanation | None
    tone: str


def with_details(records: QuerySet[Any]) -> QuerySet[Any]:
    """Return the records with all that a row shows, in one query."""
    return records.select_related("station", "station__location", "charge_point", "session")


def quick_totals(records: QuerySet[Any]) -> Totals:
    """Return the sums over at most `COUNTED_AT_MOST` records, in one bounded query."""
    bounded = records.order_by().values("pk", "energy_wh", "duration_s")[: COUNTED_AT_MOST + 1]
    found = sums(bounded)
    if found.records > COUNTED_AT_MOST:
        return Totals(COUNTED_AT_MOST, None, None, is_complete=False)
    return found


def totals(records: QuerySet[Any]) -> Totals:
    """Return the sums over all records; not complete where they take longer than a page may."""
    try:
        return within(SUMMED_WITHIN, lambda: sums(records.order_by()))
    except TookTooLong:
        return Totals(COUNTED_AT_MOST, None, None, is_complete=False)


def sums(records: QuerySet[Any]) -> Totals:
    found = records.aggregate(
        number=Count("pk"),
        energy=Sum("energy_wh", default=0),
        time=Sum("duration_s", default=0),
    )
    return Totals(found["number"], found["energy"], found["time"], is_complete=True)


def session_curve(session: ChargingSession) -> Curve:
    """Return power and energy over the whole session, from at most `CURVE_POINTS` moments.

    Of a longer series every n-th moment is taken, counted from the end, so that the end is shown.
    """
    samples = MeterSample.objects.filter(
        station_id=session.station_id,
        transaction_id=session.transaction_id,
        measurand__in=[ENERGY, POWER],
        value__isnull=False,
    )
    moments = samples.aggregate(number=Count("sampled_at", distinct=True))["number"]
    every = -(-moments // CURVE_POINTS)
    if every > 1:
        place = Window(DenseRank(), order_by=F("sampled_at").desc()) - 1
        samples = samples.annotate(place=Mod(place, every)).filter(place=0)
    rows = samples.order_by("sampled_at", "pk").values_list(
        "sampled_at", "measurand", "phase", "value"
    )
    readings = (
        Reading(at, measurand, phase, value)
        for at, measurand, phase, value in rows
        if value is not None
    )
    return curve(readings, meter_start_wh=session.meter_start_wh)


def findings(codes: list[str]) -> list[Finding]:
    """Return the findings in the order of their evaluation; a code we do not know as it is."""
    return [
        Finding(
            code=code,
            title=FULL_WORDS.get(code, code),
            explanation=explanation_of(code),
            tone="warn" if code in EXCLUSION_DETAILS | RESTRICTION_DETAILS else "bad",
        )
        for code in codes
    ]


def remarks(flags: list[str]) -> list[str | Promise]:
    """Return what had to be forgiven in the session's messages, in words where we have some."""
    return [FLAG_SENTENCES.get(flag, flag) for flag in flags]


def clock_skew(session: ChargingSession) -> timedelta | None:
    """Return how much later than its own time the start was received; None where that is usual."""
    skew = session.start_received_at - session.started_at
    return skew if abs(skew) > CLOCK_SKEW else None


def mean_power_w(record: ChargeRecord) -> int | None:
    """Return energy by duration in W; None without a duration."""
    return record.energy_wh * 3600 // record.duration_s if record.duration_s > 0 else None
