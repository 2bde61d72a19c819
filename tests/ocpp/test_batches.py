"""The fast lane's batches: how often they go to the database, and what arrives there."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from psycopg2.errors import UniqueViolation

from apps.charge_records.models import Activation, ChargingSession, MeterSample
from apps.infrastructure.models import Station, StationConnection, StatusChange
from apps.ocpp.lanes import batches
from apps.ocpp.lanes.trips import Trips
from apps.ocpp.lanes.units import Exchange, FastOutcome, FastUnit, MeterValues, Progress
from apps.ocpp.models import MessageExchange
from apps.tenants.context import run_in_schema
from apps.tenants.models import Tenant
from apps.vocabulary.events import Sample, StatusReported

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BY_COPY = 9
"""So many messages with two samples are more rows than are inserted."""
ODD_TEXT = "it's \\ 100 %s\tof\nwhat {was} ; -- sent $1 äß\r"


class Counted:
    """A cursor that counts how often it is asked something."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor
        self.statements: list[str] = []

    def execute(self, statement: str, *values: Any) -> None:
        self.statements.append(statement)
        self.cursor.execute(statement, *values)

    def copy_expert(self, statement: str, lines: Any) -> None:
        self.statements.append(statement)
        self.cursor.copy_expert(statement, lines)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cursor, name)


@pytest.fixture
def cursor(alpha: Tenant) -> Iterator[Counted]:
    """psycopg2's own cursor."""
    connection.ensure_connection()
    with connection.connection.cursor() as raw:
        yield Counted(raw)


def write(cursor: Counted, units: list[FastUnit], **options: int) -> list[FastOutcome]:
    """Store the units in a savepoint of the test's transaction."""
    trips = Trips(cursor, "SAVEPOINT batch", "RELEASE SAVEPOINT batch")
    return batches.write_batch(trips, units, **options)


@pytest.fixture
def running(alpha: Tenant, make_station: Callable[..., Station]) -> Callable[..., SimpleNamespace]:
    """Make an online station with a running session in a tenant."""

    def make(schema: str = "alpha") -> SimpleNamespace:
        return run_in_schema(schema, create, schema)

    def create(schema: str) -> SimpleNamespace:
        station = make_station()
        StationConnection.objects.filter(station=station).update(is_online=True, epoch=1)
        session = ChargingSession.objects.create(
            station=station,
            connector_number=1,
            transaction_id=station.pk + 1000,
            id_tag="TAG",
            authorization_status="accepted",
            started_at=NOW,
            start_received_at=NOW,
            meter_start_wh=0,
        )
        activation = Activation.objects.create(
            station=station, session=session, state="charging", id_tag="TAG", began_at=NOW
        )
        return SimpleNamespace(schema=schema, pk=station.pk, session=session, activation=activation)

    return make


def unit(place: SimpleNamespace, *, request: str = "[]", at: datetime = NOW) -> FastUnit:
    exchange = Exchange(place.pk, uuid4(), "in", "1", "Any", request, at, "[]", at, "result")
    future: asyncio.Future[FastOutcome] = asyncio.Future(loop=asyncio.new_event_loop())
    return FastUnit(place.schema, place.pk, 1, exchange, future)


def metered(place: SimpleNamespace, wh: int, *, at: datetime = NOW, raw: str = "1") -> FastUnit:
    """A unit with two samples of the running session."""
    transaction_id = place.session.transaction_id
    sample = Sample(
        at=at,
        measurand="Energy.Active.Import.Register",
        value=Decimal(wh),
        unit="Wh",
        phase=None,
        context="Sample.Periodic",
        location="Outlet",
        format="Raw",
        raw_value=raw,
    )
    made = unit(place, at=at)
    power = replace(sample, measurand="Power.Active.Import", unit="W")
    made.meter_values = MeterValues(place.pk, 1, transaction_id, at, (sample, power))
    made.progress = Progress(transaction_id, wh, None, at)
    return made


def reported(place: SimpleNamespace, status: str) -> FastUnit:
    made = unit(place)
    made.status = StatusReported(
        connector=1,
        status=status,
        error_code="NoError",
        info=ODD_TEXT,
        vendor_id="",
        vendor_error_code="",
        at=NOW,
    )
    return made


@pytest.mark.req("OCP-06")
def test_meter_values_of_two_tenants_go_in_one_round_trip(
    cursor: Counted, running: Callable[..., SimpleNamespace]
) -> None:
    places = [running("alpha"), running("beta")]

    outcomes = write(cursor, [metered(place, 7) for place in places])

    assert len(cursor.statements) == 1
    assert [outcome.activation_id for outcome in outcomes] == [p.activation.pk for p in places]
    for place in places:
        session = run_in_schema(place.schema, ChargingSession.objects.get, pk=place.session.pk)
        assert (session.last_meter_wh, session.last_sample_at) == (7, NOW)
        assert run_in_schema(place.schema, MeterSample.objects.count) == 2
        assert run_in_schema(place.schema, MessageExchange.objects.count) == 1


def test_many_messages_of_a_tenant_go_by_copy(
    cursor: Counted, running: Callable[..., SimpleNamespace]
) -> None:
    """Presence, meter values, log, progress, COMMIT: five trips however many messages."""
    place = running()
    units = [metered(place, number, at=NOW + timedelta(seconds=number)) for number in range(9)]

    write(cursor, units)

    assert sum(text.startswith("COPY") for text in cursor.statements) == 2
    assert len(cursor.statements) <= 5
    assert MeterSample.objects.count() == 18
    assert ChargingSession.objects.get().last_meter_wh == 8


