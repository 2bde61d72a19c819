"""Who gets a socket, how refusals look, which subprotocol is agreed."""

import time
from collections.abc import Callable

import pytest
from websockets.exceptions import InvalidStatus

from apps.infrastructure.models import Station
from apps.infrastructure.services.passwords import hash_key
from apps.tenants.context import run_in_schema
from apps.tenants.models import Tenant
from tests.conftest import STATION_KEY
from tests.ocpp.gateway.clients import Charger, Place, eventually, refusal
from tests.ocpp.gateway.servers import GatewayProcess

UNKNOWN = Place("alpha", 0, "NOBODY-1")


@pytest.mark.req("INF-05", "OCP-05")
def test_wrong_password_and_unknown_id_are_refused_alike(
    gateway: GatewayProcess, station: Place
) -> None:
    wrong = refusal(gateway.url, station, password="not-the-key-0123")
    unknown = refusal(gateway.url, UNKNOWN)
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.body == unknown.body
    assert wrong.headers["www-authenticate"] == unknown.headers["www-authenticate"]


@pytest.mark.req("INF-05", "OCP-05")
def test_wrong_password_and_unknown_id_take_the_same_time(
    gateway: GatewayProcess, place: Callable[..., Place]
) -> None:
    chosen = place()
    chosen.look(
        lambda: Station.objects.filter(pk=chosen.pk).update(
            password_hash=hash_key("chosen by a person", generated=False)
        )
    )
    quickest = []
    for target in (place(), chosen, UNKNOWN):
        times = []
        for _ in range(3):
            began = time.monotonic()
            assert refusal(gateway.url, target, password="wrong-password").status_code == 401
            times.append(time.monotonic() - began)
        quickest.append(min(times))  # what the machine does besides only adds
    assert max(quickest) - min(quickest) < 0.06


@pytest.mark.req("INF-05")
def test_no_credentials_and_another_user_name_are_refused(
    gateway: GatewayProcess, station: Place, place: Callable[..., Place]
) -> None:
    other = place()
    assert refusal(gateway.url, station, user=other.charge_box_id).status_code == 401
    assert refusal(gateway.url, station, password="").status_code == 401


@pytest.mark.req("INF-05", "OCP-05")
@pytest.mark.parametrize("is_chosen", [False, True])
def test_guessing_is_slowed_and_the_right_password_still_opens(
    gateway: GatewayProcess, place: Callable[..., Place], is_chosen: bool
) -> None:
    station = place()
    if is_chosen:
        stored = hash_key(STATION_KEY, generated=False)
        station.look(lambda: Station.objects.filter(pk=station.pk).update(password_hash=stored))
    with Charger.dial(gateway.url, station) as live:
        codes = [
            refusal(gateway.url, station, password=f"wrong-{turn}").status_code
            for turn in range(12)
        ]
        assert codes[:10] == [401] * 10
        assert codes[-1] == 429
        assert "currentTime" in live.result("Heartbeat", {})

        def opens() -> bool:
            try:
                Charger.dial(gateway.url, station).close()
            except InvalidStatus as refused:
                assert refused.response.status_code == 429  # noqa: PT017
                return False
            return True

        eventually(opens)


@pytest.mark.req("INF-05", "OCP-07")
@pytest.mark.parametrize(
    "key", ["pass:with:colons", "ÄÖÜ-übergrößenträger", "0123456789abcdef0123456789abcdef01234567"]
)
def test_a_chosen_password_opens(
    gateway: GatewayProcess, place: Callable[..., Place], key: str
) -> None:
    station = place()
    stored = hash_key(key, generated=False)
    station.look(lambda: Station.objects.filter(pk=station.pk).update(password_hash=stored))
    for _ in range(2):  # the second time from memory
        Charger.dial(gateway.url, station, password=key).close()
    assert refusal(gateway.url, station, password=key[:-1] + "x").status_code == 401


@pytest.mark.req("INF-05")
def test_a_key_may_come_as_the_bytes_that_its_hex_digits_stand_for(
    gateway: GatewayProcess, place: Callable[..., Place]
) -> None:
    station = place()
    key = "00ff80c3280123456789abcdef0123456789abcd"
    stored = hash_key(key, generated=True)
    station.look(lambda: Station.objects.filter(pk=station.pk).update(password_hash=stored))
    Charger.dial(gateway.url, station, password=bytes.fromhex(key)).close()
    Charger.dial(gateway.url, station, password=key).close()
    other = bytes.fromhex(key[:-2] + "00")
    assert refusal(gateway.url, station, password=other).status_code == 401


