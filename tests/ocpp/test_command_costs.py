"""What a command costs in statements: a person waits for its answer."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from apps.accounts.models import User
from apps.infrastructure.models import Station, StationCommand, StationConnection
from apps.infrastructure.services.commands import (
    record_result,
    record_timeout,
    request_command,
    take_queued,
)
from apps.ocpp.dispatch import take
from apps.tenants.models import Tenant
from apps.vocabulary.commands import Command
from tests.conftest import NOW
from tests.ocpp.statements import counted

Make = Callable[..., Station]

pytestmark = pytest.mark.req("INF-15")


@pytest.fixture
def held(alpha: Tenant, make_station: Make, make_user: Callable[..., User]) -> StationConnection:
    """A station's socket, with a command queued for it."""
    station = make_station()
    request_command(station, Command.UNLOCK, {"connector": 1}, actor=make_user(), now=NOW)
    held = StationConnection.objects.get(station=station)
    held.connection_id = uuid4()
    held.save(update_fields=["connection_id"])
    return held


def test_a_command_is_taken_by_one_statement_and_ended_by_another(held: StationConnection) -> None:
    cost, taken = counted(lambda: take_queued(held.station_id, now=NOW, holder=held.connection_id))
    assert cost == 1
    assert taken is not None
    assert (taken.command, taken.parameters) == ("unlock", {"connector": 1})
    row = StationCommand.objects.get(pk=taken.pk)
    assert (row.status, row.sent_at, row.parameters) == ("sent", NOW, {"connector": 1})

    answer = {"status": "Unlocked"}
    cost, _ = counted(lambda: record_result(row.pk, verdict="Unlocked", answer=answer, now=NOW))
    assert cost == 1
    row.refresh_from_db()
    assert (row.status, row.verdict, row.answer) == ("answered", "Unlocked", answer)


def test_a_command_is_taken_once_and_by_the_newest_socket_only(held: StationConnection) -> None:
    assert take_queued(held.station_id, now=NOW, holder=uuid4()) is None
    assert take_queued(held.station_id, now=NOW, holder=held.connection_id) is not None
    assert take_queued(held.station_id, now=NOW, holder=held.connection_id) is None
    assert take(held.station_id, held.connection_id) is None


def test_an_end_that_was_written_stays(held: StationConnection) -> None:
    taken = take_queued(held.station_id, now=NOW)
    assert taken is not None
    record_timeout(taken.pk, now=NOW)
    record_result(taken.pk, verdict="Unlocked", answer={}, now=NOW)
    row = StationCommand.objects.get(pk=taken.pk)
    assert (row.status, row.verdict, row.answer) == ("timed_out", "", None)
