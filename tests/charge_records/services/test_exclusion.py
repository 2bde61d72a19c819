"""Excluded by hand, given as goodwill, taken back: record, day, activation and history."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from apps.audit.models import Entry
from apps.charge_records.domain.eka import VerificationCause
from apps.charge_records.domain.evaluation import Mark
from apps.charge_records.models import (
    Activation,
    ChargeRecord,
    ChargingSession,
    DailyTotal,
    Evaluation,
    RecordMark,
)
from apps.charge_records.services.exclusion import (
    MarkedAlready,
    NotMarked,
    ReasonMissing,
    set_mark,
    step_each,
    take_back,
)
from apps.charge_records.services.sessions import end_session, start_session
from apps.charge_records.services.settlement import decide_again, settle
from apps.core.errors import AppError
from apps.emaid.services import ensure_card
from apps.infrastructure.models import Station
from apps.tenants.models import Tenant
from tests.charge_records.domain.ocmf.signing import Meter as SigningMeter
from tests.charge_records.events import TAG, ended, started
from tests.charge_records.services.test_settlement import LATER, charge, status
from tests.charge_records.services.test_verification import keep_meter, record_of, signed
from tests.conftest import NOW

Make = Callable[..., Any]

pytestmark = pytest.mark.req("CDR-11", "CDR-05")


@pytest.fixture
def station(alpha: Tenant, make_station: Make) -> Station:
    ensure_card(TAG, emaid="DE8AACA2B3C4D5")
    return make_station()


@pytest.fixture
def record(station: Station) -> ChargeRecord:
    """10 kWh in an hour, successful."""
    made = settle(charge(station), now=LATER)
    assert made is not None
    return made


def figures() -> tuple[int, int, int, int]:
    total = DailyTotal.objects.get()
    return (
        total.sessions,
        total.implausible_sessions,
        total.energy_wh,
        total.counted_errors,
    )


@pytest.mark.req("CDR-09")
@pytest.mark.parametrize("mark, detail", [(Mark.MANUAL, "manual"), (Mark.GOODWILL, "goodwill")])
def test_set_when_successful_then_excluded_with_reason_and_out_of_the_figures(
    record: ChargeRecord, make_user: Make, mark: Mark, detail: str
) -> None:
    user = make_user()

    excluded = set_mark(record.session_id, mark, "  Test of the fitter ", user, now=LATER)

    assert status(excluded) == ("exclusion", detail)
    assert (excluded.findings, excluded.energy_wh, excluded.eka) == ([detail], 10_000, "irrelevant")
    assert figures() == (0, 1, 0, 0)
    step = RecordMark.objects.get()
    assert (step.reason, step.is_set, step.actor_id, step.actor_name, step.made_at) == (
        *("Test of the fitter", True, user.pk, user.email, LATER),
    )
    activation = Activation.objects.get()
    assert (activation.state, activation.error_class) == ("completed", "")
    entry = Entry.objects.get(model="charge_records.chargerecord", kind="changed")
    assert (entry.actor_id, entry.details["reason"]) == (user.pk, "Test of the fitter")
    assert entry.changes["bdr_main"] == ["successful", "exclusion"]


def test_take_back_when_excluded_then_as_before_and_both_steps_stay(
    record: ChargeRecord, make_user: Make
) -> None:
    user = make_user()
    set_mark(record.session_id, Mark.MANUAL, "a mistake", user, now=LATER)

    back = take_back(record.session_id, Mark.MANUAL, "it was none", user, now=LATER)

    assert status(back) == ("successful", "")
    assert figures() == (1, 0, 10_000, 0)
    steps = RecordMark.objects.order_by("pk").values_list("is_set", "reason")
    assert list(steps) == [(True, "a mistake"), (False, "it was none")]
    causes = Evaluation.objects.order_by("pk").values_list("cause", "bdr_main")
    assert list(causes) == [
        ("settlement", "successful"), ("excluded", "exclusion"), ("taken_back", "successful"),
    ]  # fmt: skip


def test_set_when_both_then_manual_is_shown_and_goodwill_stays_when_it_is_taken_back(
    record: ChargeRecord,
) -> None:
    set_mark(record.session_id, Mark.GOODWILL, "kindness", None, now=LATER)
    both = set_mark(record.session_id, Mark.MANUAL, "fraud", None, now=LATER)
    assert (status(both), both.findings) == (("exclusion", "manual"), ["manual", "goodwill"])

    left = take_back(record.session_id, Mark.MANUAL, "no fraud", None, now=LATER)

    assert (status(left), left.findings) == (("exclusion", "goodwill"), ["goodwill"])
    assert figures() == (0, 1, 0, 0)


def test_set_when_the_record_is_an_error_then_the_error_is_shown_and_the_mark_is_kept(
    station: Station,
) -> None:
    record = settle(charge(station, end={"meter_stop_wh": 41_000}), now=LATER)
    assert status(record) == ("error", "power_implausible")
    assert record is not None

    marked = set_mark(record.session_id, Mark.MANUAL, "known", None, now=LATER)

    assert status(marked) == ("error", "power_implausible")
    assert marked.findings == ["power_implausible", "manual"]
    assert figures() == (0, 1, 0, 1)
    assert Activation.objects.get().error_class == "power_implausible"


def test_set_when_the_configured_power_changed_meanwhile_then_it_does_not_alter_the_verdict(
    record: ChargeRecord,
) -> None:
    record.charge_point.max_power_w = 3_000  # type: ignore[union-attr]
    record.charge_point.save()  # type: ignore[union-attr]

    set_mark(record.session_id, Mark.MANUAL, "x", None, now=LATER)
    back = take_back(record.session_id, Mark.MANUAL, "y", None, now=LATER)

    assert (status(back), back.configured_power_w) == (("successful", ""), 22_000)


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_step_when_no_reason_is_given_then_refused(record: ChargeRecord, reason: str) -> None:
    with pytest.raises(ReasonMissing):
        set_mark(record.session_id, Mark.MANUAL, reason, None, now=LATER)
    assert not RecordMark.objects.exists()


def test_step_when_it_is_so_already_then_refused_and_nothing_is_written(
    record: ChargeRecord,
) -> None:
    with pytest.raises(NotMarked):
        take_back(record.session_id, Mark.MANUAL, "x", None, now=LATER)
    set_mark(record.session_id, Mark.MANUAL, "x", None, now=LATER)
    with pytest.raises(MarkedAlready):
        set_mark(record.session_id, Mark.MANUAL, "again", None, now=LATER)

    assert RecordMark.objects.count() == 1
    assert Evaluation.objects.count() == 2


def test_selection_when_some_are_excluded_already_then_the_others_are(
    station: Station, record: ChargeRecord
) -> None:
    other = settle(charge(station, meter_start_wh=20_000, end={"meter_stop_wh": 30_000}), now=LATER)
    assert other is not None
    set_mark(record.session_id, Mark.MANUAL, "x", None, now=LATER)

    stepped = step_each(
        set_mark, [record.session_id, other.session_id], Mark.MANUAL, "x", None, now=LATER
    )

    assert (stepped.done, stepped.left) == (1, 1)
    assert figures() == (0, 2, 0, 0)


@pytest.mark.req("CDR-03")
def test_decide_again_when_excluded_then_the_eka_is_decided_and_the_exclusion_stays(
    alpha: Tenant, make_station: Make
) -> None:
    ensure_card(TAG, emaid="DE8AACA2B3C4D5")
    station, signer = make_station(country="DE"), SigningMeter()
    meter = keep_meter(station.charge_points.get(), SigningMeter())
    number = start_session(station.pk, started(), now=NOW).transaction_id
    end = ended(number, samples=(signed(record_of(signer)),))
    end_session(station.pk, end, now=LATER)
    session_id = ChargingSession.objects.get().pk
    record = settle(session_id, now=LATER)
    assert record is not None
    assert record.eka == "invalid"
    set_mark(session_id, Mark.MANUAL, "x", None, now=LATER)
    meter.public_key = signer.public_key
    meter.save()

    decided = decide_again(session_id, now=LATER, cause=VerificationCause.KEY_SAVED)

    assert (decided.eka, *status(decided)) == ("valid", "exclusion", "manual")
    assert figures() == (0, 1, 0, 0)
    back = take_back(session_id, Mark.MANUAL, "x", None, now=LATER)
    assert (*status(back), back.energy_wh) == ("successful", "", 10_250)
    assert figures() == (1, 0, 10_250, 0)


@pytest.mark.parametrize("model", [RecordMark, Evaluation])
@pytest.mark.parametrize("sql", ["UPDATE {} SET actor_name = 'nobody'", "DELETE FROM {}"])
def test_history_when_somebody_would_change_it_then_the_database_refuses(
    record: ChargeRecord, model: Any, sql: str
) -> None:
    set_mark(record.session_id, Mark.MANUAL, "x", None, now=LATER)

    with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
        connection.cursor().execute(sql.format(model._meta.db_table))


def settled(make_station: Make) -> ChargeRecord:
    ensure_card(TAG, emaid="DE8AACA2B3C4D5")
    record = settle(charge(make_station()), now=LATER)
    assert record is not None
    return record


def test_set_when_two_people_do_at_once_then_one_step_and_the_other_is_told(
    committed_alpha: Tenant, make_station: Make, at_once: Callable[..., list[Any]]
) -> None:
    record = settled(make_station)

    def exclude() -> str:
        try:
            set_mark(record.session_id, Mark.MANUAL, "x", None, now=LATER)
        except AppError as error:
            return error.code
        return "done"

    assert sorted(at_once(exclude, exclude)) == ["done", "marked_already"]
    assert RecordMark.objects.count() == 1
    assert figures() == (0, 1, 0, 0)


def test_set_when_a_check_decides_at_once_then_both_count(
    committed_alpha: Tenant, make_station: Make, at_once: Callable[..., list[Any]]
) -> None:
    station = make_station(country="DE")
    ensure_card(TAG, emaid="DE8AACA2B3C4D5")
    keep_meter(station.charge_points.get(), SigningMeter())
    # Committed, so it is settled at once, by the clock of today: signed data are awaited.
    end = timezone.now()
    begin = started(at=end - timedelta(hours=1))
    number = start_session(station.pk, begin, now=begin.at).transaction_id
    end_session(station.pk, ended(number, at=end), now=end)
    session_id = ChargingSession.objects.get().pk
    assert ChargeRecord.objects.get().eka == "open"

    late = end + timedelta(minutes=15)
    at_once(
        partial(set_mark, session_id, Mark.GOODWILL, "x", None, now=late),
        partial(decide_again, session_id, now=late),
    )

    record = ChargeRecord.objects.get()
    assert (record.eka, *status(record)) == ("invalid", "exclusion", "goodwill")
    assert figures() == (0, 1, 0, 1)
    assert Evaluation.objects.count() == 3
