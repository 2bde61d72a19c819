"""Starts and ends of sessions: idempotent by content, first end wins, nothing touched by guess."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from apps.charge_records.choices import Medium, Refusal
from apps.charge_records.models import (
    Activation,
    ChargingSession,
    MeterSample,
    UnmatchedMessage,
)
from apps.charge_records.services.activations import authorize
from apps.charge_records.services.sessions import end_session, start_session
from apps.emaid.services import ensure_card
from apps.infrastructure.models import ChargePoint, Station
from apps.infrastructure.services.commands import request_command, take_queued
from apps.tenants.models import Tenant
from apps.vocabulary.answers import AuthorizationStatus
from apps.vocabulary.commands import Command
from tests.charge_records.events import TAG, ended, sample, started
from tests.conftest import NOW

MakeStation = Callable[..., Station]
ACCEPTED = AuthorizationStatus.ACCEPTED
LATER = NOW + timedelta(hours=1)

pytestmark = pytest.mark.req("OCP-06")


@pytest.fixture
def station(alpha: Tenant, make_station: MakeStation) -> Station:
    ensure_card(TAG)
    return make_station(charge_points=2)


def test_start_when_the_card_is_good_then_accepted_with_a_positive_id(station: Station) -> None:
    answer = start_session(station.pk, started(), now=NOW)

    session = ChargingSession.objects.get()
    assert answer.authorization.status is ACCEPTED
    assert answer.transaction_id == session.transaction_id > 0
    assert session.charge_point == station.charge_points.get(number=1)
    assert (session.state, session.activation.state) == ("active", "charging")


@pytest.mark.parametrize(
    "change",
    [{}, {"id_tag": TAG.lower()}, {"reservation_id": 7}, {"at_raw": "2026-11-24T13:00:00+01:00"}],
)
def test_start_when_repeated_then_same_id_and_status(
    station: Station, change: dict[str, object]
) -> None:
    first = start_session(station.pk, started(), now=NOW)
    again = start_session(station.pk, started(**change), now=NOW + timedelta(minutes=3))

    assert again == first
    assert ChargingSession.objects.count() == Activation.objects.count() == 1


def test_start_when_repeated_after_its_end_then_same_id_and_nothing_reopened(
    station: Station,
) -> None:
    first = start_session(station.pk, started(), now=NOW)
    end_session(station.pk, ended(first.transaction_id), now=LATER)

    assert start_session(station.pk, started(), now=LATER) == first
    assert ChargingSession.objects.get().state == "ended"


def test_start_when_repeated_after_the_card_was_blocked_then_still_the_first_status(
    station: Station,
) -> None:
    first = start_session(station.pk, started(), now=NOW)
    ensure_card(TAG, is_blocked=True)

    assert start_session(station.pk, started(), now=NOW).authorization.status is ACCEPTED
    assert first.authorization.status is ACCEPTED


def test_start_when_repeated_without_a_readable_time_then_same_id(station: Station) -> None:
    flags = ("time_unparsable",)
    first = start_session(station.pk, started(flags=flags), now=NOW)
    again = start_session(station.pk, started(flags=flags, at=LATER), now=LATER)

    assert again.transaction_id == first.transaction_id


@pytest.mark.parametrize(
    "change",
    [
        {"at": NOW + timedelta(seconds=1)},
        {"connector": 2},
        {"id_tag": "ANOTHER"},
        {"meter_start_wh": 1_001},
    ],
)
def test_start_when_anything_differs_then_another_session(
    station: Station, change: dict[str, object]
) -> None:
    first = start_session(station.pk, started(), now=NOW)
    second = start_session(station.pk, started(**change), now=NOW)

    assert second.transaction_id != first.transaction_id
    assert ChargingSession.objects.count() == 2


@pytest.mark.req("ACL-03")
@pytest.mark.parametrize(
    "card, status, refusal",
    [
        (None, AuthorizationStatus.INVALID, Refusal.UNKNOWN_CARD),
        ({"is_blocked": True}, AuthorizationStatus.BLOCKED, Refusal.BLOCKED),
        ({"valid_until": NOW}, AuthorizationStatus.EXPIRED, Refusal.EXPIRED),
    ],
)
def test_start_when_refused_then_kept_with_a_positive_id_and_the_reason(
    station: Station, card: dict[str, object] | None, status: AuthorizationStatus, refusal: Refusal
) -> None:
    if card is not None:
        ensure_card("OTHER", **card)
    answer = start_session(station.pk, started(id_tag="OTHER"), now=NOW)

    activation = Activation.objects.get()
    assert answer.authorization.status is status
    assert answer.transaction_id > 0
    assert (activation.state, activation.refusal) == ("refused", refusal)
    assert activation.session.state == "active"
    assert start_session(station.pk, started(id_tag="OTHER"), now=NOW) == answer


@pytest.mark.req("ACL-03")
def test_start_when_the_station_is_planned_then_refused(
    alpha: Tenant, make_station: MakeStation
) -> None:
    ensure_card(TAG)
    planned = make_station(state="planned")

    answer = start_session(planned.pk, started(), now=NOW)

    assert answer.authorization.status is AuthorizationStatus.INVALID
    assert Activation.objects.get().refusal == Refusal.NOT_IN_OPERATION


@pytest.mark.req("ACL-03")
def test_start_when_the_card_charges_elsewhere_then_concurrent_but_its_own_retry_is_not(
    station: Station, make_station: MakeStation
) -> None:
    first = start_session(station.pk, started(), now=NOW)
    other = make_station()

    refused = start_session(other.pk, started(), now=NOW)

    assert refused.authorization.status is AuthorizationStatus.CONCURRENT_TX
    assert start_session(station.pk, started(), now=NOW) == first
    assert start_session(other.pk, started(), now=NOW) == refused
    assert authorize(other.pk, TAG, now=NOW).status is AuthorizationStatus.CONCURRENT_TX
    on_the_same_station = start_session(station.pk, started(connector=2), now=NOW)
    assert on_the_same_station.authorization.status is AuthorizationStatus.CONCURRENT_TX


def test_start_when_the_cards_other_session_hangs_or_was_refused_then_accepted(
    station: Station, make_station: MakeStation
) -> None:
    ensure_card("SECOND")
    start_session(station.pk, started(), now=NOW)
    start_session(station.pk, started(id_tag="SECOND", at=LATER), now=LATER)
    other = make_station()

    answer = start_session(other.pk, started(at=LATER), now=LATER)

    assert answer.authorization.status is ACCEPTED


def test_start_when_the_card_is_read_in_reverse_then_it_is_the_same_card(
    station: Station, make_station: MakeStation
) -> None:
    start_session(station.pk, started(), now=NOW)

    answer = start_session(make_station().pk, started(id_tag="80E6D5C4B3A204"), now=NOW)

    assert answer.authorization.status is AuthorizationStatus.CONCURRENT_TX


def test_start_when_the_connector_has_an_open_session_then_that_one_hangs_until_its_late_end(
    station: Station,
) -> None:
    first = start_session(station.pk, started(), now=NOW)
    start_session(station.pk, started(at=LATER, meter_start_wh=9_000), now=LATER)
    old = ChargingSession.objects.get(transaction_id=first.transaction_id)
    assert old.state == "hanging"

    end_session(station.pk, ended(first.transaction_id), now=LATER)

    old.refresh_from_db()
    assert (old.state, old.meter_stop_wh, old.activation.state) == ("ended", 11_000, "ended")


def test_start_when_it_comes_days_late_then_the_running_session_is_untouched(
    station: Station,
) -> None:
    running = start_session(station.pk, started(), now=NOW)
    days_ago = NOW - timedelta(days=3)

    late = start_session(station.pk, started(at=days_ago, meter_start_wh=10), now=LATER)
    end_session(station.pk, ended(late.transaction_id, at=days_ago + timedelta(hours=2)), now=LATER)

    kept = ChargingSession.objects.get(transaction_id=late.transaction_id)
    assert late.authorization.status is ACCEPTED
    assert (kept.started_at, kept.state) == (days_ago, "ended")
    assert ChargingSession.objects.get(transaction_id=running.transaction_id).state == "active"


@pytest.mark.parametrize(
    "at",
    [
        datetime(1970, 1, 1, 0, 5, tzinfo=UTC),
        datetime(2099, 1, 1, tzinfo=UTC),
        NOW + timedelta(hours=2),
    ],
)
def test_start_when_the_clock_is_wrong_then_kept_as_sent_and_the_old_session_hangs(
    station: Station, at: datetime
) -> None:
    first = start_session(station.pk, started(), now=NOW)
    second = start_session(station.pk, started(at=at), now=LATER)

    session = ChargingSession.objects.get(transaction_id=second.transaction_id)
    assert (session.started_at, session.state) == (at, "active")
    assert ChargingSession.objects.get(transaction_id=first.transaction_id).state == "hanging"
    assert session.activation.began_at == LATER


@pytest.mark.parametrize("connector", [0, 9])
def test_start_when_the_connector_is_not_known_then_kept(station: Station, connector: int) -> None:
    answer = start_session(station.pk, started(connector=connector), now=NOW)

    session = ChargingSession.objects.get()
    assert answer.authorization.status is ACCEPTED
    assert (session.connector_number, session.charge_point) == (connector, None)


def test_start_when_connector_0_of_a_station_with_one_charge_point_then_that_one(
    alpha: Tenant, make_station: MakeStation
) -> None:
    ensure_card(TAG)
    single = make_station()

    start_session(single.pk, started(connector=0), now=NOW)

    assert ChargingSession.objects.get().charge_point == single.charge_points.get()


def test_start_when_authentication_is_off_then_free_for_all(station: Station) -> None:
    ChargePoint.objects.filter(station=station, number=1).update(authentication_required=False)

    answer = start_session(station.pk, started(id_tag="NOBODY"), now=NOW)

    assert answer.authorization.status is ACCEPTED
    assert Activation.objects.get().medium == Medium.FREE


def test_start_when_we_started_it_remotely_then_accepted(station: Station) -> None:
    parameters = {"id_tag": "OPERATOR-1", "connector": 1}
    request_command(station, Command.REMOTE_START, parameters, actor=None, now=NOW)
    assert take_queued(station.pk, now=NOW) is not None

    answer = start_session(station.pk, started(id_tag="operator-1", at=LATER), now=NOW)

    assert answer.authorization.status is ACCEPTED
    assert Activation.objects.get().medium == Medium.REMOTE
    stale = NOW + timedelta(hours=2)
    late = start_session(station.pk, started(id_tag="OPERATOR-1", at=stale), now=stale)
    assert late.authorization.status is AuthorizationStatus.INVALID


def test_end_when_it_comes_then_everything_is_kept_as_sent(station: Station) -> None:
    started_ = start_session(station.pk, started(), now=NOW)
    event = ended(started_.transaction_id, reason="EVDisconnected", flags=("too_long:reason",))

    answer = end_session(station.pk, event, now=LATER)

    session = ChargingSession.objects.get()
    assert answer.authorization is not None
    assert answer.authorization.status is ACCEPTED
    assert (session.state, session.ended_at, session.stop_received_at) == ("ended", LATER, LATER)
    assert (session.meter_stop_wh, session.stop_reason) == (11_000, "EVDisconnected")
    assert (session.stop_id_tag, session.flags) == (TAG, ["too_long:reason"])
    assert session.activation.state == "ended"


def test_end_when_no_medium_is_named_then_none_is_judged(station: Station) -> None:
    transaction_id = start_session(station.pk, started(), now=NOW).transaction_id

    answer = end_session(station.pk, ended(transaction_id, id_tag=None), now=LATER)

    assert answer.authorization is None


def test_end_when_repeated_then_nothing_is_kept_twice(station: Station) -> None:
    event = ended(
        start_session(station.pk, started(), now=NOW).transaction_id,
        samples=(sample(NOW, 1_000), sample(LATER, 11_000)),
    )
    first = end_session(station.pk, event, now=LATER)

    assert end_session(station.pk, event, now=LATER + timedelta(days=1)) == first
    assert ChargingSession.objects.get().stop_received_at == LATER
    assert MeterSample.objects.count() == 2
    assert not UnmatchedMessage.objects.exists()


@pytest.mark.parametrize(
    "change", [{"meter_stop_wh": 12_000}, {"reason": "Reboot"}, {"at": LATER + timedelta(hours=1)}]
)
def test_end_when_another_follows_then_the_first_wins_and_the_conflict_is_kept(
    station: Station, change: dict[str, object]
) -> None:
    transaction_id = start_session(station.pk, started(), now=NOW).transaction_id
    end_session(station.pk, ended(transaction_id), now=LATER)

    answer = end_session(station.pk, ended(transaction_id, **change), now=LATER)

    session, message = ChargingSession.objects.get(), UnmatchedMessage.objects.get()
    assert answer.authorization is not None
    assert (session.meter_stop_wh, session.ended_at, session.stop_reason) == (
        11_000,
        LATER,
        "Local",
    )
    assert session.flags == ["stop_conflicting"]
    assert (message.kind, message.transaction_id) == ("stop_conflicting", transaction_id)


@pytest.mark.parametrize("transaction_id", [None, 0, -1, 2**62])
def test_end_when_the_id_is_nobodys_then_kept_aside_and_nothing_is_closed(
    station: Station, transaction_id: int | None
) -> None:
    start_session(station.pk, started(), now=NOW)

    answer = end_session(station.pk, ended(transaction_id), now=LATER)

    message = UnmatchedMessage.objects.get()
    assert answer.authorization is not None
    assert ChargingSession.objects.get().state == "active"
    assert (message.kind, message.transaction_id) == ("stop_unknown", transaction_id)
    assert message.payload["meter_stop_wh"] == 11_000


def test_end_when_the_id_is_another_stations_then_that_session_is_untouched(
    station: Station, make_station: MakeStation
) -> None:
    transaction_id = start_session(station.pk, started(), now=NOW).transaction_id
    other = make_station()

    end_session(other.pk, ended(transaction_id), now=LATER)

    assert ChargingSession.objects.get().state == "active"
    assert UnmatchedMessage.objects.get().station == other


def test_end_when_its_samples_came_before_then_each_is_kept_once(station: Station) -> None:
    transaction_id = start_session(station.pk, started(), now=NOW).transaction_id
    MeterSample.objects.create(
        station_id=station.pk,
        connector_number=1,
        transaction_id=transaction_id,
        sampled_at=NOW,
        received_at=NOW,
        measurand="Energy.Active.Import.Register",
        context="Sample.Periodic",
        location="Outlet",
        unit="Wh",
        value=1_000,
        raw_value="1000",
    )
    signed = sample(LATER, 0, value=None, format="SignedData", raw_value="OCMF|{}|{}")
    samples = (sample(NOW, 1_000), sample(LATER, 11_000), sample(LATER, 11_000), signed)

    end_session(station.pk, ended(transaction_id, samples=samples), now=LATER)

    rows = MeterSample.objects.order_by("sampled_at", "is_signed")
    assert [row.raw_value for row in rows] == ["1000", "11000", "OCMF|{}|{}"]
    assert [row.is_signed for row in rows] == [False, False, True]


@pytest.mark.parametrize("change", [{"meter_stop_wh": 5}, {"at": NOW - timedelta(days=1)}])
def test_end_when_it_makes_no_sense_then_stored_all_the_same(
    station: Station, change: dict[str, object]
) -> None:
    transaction_id = start_session(station.pk, started(), now=NOW).transaction_id

    end_session(station.pk, ended(transaction_id, **change), now=LATER)

    session = ChargingSession.objects.get()
    assert session.state == "ended"
    for name, value in change.items():
        assert getattr(session, {"at": "ended_at"}.get(name, name)) == value


def test_start_and_end_when_all_is_well_then_few_queries(
    station: Station, django_assert_max_num_queries: Callable[..., object]
) -> None:
    with django_assert_max_num_queries(13):  # type: ignore[attr-defined]
        answer = start_session(station.pk, started(), now=NOW)
    with django_assert_max_num_queries(4):  # type: ignore[attr-defined]
        end_session(station.pk, ended(answer.transaction_id), now=LATER)
