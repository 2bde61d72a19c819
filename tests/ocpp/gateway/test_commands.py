"""From the outbox to the station and back, by an operator's click or from the command line."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from apps.infrastructure.models import Station, StationCommand
from apps.infrastructure.services.commands import request_command
from apps.vocabulary.commands import Command
from tests.ocpp.gateway.clients import Charger, Place, eventually
from tests.ocpp.gateway.servers import ROOT, GatewayProcess, database_url


def request(station: Place, command: Command, **parameters: Any) -> int:
    """Queue a command as a click does; return its key."""

    def queue() -> int:
        row = Station.objects.get(pk=station.pk)
        return request_command(row, command, parameters, actor=None, now=timezone.now()).pk

    return station.look(queue)


def command(station: Place, pk: int) -> StationCommand:
    return station.look(lambda: StationCommand.objects.get(pk=pk))


def ended(station: Place, pk: int, status: str) -> StationCommand:
    """Return the command once it has the status."""
    eventually(lambda: command(station, pk).status == status)
    return command(station, pk)


@pytest.mark.req("INF-15", "OCP-01")
def test_a_command_goes_out_and_its_answer_is_recorded(charger: Charger, station: Place) -> None:
    pk = request(station, Command.RESTART, hard=False)
    frame = charger.command()
    assert frame[2:] == ["Reset", {"type": "Soft"}]
    charger.reply(frame, {"status": "Accepted"})
    row = ended(station, pk, "answered")
    assert (row.verdict, row.answer) == ("Accepted", {"status": "Accepted"})
    assert row.requested_at <= row.sent_at <= row.answered_at
    eventually(
        lambda: (
            station.rows(
                "SELECT action, outcome FROM ocpp_messageexchange "
                "WHERE station_id = %s AND direction = 'out'",
                station.pk,
            )
            == [("Reset", "result")]
        )
    )


@pytest.mark.req("INF-15")
def test_a_command_waits_for_the_station_and_goes_out_at_its_return(
    gateway: GatewayProcess, station: Place
) -> None:
    pk = request(station, Command.CLEAR_CACHE)
    assert command(station, pk).status == "queued"
    with Charger.dial(gateway.url, station) as charger:
        charger.reply(charger.command(), {"status": "Rejected"})
        assert ended(station, pk, "answered").verdict == "Rejected"


@pytest.mark.req("INF-15")
def test_one_call_is_in_flight_at_a_time_in_order(charger: Charger, station: Place) -> None:
    first = request(station, Command.GET_CONFIGURATION)
    second = request(station, Command.UNLOCK, connector=1)
    frame = charger.command()
    assert frame[2] == "GetConfiguration"
    assert charger.is_silent(for_s=0.3)
    assert command(station, second).status == "queued"
    charger.reply(frame, {"configurationKey": [], "unknownKey": []})
    frame = charger.command()
    assert frame[2:] == ["UnlockConnector", {"connectorId": 1}]
    charger.reply(frame, {"status": "Unlocked"})
    ended(station, first, "answered")
    ended(station, second, "answered")


@pytest.mark.req("INF-15")
def test_a_station_that_answers_with_an_error_is_on_record(
    charger: Charger, station: Place
) -> None:
    pk = request(station, Command.CLEAR_CACHE)
    message_id = charger.command()[1]
    charger.socket.send(json.dumps([4, message_id, "NotSupported", "no cache", {}]))
    row = ended(station, pk, "rejected")
    assert (row.error_code, row.error_description) == ("NotSupported", "no cache")


@pytest.mark.req("INF-15", "OCP-07")
def test_no_answer_in_time_is_told_and_a_late_one_is_logged(
    charger: Charger, station: Place
) -> None:
    pk = request(station, Command.CLEAR_CACHE, timeout_s=0.3)
    frame = charger.command()
    ended(station, pk, "timed_out")
    charger.reply(frame, {"status": "Accepted"})
    eventually(
        lambda: (
            station.rows(
                "SELECT action, flags->>0 FROM ocpp_messageexchange "
                "WHERE station_id = %s AND message_id = %s AND direction = 'in'",
                station.pk,
                frame[1],
            )
            == [("ClearCache", "late_answer")]
        )
    )
    assert command(station, pk).status == "timed_out"
    again = request(station, Command.CLEAR_CACHE)
    charger.reply(charger.command(), {"status": "Accepted"})
    ended(station, again, "answered")


@pytest.mark.req("INF-15")
def test_a_socket_that_closes_ends_the_command_at_once(
    gateway: GatewayProcess, station: Place
) -> None:
    with Charger.dial(gateway.url, station) as charger:
        pk = request(station, Command.RESTART, hard=True)
        charger.command()
    ended(station, pk, "timed_out")


@pytest.mark.req("INF-15")
def test_messages_are_answered_while_a_command_waits(charger: Charger, station: Place) -> None:
    pk = request(station, Command.TRIGGER_MESSAGE, message="heartbeat")
    frame = charger.command()
    assert "currentTime" in charger.result("Heartbeat", {})
    charger.reply(frame, {"status": "Accepted"})
    ended(station, pk, "answered")


@pytest.mark.req("INF-15", "OCP-06")
def test_a_command_goes_to_the_newest_socket_only(
    gateway: GatewayProcess, start_gateway: Callable[..., GatewayProcess], station: Place
) -> None:
    other = start_gateway()
    with Charger.dial(gateway.url, station) as old:
        old.boot()
        with Charger.dial(other.url, station) as new:
            new.boot()
            pk = request(station, Command.CLEAR_CACHE)
            new.reply(new.command(), {"status": "Accepted"})
            ended(station, pk, "answered")
        assert [frame for frame in old.kept if frame[0] == 2] == []


@pytest.mark.req("INF-15")
def test_a_command_whose_bell_is_lost_is_found(charger: Charger, station: Place) -> None:
    charger.boot()

    def queue_silently() -> int:
        return StationCommand.objects.create(
            station_id=station.pk,
            command="clear_cache",
            requested_at=timezone.now(),
            expires_at=timezone.now() + timedelta(minutes=1),
        ).pk

    pk = station.look(queue_silently)
    charger.reply(charger.command(), {"status": "Accepted"})
    ended(station, pk, "answered")


@pytest.mark.req("INF-15", "OCP-07")
def test_a_station_that_tells_nothing_is_asked(
    start_gateway: Callable[..., GatewayProcess], station: Place
) -> None:
    gateway = start_gateway(OCPP_TRIGGER_DELAY_S="0.2")
    with Charger.dial(gateway.url, station) as charger:
        asked = []
        for _ in range(2):
            frame = charger.command()
            asked.append(frame[2:])
            charger.reply(frame, {"status": "Accepted"})
        assert asked == [
            ["TriggerMessage", {"requestedMessage": "BootNotification"}],
            ["TriggerMessage", {"requestedMessage": "StatusNotification"}],
        ]
        charger.boot()
        charger.status(1, "Available")
    with Charger.dial(gateway.url, station) as charger:
        assert charger.is_silent(for_s=0.6)


# The command line


def ocpp_call(*arguments: str) -> "subprocess.Popen[str]":
    """Start `manage.py ocpp_call` as a process of its own."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(settings.DATA_DIR),
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "ocpp_call", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.req("INF-15", "OCP-01")
def test_ocpp_call_prints_the_answer(charger: Charger, station: Place) -> None:
    process = ocpp_call(station.charge_box_id, "ChangeConfiguration", '{"key":"K","value":"1"}')
    frame = charger.command(within_s=30)
    assert frame[2:] == ["ChangeConfiguration", {"key": "K", "value": "1"}]
    charger.reply(frame, {"status": "RebootRequired"})
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert json.loads(output) == {"status": "RebootRequired"}


