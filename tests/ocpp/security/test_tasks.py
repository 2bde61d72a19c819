"""S7: tasks of two tenants, interleaved in several threads, work each in their own schema."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from apps.core.tasks import send
from apps.infrastructure.models import StationCommand
from apps.tenants.context import run_in_schema
from tests.ocpp.gateway.clients import Place

THREADS = 4
TURNS = 50


@pytest.mark.req("TEN-01")
def test_s7_interleaved_tasks_find_their_tenant(place: Callable[..., Place]) -> None:
    # Ids of rows agree between the schemas, so that a misrouted task would find a row.
    places = {"alpha": place("alpha"), "beta": place("beta")}
    waiting = {schema: queue(one, timedelta(hours=1)) for schema, one in places.items()}
    misrouted: list[str] = []

    def work(number: int) -> None:
        try:
            for turn in range(TURNS):
                schema = ("alpha", "beta")[(number + turn) % 2]
                pk = queue(places[schema], -timedelta(seconds=1))
                send("infrastructure.expire_commands", schema, {})
                if status_of(schema, pk) != "expired":
                    misrouted.append(f"{schema} {pk}")
        except BaseException as error:
            misrouted.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert misrouted == []
    assert {status_of(schema, pk) for schema, pk in waiting.items()} == {"queued"}


def queue(place: Place, expires_in: timedelta) -> int:
    now = datetime.now(UTC)
    return place.look(
        lambda: (
            StationCommand.objects.create(
                station_id=place.pk,
                command="clear_cache",
                requested_at=now,
                expires_at=now + expires_in,
            ).pk
        )
    )


def status_of(schema: str, pk: int) -> str:
    rows = StationCommand.objects.filter(pk=pk)
    return run_in_schema(schema, lambda: str(rows.values_list("status", flat=True).get()))