@pytest.mark.req("INF-05")
def test_a_new_key_counts_at_the_next_handshake(gateway: GatewayProcess, station: Place) -> None:
    with Charger.dial(gateway.url, station) as live:
        stored = hash_key("another-key-0123456789", generated=True)
        station.look(lambda: Station.objects.filter(pk=station.pk).update(password_hash=stored))
        assert refusal(gateway.url, station).status_code == 401
        Charger.dial(gateway.url, station, password="another-key-0123456789").close()
        assert live.closed_with() == 1000


@pytest.mark.req("OCP-01", "OCP-07")
@pytest.mark.parametrize(
    "offered,agreed",
    [
        (["ocpp1.6"], "ocpp1.6"),
        (["OCPP1.6"], "OCPP1.6"),
        (["ocpp1.6J"], "ocpp1.6J"),
        (["ocpp2.0.1", "ocpp1.6", "ocpp1.5"], "ocpp1.6"),
        (["ocpp1.6j", "ocpp1.6"], "ocpp1.6j"),
        (None, None),
    ],
)
def test_the_subprotocol_is_echoed_as_offered(
    gateway: GatewayProcess, station: Place, offered: list[str] | None, agreed: str | None
) -> None:
    with Charger.dial(gateway.url, station, subprotocols=offered) as charger:
        assert charger.socket.subprotocol == agreed
        assert "currentTime" in charger.result("Heartbeat", {})


@pytest.mark.req("OCP-01")
def test_an_unknown_subprotocol_completes_the_handshake_and_is_closed(
    gateway: GatewayProcess, station: Place
) -> None:
    charger = Charger.dial(gateway.url, station, subprotocols=["ocpp2.0.1", "mqtt"])
    assert charger.socket.subprotocol is None
    assert charger.closed_with() == 1002


@pytest.mark.req("OCP-07")
@pytest.mark.parametrize(
    "path",
    [
        "/device/ocpp16/{id}/",
        "/device/ocpp16//{id}",
        "/device/ocpp16/site/7/{id}",
        "/device/ocpp16/{lower}",
        "/device/ocpp16/?cid={id}",
        "/device/ocpp16/{encoded}",
    ],
)
def test_odd_addresses_lead_to_the_station(
    gateway: GatewayProcess, place: Callable[..., Place], path: str
) -> None:
    name = f"Odd*{path.__hash__() % 100_000}"
    station = place(charge_box_id=name)
    address = path.format(id=name, lower=name.lower(), encoded=name.replace("*", "%2A"))
    with Charger.dial(gateway.url, station, path=address) as charger:
        assert "currentTime" in charger.result("Heartbeat", {})


@pytest.mark.req("TEN-01")
def test_a_station_of_a_suspended_tenant_is_refused(
    gateway: GatewayProcess, place: Callable[..., Place]
) -> None:
    station = place("beta")

    def suspend(is_suspended: bool) -> None:
        tenants = Tenant.objects.filter(schema_name="beta")
        run_in_schema("public", lambda: tenants.update(is_suspended=is_suspended))

    suspend(True)
    try:
        assert refusal(gateway.url, station).status_code == 401
    finally:
        suspend(False)
    Charger.dial(gateway.url, station).close()


@pytest.mark.req("INF-06", "INF-07")
def test_a_planned_station_may_connect_and_charges_nobody(
    gateway: GatewayProcess, place: Callable[..., Place]
) -> None:
    station = place(state="planned")
    with Charger.dial(gateway.url, station) as charger:
        assert charger.boot()["status"] == "Accepted"
        assert charger.result("Authorize", {"idTag": "TAG"})["idTagInfo"]["status"] == "Invalid"
        charger.status(1, "Available")
    status = "SELECT status FROM infrastructure_chargepoint WHERE station_id = %s"
    assert station.value(status, station.pk) == "inoperative"


@pytest.mark.req("INF-03", "OCP-01")
def test_a_station_made_after_its_id_was_refused_gets_in_at_once(
    gateway: GatewayProcess, place: Callable[..., Place]
) -> None:
    unknown = Place("alpha", 0, "COMES-LATER")
    assert refusal(gateway.url, unknown).status_code == 401
    made = place(charge_box_id="COMES-LATER")
    eventually(lambda: opens(gateway, made))


def opens(gateway: GatewayProcess, station: Place) -> bool:
    try:
        Charger.dial(gateway.url, station).close()
    except InvalidStatus:
        return False
    return True