@pytest.mark.req("INF-15", "OCP-01")
def test_ocpp_call_exits_with_1_on_an_error(charger: Charger, station: Place) -> None:
    process = ocpp_call(station.charge_box_id, "GetLocalListVersion")
    charger.socket.send(
        json.dumps([4, charger.command(within_s=30)[1], "NotSupported", "none", {}])
    )
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert json.loads(output)["errorCode"] == "NotSupported"


@pytest.mark.req("INF-15", "OCP-01")
def test_ocpp_call_exits_with_2_without_an_answer(charger: Charger, station: Place) -> None:
    process = ocpp_call(station.charge_box_id, "ClearCache", "--timeout", "0.5")
    charger.command(within_s=30)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output) == (2, "")
    assert "No answer" in errors


@pytest.mark.req("INF-15", "OCP-01")
def test_ocpp_call_exits_with_2_offline_and_77_where_not_offered(station: Place) -> None:
    offline = ocpp_call(station.charge_box_id, "ClearCache", "--timeout", "0.5")
    unknown = ocpp_call(station.charge_box_id, "MakeCoffee")
    not_ours = ocpp_call(station.charge_box_id, "BootNotification")
    assert offline.wait(30) == 2
    assert (unknown.wait(30), not_ours.wait(30)) == (77, 77)
    assert eventually(
        lambda: station.rows(
            "SELECT status FROM infrastructure_stationcommand WHERE station_id = %s", station.pk
        )
    ) == [("expired",)]
    for process in (offline, unknown, not_ours):
        process.communicate()
