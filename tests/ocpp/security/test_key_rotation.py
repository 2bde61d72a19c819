"""S18: the old key dies only after Accepted, and the new one is shown nowhere but once."""

from datetime import UTC, datetime

import pytest
from websockets.exceptions import InvalidStatus

from apps.accounts.services.users import ensure_user
from apps.infrastructure.domain.security import PasswordChange
from apps.infrastructure.models import Station, StationCommand
from apps.infrastructure.services.commands import record_timeout, request_command
from apps.infrastructure.services.password_changes import push_password, set_password
from apps.infrastructure.services.passwords import generate_key
from apps.vocabulary.commands import Command
from tests.conftest import PASSWORD, STATION_KEY
from tests.ocpp.gateway.clients import Charger, Frame, Place, eventually, refusal
from tests.ocpp.gateway.servers import GatewayProcess
from tests.ocpp.security.pages import everything_shown, tables_with

pytestmark = pytest.mark.req("INF-05", "OCP-05")


def push(station: Place, password: str, *, generated: bool = True) -> int:
    """Ask for a push as an admin would; return the command's id."""

    def ask() -> int:
        row = Station.objects.get(pk=station.pk)
        admin = ensure_user("admin@example.com", password=PASSWORD, role="admin")
        now = datetime.now(UTC)
        command = push_password(row, password, generated=generated, actor=admin, now=now)
        return command.pk

    return station.look(ask)


def opens(gateway: GatewayProcess, station: Place, password: str) -> bool:
    try:
        Charger.dial(gateway.url, station, password=password).close()
    except InvalidStatus:
        return False
    return True


def change_of(station: Place) -> str:
    return station.look(
        lambda: Station.objects.values_list("password_change", flat=True).get(pk=station.pk)
    )


def pushed(gateway: GatewayProcess, station: Place, key: str) -> tuple[Charger, Frame]:
    """Return the open socket and the request with the new key that came on it."""
    charger = Charger.dial(gateway.url, station)
    charger.boot()
    push(station, key)
    frame = charger.command()
    assert frame[2:] == ["ChangeConfiguration", {"key": "AuthorizationKey", "value": key}]
    return charger, frame


def test_s18_both_keys_open_during_the_push_and_only_the_new_one_after_accepted(
    gateway: GatewayProcess, station: Place
) -> None:
    key = generate_key()
    charger, frame = pushed(gateway, station, key)
    with charger:
        assert change_of(station) == PasswordChange.PUSHING
        assert opens(gateway, station, STATION_KEY)
        assert opens(gateway, station, key)
        assert opens(gateway, station, STATION_KEY)
    # Its socket was replaced above: pushed again, and answered.
    second = generate_key()
    charger, frame = pushed(gateway, station, second)
    with charger:
        charger.reply(frame, {"status": "Accepted"})
        eventually(lambda: change_of(station) == PasswordChange.ACCEPTED)
        assert "currentTime" in charger.result("Heartbeat", {})
    assert not opens(gateway, station, STATION_KEY)
    assert not opens(gateway, station, key)
    assert opens(gateway, station, second)
    # OCTT TC_073: some stations send the bytes that the digits stand for.
    Charger.dial(gateway.url, station, password=bytes.fromhex(second)).close()


@pytest.mark.parametrize("answer", ["Rejected", "NotSupported"])
def test_s18_after_a_refusal_the_old_key_lives_and_the_new_one_is_dead(
    gateway: GatewayProcess, station: Place, answer: str
) -> None:
    key = generate_key()
    charger, frame = pushed(gateway, station, key)
    with charger:
        charger.reply(frame, {"status": answer})
        eventually(lambda: change_of(station) == PasswordChange.REFUSED)
    assert not opens(gateway, station, key)
    assert opens(gateway, station, STATION_KEY)


