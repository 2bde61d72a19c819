"""The Security tab: a new password and the profile, by whom and to whom; what commands refuse."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command

from apps.accounts.models import Location, User
from apps.infrastructure.models import (
    CertificateAuthority,
    SecurityEvent,
    SecurityPolicy,
    Station,
    StationCommand,
)
from apps.infrastructure.services.commands import (
    ProfileLowered,
    SecretParameter,
    StationOffline,
    request_command,
)
from apps.infrastructure.services.master_data import save_station
from apps.infrastructure.services.password_changes import push_password, set_password
from apps.infrastructure.services.passwords import generate_key, verify_key
from apps.infrastructure.services.sealing import SealBroken, seal, unseal
from apps.tenants.models import Tenant
from apps.vocabulary.commands import Command
from tests.conftest import NOW, STATION_KEY
from tests.factories.pages import go_online, log_in
from tests.ocpp.security.certificates import Authority

Make = Callable[..., Any]
pytestmark = pytest.mark.req("INF-05", "OCP-05")


def url(station: Station, path: str) -> str:
    return f"/infrastructure/station/{station.pk}/{path}/"


def stored(station: Station) -> Station:
    return Station.objects.get(pk=station.pk)


def test_tab_when_opened_then_profile_and_password_and_buttons_for_admins_only(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    address = url(station, "change") + "?tab=security"
    admin = log_in(make_user("admin")).get(address).content.decode()
    operator = log_in(make_user()).get(address).content.decode()
    assert "Password, with or without TLS" in admin
    assert url(station, "password") in admin
    # Else htmx would look for the tab in the dialog's answer, and show nothing.
    assert admin.count('hx-select="unset"') == 7
    assert "Password, with or without TLS" in operator
    assert url(station, "password") not in operator


def test_password_when_left_empty_then_a_strong_one_is_shown_once_and_counts(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    client = log_in(make_user("admin"))
    response = client.post(url(station, "password/send"), {"password": "", "delivery": "here"})
    key = re.search(r'id="cy-new-password">([0-9a-f]{40})<', response.content.decode())
    assert key is not None
    assert "no-store" in response.headers["Cache-Control"]
    assert verify_key(key[1].encode(), stored(station).password_hash)
    assert not verify_key(STATION_KEY.encode(), stored(station).password_hash)
    page = client.get(url(station, "change") + "?tab=security").content.decode()
    assert key[1] not in page
    assert "Only the new password opens the connection" in page


@pytest.mark.parametrize(
    "password, is_refused, is_weak",
    [
        ("1234567", True, False),
        ("12345678", False, True),
        ("fifteen signs!!", False, True),
        ("sixteen signs!!!", False, False),
        ("x" * 40, False, False),
        ("x" * 41, True, False),
        ("line\nbreak-0123456", True, False),
    ],
)
def test_password_when_chosen_then_8_to_40_characters_and_short_ones_are_flagged(
    alpha: Tenant,
    make_station: Make,
    make_user: Make,
    password: str,
    is_refused: bool,
    is_weak: bool,
) -> None:
    station = make_station()
    before = station.password_hash
    data = {"password": password, "delivery": "here"}
    response = log_in(make_user("admin")).post(url(station, "password/send"), data)
    assert ("errorlist" in response.content.decode()) is is_refused
    assert (stored(station).password_hash == before) is is_refused
    assert stored(station).password_is_weak is is_weak


def test_password_when_the_policy_demands_16_then_shorter_ones_are_refused(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    SecurityPolicy.objects.create(shortest_password=16)
    station = make_station()
    data = {"password": "fifteen signs!!", "delivery": "here"}
    response = log_in(make_user("admin")).post(url(station, "password/send"), data)
    assert "must have 16 to 40 characters" in response.content.decode()
    assert verify_key(STATION_KEY.encode(), stored(station).password_hash)


def test_push_when_online_then_queued_sealed_and_when_away_not_offered(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    admin = make_user("admin")
    client = log_in(admin)
    assert 'value="push"' not in client.get(url(station, "password")).content.decode()
    response = client.post(url(station, "password/send"), {"delivery": "push"})
    assert "errorlist" in response.content.decode()
    with pytest.raises(StationOffline):
        push_password(station, generate_key(), generated=True, actor=admin, now=NOW)
    go_online(station)
    assert 'value="push"' in client.get(url(station, "password")).content.decode()
    response = client.post(url(station, "password/send"), {"delivery": "push"})
    key = re.search(r'id="cy-new-password">([0-9a-f]{40})<', response.content.decode())
    assert key is not None
    command = StationCommand.objects.get(command="change_password")
    assert set(command.parameters) == {"sealed"}
    assert unseal(command.parameters["sealed"]) == key[1]
    assert verify_key(STATION_KEY.encode(), stored(station).password_hash)
    page = client.get(f"/infrastructure/stationcommand/{command.pk}/change/").content.decode()
    assert key[1] not in page
    assert (
        "on its way to the station"
        in client.get(url(station, "change") + "?tab=security").content.decode()
    )


@pytest.mark.parametrize("path", ["password", "password/send", "profile", "profile/send"])
def test_dialogs_when_right_location_or_tenant_is_another_then_refused(
    alpha: Tenant, make_station: Make, make_user: Make, make_location: Make, path: str
) -> None:
    station = make_station()
    method = "post" if path.endswith("send") else "get"
    for user, status in (
        (make_user(), 403),
        (make_user("admin", locations=[make_location()]), 404),
        (make_user("admin", locations=[station.location]), 200),
    ):
        response = getattr(log_in(user), method)(url(station, path))
        assert response.status_code == status
    assert verify_key(STATION_KEY.encode(), stored(station).password_hash)
    assert stored(station).security_profile == 0


def test_services_when_the_actor_may_not_secure_then_denied(
    alpha: Tenant, make_station: Make, make_user: Make, make_location: Make
) -> None:
    station = make_station()
    go_online(station)
    elsewhere: list[Location] = [make_location()]
    actors: list[User] = [make_user(), make_user("admin", locations=elsewhere)]
    for actor in actors:
        for change in (push_password, set_password):
            with pytest.raises(PermissionDenied):
                change(station, generate_key(), generated=True, actor=actor, now=NOW)
    assert not SecurityEvent.objects.exists()


def test_profile_when_changed_then_kept_and_noted(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    client = log_in(make_user("admin"))
    response = client.post(url(station, "profile/send"), {"security_profile": "2"})
    assert response.status_code == 204
    assert stored(station).security_profile == 2
    page = client.get(url(station, "change") + "?tab=security").content.decode()
    assert "2: password over TLS" in page
    assert "Security profile changed" in page


@pytest.mark.parametrize(
    "command, parameters",
    [
        (Command.CHANGE_CONFIGURATION, {"key": "AuthorizationKey", "value": "secret-0123456789"}),
        (Command.CHANGE_CONFIGURATION, {"key": " authorizationkey ", "value": "secret-0123"}),
        (
            Command.OCPP_CALL,
            {
                "action": "ChangeConfiguration",
                "payload": {"key": "BasicAuthPassword", "value": "secret-0123"},
            },
        ),
    ],
)
def test_command_when_it_would_carry_a_password_in_clear_then_refused(
    alpha: Tenant, make_station: Make, command: Command, parameters: dict[str, Any]
) -> None:
    with pytest.raises(SecretParameter, match="Security"):
        request_command(make_station(), command, parameters, actor=None, now=NOW)
    assert not StationCommand.objects.exists()


def test_command_when_it_would_lower_the_security_profile_then_refused(
    alpha: Tenant, make_station: Make
) -> None:
    station = make_station(security_profile=2)
    lower = {"key": "SecurityProfile", "value": "1"}
    with pytest.raises(ProfileLowered):
        request_command(station, Command.CHANGE_CONFIGURATION, lower, actor=None, now=NOW)
    higher = {"key": "SecurityProfile", "value": "3"}
    request_command(station, Command.CHANGE_CONFIGURATION, higher, actor=None, now=NOW)


def test_ocpp_call_when_it_would_carry_a_password_then_it_says_where_to_set_it(
    alpha: Tenant, make_station: Make
) -> None:
    station = make_station()
    payload = '{"key": "AuthorizationKey", "value": "secret-0123456789"}'
    with pytest.raises(CommandError, match="under Security") as refused:
        call_command("ocpp_call", station.charge_box_id, "ChangeConfiguration", payload)
    assert refused.value.returncode == 64


def test_authority_when_entered_then_read_before_it_is_kept(alpha: Tenant, make_user: Make) -> None:
    client = log_in(make_user("admin"))
    address = "/infrastructure/certificateauthority/add/"
    data = {"name": "Ours", "certificate": "nonsense", "revocation_list": "", "is_trusted": "on"}
    assert "This is no certificate in PEM." in client.post(address, data).content.decode()
    authority = Authority.make()
    data["certificate"] = authority.pem
    data["revocation_list"] = Authority.make().revocation_list()
    text = client.post(address, data).content.decode()
    assert "not signed by this authority" in text
    data["revocation_list"] = authority.revocation_list()
    assert client.post(address, data).status_code == 302
    assert CertificateAuthority.objects.get().name == "Ours"
    assert log_in(make_user()).get(address).status_code == 403


def test_master_data_when_saved_while_a_password_changes_then_the_new_one_stays(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    read_before = stored(station)
    set_password(station, "sixteen signs!!!", generated=False, actor=make_user("admin"), now=NOW)
    read_before.name = "New name"
    save_station(read_before, now=NOW)
    assert stored(station).name == "New name"
    assert verify_key(b"sixteen signs!!!", stored(station).password_hash)


def test_seal_when_changed_then_broken() -> None:
    sealed = seal("a key")
    assert "a key" not in sealed
    assert unseal(sealed) == "a key"
    with pytest.raises(SealBroken):
        unseal(sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:])