@pytest.mark.req("OCP-06")
def test_statuses_of_two_tenants_cost_one_look_at_their_stations(
    cursor: Counted, running: Callable[..., SimpleNamespace]
) -> None:
    """Presence rows and stations with their connectors, locked; what changed, the log, COMMIT."""
    places = [running("alpha"), running("beta"), running("alpha")]

    outcomes = write(cursor, [reported(place, "Charging") for place in places])

    assert len(cursor.statements) == 2
    assert [outcome.changed_station for outcome in outcomes] == [True, True, True]
    for place in places:
        station = run_in_schema(place.schema, Station.objects.get, pk=place.pk)
        assert run_in_schema(place.schema, station.charge_points.get).status == "occupied"
    assert run_in_schema("beta", StatusChange.objects.get).info == ODD_TEXT


@pytest.mark.req("OCP-06")
def test_heartbeats_go_in_one_round_trip(
    cursor: Counted, running: Callable[..., SimpleNamespace]
) -> None:
    """R3: on a slow way to PostgreSQL one waits for the batch before it, and for its own."""
    places = [running("alpha"), running("beta")]
    outcomes = write(cursor, [unit(place) for place in places for _ in range(10)])
    assert len(cursor.statements) == 1
    assert len(outcomes) == 20
    assert run_in_schema("beta", MessageExchange.objects.count) == 10


@pytest.mark.parametrize("number", [1, BY_COPY])
@pytest.mark.req("OCP-06")
def test_odd_texts_arrive_as_they_were_sent(
    cursor: Counted, running: Callable[..., SimpleNamespace], number: int
) -> None:
    place = running()
    units = [metered(place, 1, raw=ODD_TEXT) for _ in range(number)]
    for one in units:
        one.exchange.request = one.exchange.message_id = ODD_TEXT
        one.exchange.flags = (ODD_TEXT, "b")

    write(cursor, units)

    log = MessageExchange.objects.values_list("request", "message_id", "flags")
    assert list(log) == [(ODD_TEXT, ODD_TEXT, [ODD_TEXT, "b"])] * number
    assert set(MeterSample.objects.values_list("raw_value", flat=True)) == {ODD_TEXT}


@pytest.mark.req("OCP-06")
def test_an_older_figure_does_not_replace_a_newer_one(
    cursor: Counted, running: Callable[..., SimpleNamespace]
) -> None:
    place = running()
    write(cursor, [metered(place, 9, at=NOW + timedelta(minutes=1))])

    (outcome,) = write(cursor, [metered(place, 5)])

    assert outcome.activation_id is None
    assert ChargingSession.objects.get().last_meter_wh == 9
    assert MeterSample.objects.count() == 4


@pytest.mark.req("OCP-06")
def test_what_was_stored_before_is_found_for_all_units_at_once(
    cursor: Counted, running: Callable[..., SimpleNamespace]
) -> None:
    places = [running("alpha"), running("beta")]
    first = [metered(place, 5) for place in places]
    write(cursor, first)
    again = [metered(place, 5) for place in places]
    new = metered(places[0], 6, at=NOW + timedelta(seconds=1))
    new.exchange.message_id = "2"
    for one in (*again, new):
        one.may_be_repeated = True
    cursor.statements.clear()

    outcomes = write(cursor, [*again, new])

    assert [outcome.repeated_answer for outcome in outcomes] == ["[]", "[]", ""]
    # Presence rows and the look into the log; the rest; COMMIT.
    assert len(cursor.statements) == 3
    assert run_in_schema("alpha", MeterSample.objects.count) == 4
    assert run_in_schema("beta", MeterSample.objects.count) == 2
    log = MessageExchange.objects.order_by("pk").values_list("flags", flat=True)
    assert run_in_schema("beta", list, log) == [[], ["repeated"]]


@pytest.mark.req("OCP-06")
def test_progress_reads_no_session_but_the_ones_it_is_about(
    cursor: Counted, running: Callable[..., SimpleNamespace]
) -> None:
    """Without sequential scans to fall back on, the plan of many sessions is seen with few."""
    place = running()
    cursor.execute("SET LOCAL enable_seqscan = off")
    units = [metered(place, 1)]
    cursor.statements.clear()
    write(cursor, units)
    progress = cursor.statements[-1].rpartition(";")[2]
    cursor.execute(f"EXPLAIN {progress}")
    plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan" not in plan


@pytest.mark.req("OCP-06")
@pytest.mark.parametrize("number", [1, BY_COPY])
def test_meter_values_told_again_are_stored_once(
    cursor: Counted, running: Callable[..., SimpleNamespace], number: int
) -> None:
    """R10: in one message, in one batch, in a later one; as statements and by COPY."""
    place = running()
    units = [metered(place, 1) for _ in range(number)]
    write(cursor, units)
    assert MeterSample.objects.count() == 2

    later = metered(place, 2, at=NOW + timedelta(seconds=1), raw="2")
    write(cursor, [*units, later], inserted_max=batches.ALL)

    samples = MeterSample.objects.order_by("sampled_at").values_list("raw_value", flat=True)
    assert list(samples) == ["1", "1", "2", "2"]
    assert MessageExchange.objects.count() == 2 * number + 1


@pytest.mark.req("OCP-06")
def test_by_copy_a_sample_that_is_there_is_refused(
    cursor: Counted, running: Callable[..., SimpleNamespace]
) -> None:
    """What the writer goes by: then it writes the batch once more, without COPY."""
    place = running()
    units = [metered(place, 1, at=NOW + timedelta(seconds=n)) for n in range(BY_COPY)]
    write(cursor, units)
    with pytest.raises(UniqueViolation), transaction.atomic():
        write(cursor, units)