def test_s18_after_an_error_the_old_key_lives(gateway: GatewayProcess, station: Place) -> None:
    key = generate_key()
    charger, frame = pushed(gateway, station, key)
    with charger:
        charger.socket.send(f'[4,"{frame[1]}","NotSupported","no {key}",{{"was":"{key}"}}]')
        eventually(lambda: change_of(station) == PasswordChange.REFUSED)
    assert opens(gateway, station, STATION_KEY)
    assert tables_with(station, key) == []


def test_s18_without_an_answer_the_old_key_lives_until_the_station_uses_the_new_one(
    gateway: GatewayProcess, station: Place
) -> None:
    key = generate_key()
    with Charger.dial(gateway.url, station) as charger:
        charger.boot()
        pk = push(station, key)
        charger.command()
        station.look(lambda: record_timeout(pk, now=datetime.now(UTC)))
        assert change_of(station) == PasswordChange.UNCONFIRMED
    assert opens(gateway, station, STATION_KEY)
    assert opens(gateway, station, key)
    assert change_of(station) == PasswordChange.ACCEPTED
    assert not opens(gateway, station, STATION_KEY)


def test_s18_a_station_that_restarts_first_keeps_both_keys_until_it_uses_the_new_one(
    gateway: GatewayProcess, station: Place
) -> None:
    key = generate_key()
    charger, frame = pushed(gateway, station, key)
    with charger:
        charger.reply(frame, {"status": "RebootRequired"})
        eventually(lambda: change_of(station) == PasswordChange.UNCONFIRMED)
    assert opens(gateway, station, STATION_KEY)
    assert opens(gateway, station, key)
    assert not opens(gateway, station, STATION_KEY)


def test_s18_the_key_is_in_no_table_no_log_and_on_no_page(
    gateway: GatewayProcess, station: Place
) -> None:
    keys = [generate_key() for _ in range(3)]
    with Charger.dial(gateway.url, station) as charger:
        charger.boot()
        for key, answer in zip(keys, ("Rejected", "RebootRequired", "Accepted"), strict=True):
            pk = push(station, key)
            frame = charger.command()
            assert frame[3]["value"] == key
            assert tables_with(station, key) == []
            charger.reply(frame, {"status": answer, "echo": key})
            eventually(lambda pk=pk: is_over(station, pk))
        # A station that reads its key out although it must not.
        station.look(lambda: queue_reading(station))
        frame = charger.command()
        entries = [{"key": "AuthorizationKey", "readonly": False, "value": keys[-1]}]
        charger.reply(frame, {"configurationKey": entries})
        eventually(lambda: is_over(station, None))
        charger.result("Heartbeat", {})
    shown = everything_shown(station)
    assert "ChangeConfiguration" in shown
    for key in keys:
        assert tables_with(station, key) == []
        assert key not in shown
        assert key not in gateway.log.read_text()


def is_over(station: Place, pk: int | None) -> bool:
    def found() -> bool:
        rows = StationCommand.objects.filter(station_id=station.pk)
        chosen = rows.filter(pk=pk) if pk else rows
        return not chosen.filter(status__in=["queued", "sent"]).exists()

    return station.look(found)


def queue_reading(station: Place) -> None:
    row = Station.objects.get(pk=station.pk)
    request_command(row, Command.GET_CONFIGURATION, {}, actor=None, now=datetime.now(UTC))


def test_a_password_set_here_only_counts_at_once(gateway: GatewayProcess, station: Place) -> None:
    def change() -> None:
        row = Station.objects.get(pk=station.pk)
        admin = ensure_user("admin@example.com", password=PASSWORD, role="admin")
        set_password(row, "eleven signs", generated=False, actor=admin, now=datetime.now(UTC))

    station.look(change)
    assert not opens(gateway, station, STATION_KEY)
    assert opens(gateway, station, "eleven signs")
    assert refusal(gateway.url, station, password="eleven sign").status_code == 401
    row = station.look(lambda: Station.objects.get(pk=station.pk))
    assert row.password_is_weak
    assert row.password_change == PasswordChange.SET_HERE
