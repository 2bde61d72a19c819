"""Evaluated again after master data were mended: what changes, what stays, singly and in bulk."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.audit.models import Entry
from apps.charge_records.domain.evaluation import Kept, Mark
from apps.charge_records.models import (
    Activation,
    ChargeRecord,
    DailyTotal,
    Evaluation,
    VerificationRun,
)
from apps.charge_records.services.evaluation import (
    RECORDS_MAX,
    TooManyRecords,
    evaluate_again,
    evaluate_by_hand,
    start_evaluation,
)
from apps.charge_records.services.exclusion import set_mark
from apps.charge_records.services.settlement import decide_again, settle
from apps.emaid.models import Card
from apps.emaid.services import ensure_card
from apps.infrastructure.models import ChargePoint, Meter, Station
from apps.jobs.models import Job
from apps.jobs.services import runs
from apps.tenants.models import Tenant
from tests.charge_records.domain.ocmf.signing import Meter as SigningMeter
from tests.charge_records.events import TAG
from tests.charge_records.services.test_settlement import LATER, charge, status
from tests.charge_records.services.test_verification import charge as charge_signed
from tests.charge_records.services.test_verification import keep_meter, record_of

Make = Callable[..., Any]
MORE = LATER + timedelta(days=1)
CONTRACT = "DE8AACA2B3C4D5"

pytestmark = pytest.mark.req("CDR-11")


@pytest.fixture
def station(alpha: Tenant, make_station: Make) -> Station:
    ensure_card(TAG, emaid=CONTRACT)
    return make_station()


def settled(session_id: int) -> ChargeRecord:
    record = settle(session_id, now=LATER)
    assert record is not None
    return record


def causes() -> list[tuple[str, str]]:
    return list(Evaluation.objects.order_by("pk").values_list("cause", "bdr_main"))


def charge_unknown(station: Station, **start: Any) -> int:
    return charge(station, id_tag="NOBODY", end={"id_tag": "NOBODY"}, **start)


@pytest.mark.req("CDR-05", "CDR-09")
def test_evaluate_when_the_card_is_known_now_then_successful_with_its_contract(
    station: Station, make_user: Make
) -> None:
    record, user = settled(charge_unknown(station)), make_user()
    assert status(record) == ("error", "emp_unknown")
    ensure_card("NOBODY", emaid="DE8AACA2B3C4D6")

    evaluated = evaluate_by_hand(record.session_id, user, now=MORE)

    record.refresh_from_db()
    assert evaluated.has_changed
    assert (*status(record), record.medium, record.emaid[:14]) == (
        *("successful", "", "rfid", "DE8AACA2B3C4D6"),
    )
    total = DailyTotal.objects.get()
    assert (total.sessions, total.implausible_sessions, total.energy_wh) == (1, 0, 10_000)
    # It was refused, and that is what happened.
    assert Activation.objects.get().state == "refused"
    assert causes() == [("settlement", "error"), ("again", "successful")]
    newest = Evaluation.objects.order_by("pk").last()
    assert newest is not None
    assert (newest.actor_id, newest.made_at) == (user.pk, MORE)
    entry = Entry.objects.get(model="charge_records.chargerecord", kind="command")
    assert entry.changes["bdr_detail"] == ["emp_unknown", ""]
    # A check that follows goes by what the record says now.
    assert status(decide_again(record.session_id, now=MORE)) == ("successful", "")


def test_evaluate_when_the_card_got_a_contract_then_no_own_charge_any_more(
    alpha: Tenant, station: Station
) -> None:
    ensure_card(TAG, emaid="")
    record = settled(charge(station))
    assert status(record) == ("successful_with_restrictions", "own_charge")
    ensure_card(TAG, emaid=CONTRACT)

    evaluate_again(record.session_id, now=MORE)

    record.refresh_from_db()
    assert (*status(record), record.emaid[:14]) == ("successful", "", CONTRACT)


def test_evaluate_when_the_card_belongs_to_another_contract_now_then_the_old_one_stays(
    station: Station,
) -> None:
    record = settled(charge(station))
    Card.objects.update(emaid="DE8AACZZZZZZZZ0")

    assert not evaluate_again(record.session_id, now=MORE).has_changed
    record.refresh_from_db()
    assert record.emaid[:14] == CONTRACT


@pytest.mark.req("CDR-05", "CDR-07")
def test_evaluate_when_the_power_was_corrected_then_the_error_goes_everywhere(
    station: Station,
) -> None:
    record = settled(charge(station, end={"meter_stop_wh": 41_000}))
    assert status(record) == ("error", "power_implausible")
    activation = Activation.objects.get()
    assert (activation.state, activation.error_class) == ("failed", "power_implausible")
    ChargePoint.objects.update(max_power_w=50_000)

    evaluate_again(record.session_id, now=MORE)

    record.refresh_from_db()
    activation.refresh_from_db()
    assert (*status(record), record.error_class) == ("successful", "", "")
    assert record.configured_power_w == 50_000
    assert (activation.state, activation.error_class) == ("completed", "")
    total = DailyTotal.objects.get()
    assert (total.sessions, total.energy_wh, total.counted_errors) == (1, 40_000, 0)


def test_evaluate_when_the_key_was_saved_then_valid_with_the_signed_energy(
    alpha: Tenant, make_station: Make
) -> None:
    ensure_card(TAG, emaid=CONTRACT)
    station, signer = make_station(country="DE"), SigningMeter()
    keep_meter(station.charge_points.get(), SigningMeter())
    record = settled(charge_signed(station, record_of(signer)))
    assert record.eka == "invalid"
    Meter.objects.update(public_key=signer.public_key)

    evaluate_again(record.session_id, now=MORE)

    record.refresh_from_db()
    assert (record.eka, record.energy_wh) == ("valid", 10_250)
    runs_kept = VerificationRun.objects.order_by("pk").values_list("cause", "verification")
    assert list(runs_kept) == [("settlement", "failed"), ("by_hand", "passed")]


@pytest.mark.req("CDR-03")
def test_evaluate_when_the_key_was_taken_away_then_valid_stays_and_it_says_why(
    alpha: Tenant, make_station: Make
) -> None:
    ensure_card(TAG, emaid=CONTRACT)
    station, signer = make_station(country="DE"), SigningMeter()
    keep_meter(station.charge_points.get(), signer)
    record = settled(charge_signed(station, record_of(signer)))
    Meter.objects.update(public_key=SigningMeter().public_key)

    evaluated = evaluate_again(record.session_id, now=MORE)

    record.refresh_from_db()
    assert (evaluated.has_changed, evaluated.kept) == (False, Kept.VALID)
    assert (record.eka, record.energy_wh, record.settled_at) == ("valid", 10_250, LATER)


def test_evaluate_when_nothing_was_mended_then_nothing_is_written_however_often(
    station: Station,
) -> None:
    record = settled(charge(station))

    for _turn in range(2):
        assert not evaluate_again(record.session_id, now=MORE).has_changed

    record.refresh_from_db()
    assert record.settled_at == LATER
    assert causes() == [("settlement", "successful")]


def test_evaluate_when_excluded_by_hand_then_it_stays_excluded(station: Station) -> None:
    record = settled(charge(station, end={"meter_stop_wh": 41_000}))
    set_mark(record.session_id, Mark.MANUAL, "x", None, now=LATER)
    ChargePoint.objects.update(max_power_w=50_000)

    evaluate_again(record.session_id, now=MORE)

    record.refresh_from_db()
    assert (*status(record), record.findings) == ("exclusion", "manual", ["manual"])


# -- all of a filter, in a job


@pytest.fixture(autouse=True)
def media(tmp_path: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(runs, "TOLD_EVERY_S", 0.0)


def charge_many(station: Station, number: int) -> list[ChargeRecord]:
    """Make so many records whose provider is unknown."""
    return [
        settled(
            charge(
                station, id_tag="NOBODY", meter_start_wh=turn * 20_000,
                end={"id_tag": "NOBODY", "meter_stop_wh": turn * 20_000 + 10_000},
            )
        )
        for turn in range(number)
    ]  # fmt: skip


def job_for(user: Any, query: str = "period=12m") -> Job:
    return start_evaluation(user, query, number=1, now=MORE)


def test_job_when_done_then_it_tells_how_many_changed_from_which_to_which(
    station: Station, make_user: Make
) -> None:
    records = [*charge_many(station, 3), settled(charge(station))]
    ensure_card("NOBODY", emaid=CONTRACT)
    job = job_for(make_user())

    runs.run(job.pk)

    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 4, 4)
    assert job.result == {
        "after": max(record.pk for record in records),
        "done": 4,
        "changed": 3,
        "changes": [["error", "emp_unknown", "successful", "", 3]],
    }
    assert DailyTotal.objects.get().sessions == 4
    entry = Entry.objects.get(model="charge_records.chargerecord", kind="command")
    assert entry.details["filter"] == "period=12m"


def test_job_when_filtered_then_only_those_also_once_their_status_changed(
    station: Station, make_user: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.charge_records.views.evaluation_jobs.BATCH", 2)
    charge_many(station, 5)
    untouched = settled(charge(station, end={"meter_stop_wh": 1_100}))
    ensure_card("NOBODY", emaid=CONTRACT)
    job = job_for(make_user(), "period=12m&main=error")

    runs.run(job.pk)

    job.refresh_from_db()
    assert (job.result["done"], job.result["changed"]) == (5, 5)
    untouched.refresh_from_db()
    assert untouched.settled_at == LATER


def test_job_when_its_worker_died_then_the_next_run_goes_on_and_counts_each_record_once(
    station: Station, make_user: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge_many(station, 5)
    ensure_card("NOBODY", emaid=CONTRACT)
    job = job_for(make_user())
    advance = runs.Run.advance

    def die(run: runs.Run, done: int, total: int | None = None) -> None:
        advance(run, done, total)
        if done == 2:
            raise MemoryError

    monkeypatch.setattr(runs.Run, "advance", die)
    with pytest.raises(MemoryError):
        runs.run(job.pk)
    monkeypatch.setattr(runs.Run, "advance", advance)
    Job.objects.filter(pk=job.pk).update(state="waiting")
    runs.run(job.pk)

    job.refresh_from_db()
    assert (job.state, job.result["done"], job.result["changed"]) == ("done", 5, 5)
    assert Evaluation.objects.filter(cause="again").count() == 5


def test_job_when_another_run_has_it_then_the_record_stays_as_it_was(
    station: Station, make_user: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge_many(station, 2)
    ensure_card("NOBODY", emaid=CONTRACT)
    job = job_for(make_user())
    advance = runs.Run.advance

    def lose(run: runs.Run, done: int, total: int | None = None) -> None:
        advance(run, done, total)
        if done == 1:
            Job.objects.filter(pk=job.pk).update(run_key="of another")

    monkeypatch.setattr(runs.Run, "advance", lose)
    runs.run(job.pk)

    assert Evaluation.objects.filter(cause="again").count() == 1


@pytest.mark.req("ACC-03")
def test_job_when_the_person_sees_one_location_then_only_its_records(
    station: Station, make_station: Make, make_user: Make
) -> None:
    [own], [foreign] = charge_many(station, 1), charge_many(make_station(), 1)
    ensure_card("NOBODY", emaid=CONTRACT)
    job = job_for(make_user(locations=[station.location]))

    runs.run(job.pk)

    own.refresh_from_db()
    foreign.refresh_from_db()
    assert (own.bdr_main, foreign.bdr_main) == ("successful", "error")


def test_job_when_there_are_too_many_then_refused(alpha: Tenant, make_user: Make) -> None:
    with pytest.raises(TooManyRecords):
        start_evaluation(make_user(), "", number=RECORDS_MAX + 1, now=MORE)
    assert not Job.objects.exists()


# -- what stood before the history was kept


def test_migration_when_a_record_has_no_history_then_it_begins_with_what_it_says(
    station: Station,
) -> None:
    record = settled(charge(station))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE charge_records_evaluation")
    loader = MigrationExecutor(connection).loader
    begin = loader.get_migration("charge_records", "0012_begin_histories").operations[0]

    for _turn in range(2):
        with connection.cursor() as cursor:
            cursor.execute(begin.sql)

    entry = Evaluation.objects.get()
    assert (entry.record, entry.cause, entry.made_at) == (record, "earlier", LATER)
    assert (entry.bdr_main, entry.energy_wh, entry.findings) == ("successful", 10_000, [])
