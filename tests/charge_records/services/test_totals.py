"""The roll-ups: each attempt counts once, whatever comes late, and as if made anew (CDR-07)."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.charge_records.domain.eka import VerificationCause
from apps.charge_records.domain.evaluation import Mark
from apps.charge_records.domain.statuses import COUNTED_ERROR_CLASSES
from apps.charge_records.models import (
    Activation,
    ChargeRecord,
    ChargingSession,
    DailyTotal,
    HourlyTotal,
)
from apps.charge_records.services.activations import authorize
from apps.charge_records.services.catch_up import close_given_up, hang_silent
from apps.charge_records.services.evaluation import evaluate_again
from apps.charge_records.services.exclusion import (
    MarkedAlready,
    NotMarked,
    set_mark,
    take_back,
)
from apps.charge_records.services.rebuild import DAYS_AT_ONCE, rebuild_totals, slices
from apps.charge_records.services.retention import drop_old_hours
from apps.charge_records.services.sessions import end_session, start_session
from apps.charge_records.services.settlement import decide_again, settle
from apps.charge_records.services.totals import count_attempts
from apps.emaid.services import ensure_card
from apps.infrastructure.models import ChargePoint, Meter, Station
from apps.tenants.models import Tenant
from tests.charge_records.events import TAG, ended, started
from tests.conftest import NOW

MakeStation = Callable[..., Station]
LATER = NOW + timedelta(hours=1)
TODAY = date(2026, 11, 24)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ERRORS = [error_class.value for error_class in COUNTED_ERROR_CLASSES]
# Of settling a session: those that write into the roll-ups of days and of hours.
STATEMENTS_OF_TOTALS = 2

pytestmark = pytest.mark.req("CDR-07", "CDR-09")


@pytest.fixture
def station(alpha: Tenant, make_station: MakeStation) -> Station:
    ensure_card(TAG)
    return make_station(charge_points=2)


def begin(station: Station, *, now: datetime = NOW, **changes: Any) -> ChargingSession:
    answer = start_session(station.pk, started(at=now, **changes), now=now)
    return ChargingSession.objects.get(transaction_id=answer.transaction_id)


def finish(session: ChargingSession, *, now: datetime, **changes: Any) -> ChargeRecord | None:
    event = ended(session.transaction_id, at=now, **changes)
    end_session(session.station_id, event, now=now)
    return settle(session.pk, now=now)


def rate_of(day: date = TODAY) -> tuple[int, int, int]:
    """Return errors, activations and failed authorisations of a day."""
    totals = DailyTotal.objects.filter(day=day)
    names = ("counted_errors", "activations", "authorization_failures")
    values = list(totals.values_list(*names))
    return tuple(sum(column) for column in zip((0, 0, 0), *values, strict=True))  # type: ignore[return-value]


def snapshot() -> set[tuple[tuple[str, Any], ...]]:
    """Return all rows of the roll-ups that say anything, without their keys."""
    found = set()
    for model in (DailyTotal, HourlyTotal):
        keys = ("id", "station_id", "charge_point_id", "day", "hour")
        for row in model.objects.values():
            if any(value for name, value in row.items() if name not in keys):
                row.pop("id")
                found.add((("model", model.__name__), *sorted(row.items())))
    return found


def test_attempt_when_the_driver_goes_away_then_counted_as_canceled_once(station: Station) -> None:
    authorize(station.pk, TAG, now=NOW)
    close_given_up(now=NOW + 6 * MINUTE)

    assert [count_attempts(), count_attempts()] == [1, 0]

    total = DailyTotal.objects.get()
    assert (total.charge_point, total.canceled) == (None, 1)
    assert rate_of() == (1, 1, 0)


def test_attempt_when_refused_then_neither_an_error_nor_an_activation(station: Station) -> None:
    authorize(station.pk, "NOBODY", now=NOW)
    begin(station, id_tag="NOBODY")
    count_attempts()

    assert rate_of() == (0, 0, 2)


def test_attempt_when_the_end_never_comes_then_counted_on_the_day_it_began(
    station: Station,
) -> None:
    begin(station)
    hang_silent(now=NOW + 2 * DAY)
    count_attempts()

    assert rate_of() == (1, 1, 0)
    assert DailyTotal.objects.get().no_charge_record == 1


def test_attempt_when_the_end_comes_late_then_the_record_takes_its_place(
    station: Station,
) -> None:
    session = begin(station)
    hang_silent(now=NOW + 2 * DAY)
    count_attempts()

    finish(session, now=NOW + 3 * DAY, meter_stop_wh=31_000)

    assert rate_of() == (0, 1, 0)
    assert DailyTotal.objects.get(no_charge_record=0).sessions == 1
    assert Activation.objects.get().counted_on == TODAY


def test_attempt_when_a_start_was_only_late_then_it_is_under_way_again(station: Station) -> None:
    authorize(station.pk, TAG, now=NOW)
    close_given_up(now=NOW + 6 * MINUTE)
    count_attempts()

    session = begin(station, now=NOW + 8 * MINUTE)
    assert rate_of() == (0, 0, 0)

    finish(session, now=LATER)
    assert rate_of() == (0, 1, 0)


def test_attempt_when_refused_and_charged_all_the_same_then_once_and_no_error(
    station: Station,
) -> None:
    session = begin(station, id_tag="NOBODY")
    count_attempts()
    finish(session, now=NOW + DAY, id_tag="NOBODY")

    assert rate_of() == (0, 0, 1)
    assert DailyTotal.objects.get().implausible_sessions == 1


def test_settle_when_plausible_then_day_and_hour_of_its_charge_point(station: Station) -> None:
    session = begin(station, connector=2)
    finish(session, now=LATER)

    day, hour = DailyTotal.objects.get(), HourlyTotal.objects.get()
    assert day.charge_point == hour.charge_point == station.charge_points.get(number=2)
    assert (day.sessions, day.energy_wh, day.occupied_s) == (1, 10_000, 3_600)
    # 12:00 UTC is 13:00 in Berlin.
    assert (hour.day, hour.hour, hour.sessions, hour.energy_wh) == (TODAY, 13, 1, 10_000)


def test_settle_when_implausible_then_no_hour_and_no_time(station: Station) -> None:
    finish(begin(station), now=LATER, meter_stop_wh=900)

    total = DailyTotal.objects.get()
    assert (total.implausible_sessions, total.occupied_s, total.negative_energy) == (1, 0, 1)
    assert not HourlyTotal.objects.exists()


def test_settle_when_it_counts_then_by_two_statements_even_where_a_day_is_left(
    station: Station,
) -> None:
    # Refused before midnight in Berlin, by a station whose clock is past it.
    midnight = NOW + timedelta(hours=11)
    start = started(at=midnight + MINUTE, id_tag="NOBODY")
    start_session(station.pk, start, now=midnight - MINUTE)
    session = ChargingSession.objects.get()
    count_attempts()
    assert rate_of() == (0, 0, 1)
    end_session(station.pk, ended(session.transaction_id, at=NOW + DAY), now=NOW + DAY)

    with CaptureQueriesContext(connection) as queries:
        settle(session.pk, now=NOW + DAY)

    totals = [query["sql"] for query in queries if "total" in query["sql"]]
    assert len(totals) <= STATEMENTS_OF_TOTALS
    assert (rate_of(), rate_of(TODAY + DAY)) == ((0, 0, 0), (0, 0, 1))


def test_move_when_a_station_goes_to_another_location_then_its_figures_go_along(
    station: Station, make_location: Callable[..., Any], make_user: Callable[..., Any]
) -> None:
    finish(begin(station), now=LATER)
    station.location = make_location()
    station.save()
    person = make_user(locations=[station.location])

    assert DailyTotal.objects.visible_to(person).get().sessions == 1
    assert ChargeRecord.objects.visible_to(person).count() == 1


def test_hours_when_old_then_they_go(station: Station) -> None:
    finish(begin(station), now=LATER)

    assert drop_old_hours(today=TODAY + 7 * DAY) == 0
    assert drop_old_hours(today=TODAY + 8 * DAY) == 1


class Yard:
    """A station whose drivers, clock and background work do anything in any order."""

    def __init__(self, station: Station, seed: int) -> None:
        self.station = station
        self.rng = random.Random(seed)
        self.now = NOW
        self.meter = 1_000

    def step(self) -> None:
        self.now += self.rng.choice([MINUTE, 7 * MINUTE, timedelta(hours=5), timedelta(hours=30)])
        self.rng.choice([self.hold, self.start, self.start, self.stop, self.settle, self.tend,
                         self.decide, self.mark, self.evaluate])()  # fmt: skip

    def card(self) -> str:
        return self.rng.choice([TAG, "CARD-2", "NOBODY"])

    def hold(self) -> None:
        authorize(self.station.pk, self.card(), now=self.now)

    def start(self) -> None:
        self.meter += 1
        connector = self.rng.choice([1, 2])
        begin(self.station, now=self.now, connector=connector, id_tag=self.card(),
              meter_start_wh=self.meter)  # fmt: skip

    def stop(self) -> None:
        open_ones = list(ChargingSession.objects.exclude(state="ended"))
        if open_ones:
            session = self.rng.choice(open_ones)
            charged = self.rng.choice([0, 100, 9_000, -50, 900_000])
            reason = self.rng.choice(["Local", "PowerLoss"])
            event = ended(session.transaction_id, at=self.now, reason=reason,
                          meter_stop_wh=session.meter_start_wh + charged)  # fmt: skip
            end_session(self.station.pk, event, now=self.now)

    def settle(self) -> None:
        for session in ChargingSession.objects.filter(state="ended", is_settled=False):
            settle(session.pk, now=self.now)

    def tend(self) -> None:
        close_given_up(now=self.now)
        hang_silent(now=self.now)
        count_attempts()

    def decide(self) -> None:
        for session in ChargingSession.objects.filter(is_settled=True):
            decide_again(session.pk, now=self.now, cause=VerificationCause.BY_HAND)

    def mark(self) -> None:
        """Exclude a record, give it as goodwill, or take that back."""
        records = list(ChargeRecord.objects.all())
        if records:
            session_id = self.rng.choice(records).session_id
            deed = self.rng.choice([set_mark, take_back])
            with suppress(MarkedAlready, NotMarked):
                deed(session_id, self.rng.choice(list(Mark)), "Tried.", None, now=self.now)

    def evaluate(self) -> None:
        """Mend master data and judge all records again."""
        ChargePoint.objects.update(max_power_w=self.rng.choice([3_700, 22_000, 10**9]))
        for session in ChargingSession.objects.filter(is_settled=True):
            evaluate_again(session.pk, now=self.now)


@pytest.mark.parametrize("seed", range(12))
def test_totals_when_anything_happens_in_any_order_then_as_if_made_anew(
    station: Station, seed: int
) -> None:
    ensure_card("CARD-2")
    Meter.objects.create(charge_point=station.charge_points.get(number=1), public_key="3059...")
    yard = Yard(station, seed)
    for _number in range(45):
        yard.step()
    yard.settle()
    yard.tend()
    kept = snapshot()

    rebuild_totals(TODAY - DAY, yard.now.date() + DAY)

    assert snapshot() == kept
    over = Activation.objects.filter(state__in=["completed", "failed", "refused"])
    assert over.filter(counted_on=None).count() == 0
    assert (
        Activation.objects.exclude(pk__in=over.values("pk")).exclude(counted_on=None).count() == 0
    )
    errors = over.filter(error_class__in=ERRORS).exclude(state="refused").count()
    refused = over.filter(state="refused").count()
    sums = [(row.counted_errors, row.activations, row.authorization_failures)
            for row in DailyTotal.objects.all()]  # fmt: skip
    assert [sum(column) for column in zip(*sums, strict=True)] == [
        errors, over.count() - refused, refused,
    ]  # fmt: skip


def test_rebuild_when_rows_were_never_counted_then_they_get_their_day(station: Station) -> None:
    finish(begin(station), now=LATER)
    authorize(station.pk, "NOBODY", now=NOW)
    count_attempts()
    before = snapshot()
    ChargeRecord.objects.update(counted_on=None)
    Activation.objects.update(counted_on=None)
    DailyTotal.objects.all().delete()
    HourlyTotal.objects.all().delete()

    call_command("rebuild_totals", tenant="alpha", first=TODAY, last=TODAY + DAY)

    assert before
    assert snapshot() == before


def test_rebuild_when_the_range_is_long_then_some_days_at_a_time() -> None:
    found = list(slices(TODAY, TODAY + 70 * DAY))

    assert found[0] == (TODAY, TODAY + (DAYS_AT_ONCE - 1) * DAY)
    assert found[-1][1] == TODAY + 70 * DAY
    assert all(end < begin for (_, end), (begin, _) in pairwise(found))


@pytest.mark.parametrize(
    "options, told",
    [
        (["--tenant", "alpha", "--from", "2026-11-25", "--to", "2026-11-24"], "before the first"),
        (["--tenant", "alpha", "--from", "2026-11-25", "--to", "2026-13-40"], "no day"),
        (["--tenant", "nobody", "--from", "2026-11-24", "--to", "2026-11-25"], "no tenant"),
    ],
)
def test_rebuild_when_it_cannot_be_then_a_sentence(
    alpha: Tenant, options: list[str], told: str
) -> None:
    with pytest.raises(CommandError, match=told):
        call_command("rebuild_totals", *options)
