"""A process of the portal that takes orders: `python -m bench.desk` reads one per line, JSON with
`do` and the arguments of the function of that name, and prints one line of JSON when it is done.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import django
import orjson

POLL_S = 0.001
DEAF_AFTER_S = 0.05


def command(tenant: str, charge_box_id: str, timeout_s: float) -> float | None:
    """Send one command as a person would and return after how many seconds its answer was in the
    database, seen by asking every millisecond; None when it did not come.
    """
    from apps.tenants.context import run_in_schema

    def send() -> float | None:
        person, station = operator(), station_of(charge_box_id)
        began = time.perf_counter()
        row = ask(station, person)
        while time.perf_counter() - began < timeout_s:
            if is_answered(row.pk):
                return time.perf_counter() - began
            time.sleep(POLL_S)
        return None

    return run_in_schema(tenant, send)


def commands_unheard(stations: list[list[str]], timeout_s: float) -> list[float | None]:
    """Break every connection that listens to the bell, send each station (charge box id, tenant) a
    command before it is back, and return the seconds till each answer; None where none came.
    """
    from django.db import connection
    from django.utils import timezone

    from apps.tenants.context import run_in_schema

    prepared = [
        (tenant, *run_in_schema(tenant, lambda name=name: (station_of(name), operator())))
        for name, tenant in stations
    ]
    with connection.cursor() as cursor:
        # A listener's last statement is LISTEN, or the question whether it still hears.
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND (query ILIKE 'LISTEN %' OR query = 'SELECT 1')"
        )
        if not cursor.fetchone()[0]:
            raise RuntimeError("nobody listened to the bell")
    time.sleep(DEAF_AFTER_S)
    sent = [
        (tenant, run_in_schema(tenant, ask, station, person).pk, timezone.now())
        for tenant, station, person in prepared
    ]
    answers: dict[tuple[str, int], float] = {}
    until = time.perf_counter() + timeout_s
    while len(answers) < len(sent) and time.perf_counter() < until:
        for tenant, pk, at in sent:
            if (tenant, pk) not in answers and run_in_schema(tenant, is_answered, pk):
                answers[tenant, pk] = (timezone.now() - at).total_seconds()
        time.sleep(0.02)
    return [answers.get((tenant, pk)) for tenant, pk, _ in sent]


def operator() -> Any:
    from apps.accounts.models import User
    from bench.provision import EMAIL

    return User.objects.get(email=EMAIL)


def station_of(charge_box_id: str) -> Any:
    from apps.infrastructure.models import Station

    return Station.objects.get(charge_box_id=charge_box_id)


def ask(station: Any, person: Any) -> Any:
    """Queue a command by the service that the portal's button calls; return its row."""
    from django.utils import timezone

    from apps.infrastructure.services.commands import request_now
    from apps.vocabulary.commands import Command

    return request_now(station, Command.CLEAR_CACHE, {}, actor=person, now=timezone.now())


def is_answered(pk: int) -> bool:
    """Say whether the command's answer is stored; asked as cheaply as can be, for it is asked often
    while gateways and chargers need the same cores.
    """
    from django.db import connection

    from apps.infrastructure.models import StationCommand
    from apps.vocabulary.commands import CommandStatus

    with connection.cursor() as cursor:
        table = StationCommand._meta.db_table
        cursor.execute(f"SELECT status FROM {table} WHERE id = %s", [pk])
        return bool(cursor.fetchone()[0] == CommandStatus.ANSWERED.value)


def settle(tenants: list[str]) -> int:
    """Make the charge records that no worker made yet; return how many transactions that ended
    have none after that.
    """
    from django.utils import timezone

    from apps.charge_records.models import ChargingSession
    from apps.charge_records.services.settlement import settle as settle_session
    from apps.tenants.context import run_in_schema

    def settle_all() -> int:
        ended = ChargingSession.objects.filter(state="ended")
        for pk in list(ended.filter(is_settled=False).values_list("pk", flat=True)):
            settle_session(pk, now=timezone.now())
        return ended.filter(record=None).count()

    return sum(run_in_schema(tenant, settle_all) for tenant in tenants)


def verifications(curve: str, number: int) -> tuple[float, float]:
    """Return seconds for one signed record and for its bare signature."""
    from bench.metering import verifications as measure

    return measure(curve, number)


def settlements(tenant: str, number: int, is_signed: bool) -> float:
    """Return seconds for one settlement."""
    from apps.tenants.context import run_in_schema
    from bench.metering import settlements as measure

    return run_in_schema(tenant, lambda: measure(number, is_signed=is_signed))


def fill_records(tenant: str, number: int) -> dict[str, int]:
    """Fill the tenant with so many charge records of a year; return ids that pages filter by."""
    from apps.tenants.context import run_in_schema
    from bench.records import fill

    return run_in_schema(tenant, fill, number)


def export_rounds(tenant: str, email: str, number: int) -> list[dict[str, float]]:
    """Export all charge records of the tenant so often, each time beside a bare COPY of them."""
    from apps.tenants.context import run_in_schema
    from bench.exporting import rounds

    return run_in_schema(tenant, rounds, email, number)


def queries(tenant: str, email: str, path: str) -> int:
    """Return how many queries a page takes for a person who is logged in."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from apps.accounts.models import User
    from apps.tenants.context import run_in_schema
    from bench.provision import host_of

    client = Client(SERVER_NAME=host_of(tenant))
    run_in_schema(tenant, lambda: client.force_login(User.objects.get(email=email), BACKEND))
    client.get(path)
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} was answered {answer.status_code}")
    return len(seen)


BACKEND = "django.contrib.auth.backends.ModelBackend"
ORDERS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        *(command, commands_unheard, settle, fill_records, export_rounds, queries),
        *(verifications, settlements),
    )
}


def serve() -> None:
    """Do what the lines of standard input say, until its end."""
    while line := sys.stdin.readline():
        order = orjson.loads(line)
        told = ORDERS[order.pop("do")](**order)
        print(orjson.dumps(told).decode(), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    django.setup()
    serve()
