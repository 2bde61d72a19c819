"""From the button to the charger's answer on the page (INF-15)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.infrastructure.models import Station, StationCommand
from apps.infrastructure.services.commands import (
    record_error,
    record_result,
    request_command,
    take_queued,
)
from apps.tenants.models import Tenant
from apps.vocabulary.commands import Command
from tests.factories.pages import HOSTILE, go_online, log_in

Make = Callable[..., Any]
MAX_QUERIES = 25
FORMS = {
    "restart": ({"kind": "hard"}, "restart", {"hard": True}),
    "unlock": ({"connector": "1"}, "unlock", {"connector": 1}),
    "availability": (
        {"connector": "0", "operative": "no"},
        "change_availability",
        {"connector": 0, "operative": False},
    ),
    "start": (
        {"id_tag": "04A2", "connector": "1"},
        "remote_start",
        {"id_tag": "04A2", "connector": 1},
    ),
    "stop": ({"transaction": "77"}, "remote_stop", {"transaction_id": 77}),
    "trigger": ({"message": "status", "connector": ""}, "trigger_message", {"message": "status"}),
    "clear-cache": ({}, "clear_cache", {}),
}


def ask(station: Station, name: str) -> str:
    return f"/infrastructure/station/{station.pk}/command/{name}/"


def send(station: Station, name: str) -> str:
    return f"{ask(station, name)}send/"


@pytest.mark.req("INF-15")
@pytest.mark.parametrize("name", FORMS)
def test_command_when_sent_then_it_is_queued_and_its_progress_shown(
    alpha: Tenant, make_station: Make, make_user: Make, name: str
) -> None:
    data, command, parameters = FORMS[name]
    station = make_station()
    go_online(station)
    user = make_user()
    client = log_in(user)

    form = client.get(ask(station, name)).content.decode()
    answer = client.post(send(station, name), data).content.decode()

    row = StationCommand.objects.get()
    assert send(station, name) in form
    assert (row.command, row.parameters, row.requested_by) == (command, parameters, user)
    assert "Waiting for the station" in answer
    assert f"/infrastructure/stationcommand/{row.pk}/change/?fragment=progress" in answer


@pytest.mark.req("INF-15")
@pytest.mark.parametrize(
    "verdict, sentence",
    [
        ("Accepted", "The station accepted."),
        ("Rejected", "The station refused."),
        ("Whatever", "The station said: Whatever"),
    ],
)
def test_progress_when_the_station_answered_then_the_answer_is_shown_in_words(
    alpha: Tenant, make_station: Make, make_user: Make, verdict: str, sentence: str
) -> None:
    station = make_station()
    go_online(station)
    client = log_in(make_user())
    client.post(send(station, "restart"), {"kind": "soft"})
    row = take_queued(station.pk, now=timezone.now())
    assert row is not None
    record_result(row.pk, verdict=verdict, answer={"status": verdict}, now=timezone.now())

    url = f"/infrastructure/stationcommand/{row.pk}/change/"
    progress = client.get(f"{url}?fragment=progress").content.decode()
    tab = client.get(f"/infrastructure/station/{station.pk}/change/?tab=commands").content.decode()

    assert sentence in progress
    assert "hx-get" not in progress  # closed: nothing left to wait for
    assert sentence in tab
    assert sentence in client.get(url).content.decode()


@pytest.mark.req("INF-15", "OCP-07")
def test_progress_when_the_station_sent_an_error_then_it_is_shown_escaped(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    go_online(station)
    client = log_in(make_user())
    client.post(send(station, "clear-cache"))
    row = StationCommand.objects.get()
    record_error(row.pk, code=HOSTILE, description=HOSTILE, now=timezone.now())
    url = f"/infrastructure/stationcommand/{row.pk}/change/"

    for path in (url, f"{url}?fragment=progress", "/infrastructure/stationcommand/",
                 f"/infrastructure/station/{station.pk}/change/?tab=commands"):  # fmt: skip
        text = client.get(path).content.decode()
        assert HOSTILE not in text, path
    assert "The station answered with an error." in text


@pytest.mark.req("INF-15")
def test_command_when_the_station_is_offline_then_it_says_so_and_queues_nothing(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station("AWAY-1")
    client = log_in(make_user())

    form = client.get(ask(station, "restart")).content.decode()
    answer = client.post(send(station, "restart"), {"kind": "soft"}).content.decode()

    assert "disabled" in form
    assert "AWAY-1 is not connected" in answer
    assert not StationCommand.objects.exists()


@pytest.mark.req("INF-15")
@pytest.mark.parametrize(
    "name, data",
    [
        ("restart", {"kind": "medium"}),
        ("unlock", {"connector": "99"}),
        ("start", {"id_tag": "x" * 21, "connector": "1"}),
        ("stop", {"transaction": "abc"}),
        ("trigger", {"message": "everything"}),
    ],
)
def test_command_when_a_field_is_wrong_then_the_form_comes_back(
    alpha: Tenant, make_station: Make, make_user: Make, name: str, data: dict[str, str]
) -> None:
    station = make_station()
    go_online(station)

    answer = log_in(make_user()).post(send(station, name), data).content.decode()

    assert "errorlist" in answer
    assert not StationCommand.objects.exists()


@pytest.mark.req("INF-15", "ACC-03")
@pytest.mark.parametrize("name", FORMS)
def test_command_when_the_location_is_foreign_then_not_found(
    alpha: Tenant, make_station: Make, make_user: Make, name: str
) -> None:
    own, foreign = make_station(), make_station()
    go_online(foreign)
    client = log_in(make_user(locations=[own.location]))

    assert client.get(ask(foreign, name)).status_code == 404
    assert client.post(send(foreign, name), FORMS[name][0]).status_code == 404
    assert not StationCommand.objects.exists()


@pytest.mark.req("INF-15", "ACC-02")
def test_command_when_the_right_is_missing_then_refused_and_no_button_is_shown(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    go_online(station)
    user = make_user()
    group = user.groups.get()
    group.permissions.remove(group.permissions.get(codename="command_station"))
    client = log_in(user)

    assert client.post(send(station, "restart"), {"kind": "soft"}).status_code == 403
    assert client.get(send(station, "restart")).status_code == 405
    page = client.get(f"/infrastructure/station/{station.pk}/change/").content.decode()
    assert "Restart controller" not in page


@pytest.mark.req("INF-15", "ACC-03", "TEN-01")
def test_command_page_when_foreign_then_not_found(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    own, foreign = make_station(), make_station()
    go_online(foreign)
    log_in(make_user()).post(send(foreign, "clear-cache"))
    url = f"/infrastructure/stationcommand/{StationCommand.objects.get().pk}/change/"

    assert log_in(make_user(locations=[own.location])).get(url).status_code == 404
    connection.set_tenant(Tenant.objects.get(schema_name="beta"))
    assert log_in(make_user("admin")).get(url).status_code == 404


@pytest.mark.req("INF-15")
def test_lists_of_commands_when_they_grow_then_queries_do_not(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    user = make_user(locations=[station.location])
    client = log_in(user)
    for url in (
        "/infrastructure/stationcommand/",
        f"/infrastructure/station/{station.pk}/change/?tab=commands",
    ):
        numbers = []
        for amount in (1, 59):
            for _index in range(amount):
                request_command(station, Command.CLEAR_CACHE, actor=user, now=timezone.now())
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            numbers.append(len(queries))

        assert max(numbers) <= MAX_QUERIES
        assert numbers[1] <= numbers[0]
