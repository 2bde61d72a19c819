"""Two processes at once: the database decides, once (RELIABILITY R5)."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

from apps.charge_records.models import Activation, ChargeRecord, ChargingSession, DailyTotal
from apps.charge_records.services import sessions
from apps.charge_records.services.sessions import end_session, start_session
from apps.charge_records.services.settlement import settle
from apps.emaid.services import ensure_card
from apps.infrastructure.models import Station
from apps.tenants.models import Tenant
from apps.vocabulary.answers import AuthorizationStatus
from tests.charge_records.events import TAG, ended, started
from tests.conftest import NOW

PAIRS = 40
AtOnce = Callable[..., list[Any]]
MakeStation = Callable[..., Station]

pytestmark = pytest.mark.req("OCP-06")


@pytest.mark.parametrize("tag", [TAG, "NOBODY"])
def test_start_when_two_processes_race_then_one_row_and_one_answer(
    committed_alpha: Tenant, make_station: MakeStation, at_once: AtOnce, tag: str
) -> None:
    ensure_card(TAG)
    station = make_station()

    for number in range(PAIRS):
        event = started(id_tag=tag, at=NOW + timedelta(minutes=number), meter_start_wh=number)
        start = partial(start_session, station.pk, event, now=event.at)
        first, second = at_once(start, start)
        assert first == second
        assert first.transaction_id > 0

    assert ChargingSession.objects.count() == Activation.objects.count() == PAIRS


def test_start_when_the_other_process_has_not_committed_yet_then_its_row_is_read(
    committed_alpha: Tenant,
    make_station: MakeStation,
    at_once: AtOnce,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    station = make_station()
    event = started(id_tag="NOBODY")
    is_inserted, is_looked_up = threading.Event(), threading.Event()
    find_start = sessions.find_start

    def slow() -> Any:
        answer = start_session(station.pk, event, now=NOW)
        is_inserted.set()
        assert is_looked_up.wait(10)  # commits only once the other has looked and found nothing
        return answer

    def late() -> Any:
        assert is_inserted.wait(10)
        return start_session(station.pk, event, now=NOW)

    def watched(*args: Any) -> Any:
        found = find_start(*args)
        if is_inserted.is_set():
            is_looked_up.set()
        return found

    monkeypatch.setattr(sessions, "find_start", watched)
    first, second = at_once(slow, late)

    assert first == second
    assert ChargingSession.objects.count() == 1


def test_start_when_one_card_starts_at_two_stations_then_one_is_refused(
    committed_alpha: Tenant, make_station: MakeStation, at_once: AtOnce
) -> None:
    ensure_card(TAG)
    one, other = make_station(), make_station()

    answers = at_once(
        partial(start_session, one.pk, started(), now=NOW),
        partial(start_session, other.pk, started(), now=NOW),
    )

    assert sorted(answer.authorization.status for answer in answers) == [
        AuthorizationStatus.ACCEPTED,
        AuthorizationStatus.CONCURRENT_TX,
    ]


def test_end_when_two_different_ends_race_then_one_wins_whole(
    committed_alpha: Tenant, make_station: MakeStation, at_once: AtOnce
) -> None:
    ensure_card(TAG)
    station = make_station()
    transaction_id = start_session(station.pk, started(), now=NOW).transaction_id
    later = NOW + timedelta(hours=1)

    at_once(
        partial(end_session, station.pk, ended(transaction_id, meter_stop_wh=2_000), now=later),
        partial(
            end_session,
            station.pk,
            ended(transaction_id, meter_stop_wh=3_000, reason="Reboot"),
            now=later,
        ),
    )

    session = ChargingSession.objects.get()
    assert (session.meter_stop_wh, session.stop_reason) in {(2_000, "Local"), (3_000, "Reboot")}
    assert session.flags == ["stop_conflicting"]
    assert ChargeRecord.objects.get().energy_wh == session.meter_stop_wh - 1_000


@pytest.mark.req("CDR-09")
def test_settle_when_two_workers_race_then_one_record_counted_once(
    committed_alpha: Tenant, make_station: MakeStation, at_once: AtOnce
) -> None:
    ensure_card(TAG)
    station = make_station()
    later = NOW + timedelta(hours=1)
    for number in range(10):
        ChargingSession.objects.create(
            station=station,
            charge_point=station.charge_points.get(),
            connector_number=1,
            transaction_id=1_000 + number,
            id_tag=TAG,
            state="ended",
            authorization_status="accepted",
            started_at=NOW,
            start_received_at=NOW,
            meter_start_wh=number,
            ended_at=later,
            stop_received_at=later,
            meter_stop_wh=number + 10_000,
        )

    for session in ChargingSession.objects.all():
        at_once(*[partial(settle, session.pk, now=later)] * 2)

    total = DailyTotal.objects.get()
    assert ChargeRecord.objects.count() == 10
    assert total.sessions + total.implausible_sessions == 10


def test_settle_when_many_end_on_one_day_then_every_one_is_counted(
    committed_alpha: Tenant, make_station: MakeStation, at_once: AtOnce
) -> None:
    ensure_card(TAG)
    station = make_station()
    later = NOW + timedelta(hours=1)
    for number in range(1, 7):
        ensure_card(f"CARD-{number}")
        start = started(id_tag=f"CARD-{number}", at=NOW + timedelta(seconds=number))
        start_session(station.pk, start, now=NOW)
    ids = list(ChargingSession.objects.values_list("transaction_id", flat=True))

    at_once(*[partial(end_session, station.pk, ended(id_), now=later) for id_ in ids])

    total = DailyTotal.objects.get()
    assert (total.sessions, total.energy_wh) == (6, 60_000)
    assert connection.schema_name == "alpha"
