"""S1 to S4: wrong credentials, guessing, shadowing, and a charger against others' transactions."""

import base64
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from apps.infrastructure.models import Station
from apps.infrastructure.services.passwords import ROUNDS
from tests.conftest import STATION_KEY
from tests.ocpp.gateway.clients import (
    Charger,
    Place,
    meter_values,
    refusal,
    start_payload,
    stop_payload,
)
from tests.ocpp.gateway.servers import GatewayProcess

pytestmark = pytest.mark.req("OCP-05", "INF-05")

UNKNOWN = Place("alpha", 0, "NOBODY-1")
CHOSEN = "chosen by a person"
TIMED = 5
AT_ONCE = 9


def encoded(text: str | bytes) -> str:
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def variants(name: str, other: str) -> dict[str, str | None]:
    """Return 28 values of the Authorization header, none of which is right; None: no header."""
    key = STATION_KEY
    return {
        "none": None,
        "empty": "",
        "scheme only": "Basic",
        "scheme and blank": "Basic ",
        "not base64": "Basic !!!!",
        "wrong padding": f"Basic {encoded(f'{name}:{key}')[:-2]}",
        "no colon": f"Basic {encoded(name + key)}",
        "empty user": f"Basic {encoded(f':{key}')}",
        "empty password": f"Basic {encoded(f'{name}:')}",
        "both empty": f"Basic {encoded(':')}",
        "wrong password": f"Basic {encoded(f'{name}:wrong-password')}",
        "key cut short": f"Basic {encoded(f'{name}:{key[:-1]}')}",
        "key too long": f"Basic {encoded(f'{name}:{key}x')}",
        "other case": f"Basic {encoded(f'{name}:{key.upper()}')}",
        "blank before": f"Basic {encoded(f'{name}: {key}')}",
        "line break after": f"Basic {encoded(name + ':' + key + chr(10))}",
        "NUL after": f"Basic {encoded(name + ':' + key + chr(0))}",
        "hex of the key": f"Basic {encoded(f'{name}:{key.encode().hex()}')}",
        "another station's name": f"Basic {encoded(f'{other}:{key}')}",
        "a name that nobody has": f"Basic {encoded(f'NOBODY:{key}')}",
        "name cut short": f"Basic {encoded(f'{name[:-1]}:{key}')}",
        "NUL in the name": f"Basic {encoded(name + chr(0) + ':' + key)}",
        "name and key swapped": f"Basic {encoded(f'{key}:{name}')}",
        "SQL": "Basic " + encoded(f"{name}:' OR '1'='1"),
        "SQL in the name": "Basic " + encoded(f"' OR 1=1 --:{key}"),
        "bytes": f"Basic {encoded(name.encode() + b':' + bytes(range(128, 148)))}",
        "Bearer": f"Bearer {encoded(f'{name}:{key}')}",
        "Digest": f'Digest username="{name}", response="{key}"',
    }


@pytest.fixture(scope="module")
def guarded(committed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """A gateway that hashes as production does."""
    log = tmp_path_factory.mktemp("guarded") / "gateway.log"
    settings = "tests.ocpp.security.real_hashes"
    with GatewayProcess(log, DJANGO_SETTINGS_MODULE=settings) as process:
        yield process


@pytest.fixture
def chosen(place: Callable[..., Place]) -> Place:
    """A station with a password that a person chose, hashed slowly."""
    station = place()
    stored = PBKDF2PasswordHasher().encode(CHOSEN, "salt-of-this-test", ROUNDS)
    station.look(lambda: Station.objects.filter(pk=station.pk).update(password_hash=stored))
    return station


def answer_to(url: str, station: Place, authorization: str | None) -> int:
    """Dial with the header and return the status; 101 when the socket opened."""
    headers = {} if authorization is None else {"Authorization": authorization}
    try:
        connect(
            f"{url}/device/ocpp16/{station.charge_box_id}",
            additional_headers=headers,
            subprotocols=[Subprotocol("ocpp1.6")],
            compression=None,
            open_timeout=15,
            legacy=True,
        ).close()
    except InvalidStatus as refused:
        return refused.response.status_code
    return 101


def test_s1_none_of_28_wrong_credentials_opens(
    guarded: GatewayProcess, place: Callable[..., Place]
) -> None:
    station, other = place(), place()
    tried = variants(station.charge_box_id, other.charge_box_id)
    assert len(tried) == 28
    # Nine from one address and then the right one, so that the throttle does not answer for us.
    names, codes = list(tried), []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for first in range(0, len(names), AT_ONCE):
            some = [tried[name] for name in names[first : first + AT_ONCE]]
            codes += pool.map(lambda header: answer_to(guarded.url, station, header), some)
            Charger.dial(guarded.url, station).close()
    refused = dict(zip(names, codes, strict=True))
    assert {name: code for name, code in refused.items() if code != 401} == {}


def test_s1_unknown_id_and_wrong_password_take_the_same_time(
    guarded: GatewayProcess, place: Callable[..., Place], chosen: Place
) -> None:
    targets = {"unknown": UNKNOWN, "generated": place(), "chosen": chosen}
    times: dict[str, list[float]] = {name: [] for name in targets}
    for _ in range(TIMED):
        for name, target in targets.items():
            began = time.monotonic()
            assert refusal(guarded.url, target, password="wrong-password").status_code == 401
            times[name].append(time.monotonic() - began)
    medians = {name: statistics.median(found) for name, found in times.items()}
    print("medians in s:", {name: round(value, 3) for name, value in medians.items()})
    assert max(medians.values()) - min(medians.values()) < 0.06, medians


def test_s2_guessing_is_429_by_attempt_20_and_the_station_is_unhurt(
    guarded: GatewayProcess, place: Callable[..., Place]
) -> None:
    station, neighbour = place(), place()
    with Charger.dial(guarded.url, station) as live:
        with ThreadPoolExecutor(10) as pool:
            guesses = [f"guess-{number:04}" for number in range(20)]
            codes = list(
                pool.map(
                    lambda guess: refusal(guarded.url, station, password=guess).status_code, guesses
                )
            )
        assert set(codes) <= {401, 429}
        assert refusal(guarded.url, station, password="guess-0021").status_code == 429
        assert "currentTime" in live.result("Heartbeat", {})
        Charger.dial(guarded.url, neighbour).close()
        # The station itself, from the very address of the guesser.
        began = time.monotonic()
        Charger.dial(guarded.url, station).close()
        assert time.monotonic() - began < 5


def test_s3_nobody_without_the_key_displaces_a_station(
    guarded: GatewayProcess, place: Callable[..., Place]
) -> None:
    station, own = place(), place()
    with Charger.dial(guarded.url, station) as live:
        epoch = "SELECT epoch FROM infrastructure_stationconnection WHERE station_id = %s"
        live.boot()
        before = station.value(epoch, station.pk)
        # Also not by a station with a key of its own.
        assert refusal(guarded.url, station, user=own.charge_box_id).status_code == 401
        assert refusal(guarded.url, station, password="no-key").status_code == 401
        path = f"/device/ocpp16/{own.charge_box_id}/{station.charge_box_id}"
        assert refusal(guarded.url, own, path=path).status_code == 401
        assert "currentTime" in live.result("Heartbeat", {})
        assert station.value(epoch, station.pk) == before


def test_s4_a_station_cannot_touch_transactions_of_others(
    guarded: GatewayProcess, place: Callable[..., Place]
) -> None:
    victims, attacker = [place("alpha"), place("beta")], place("alpha")
    running = []
    for victim in victims:
        with Charger.dial(guarded.url, victim) as charger:
            charger.boot()
            started = charger.result("StartTransaction", start_payload())
            running.append(started["transactionId"])
    before = [traces(victim) for victim in victims]
    with Charger.dial(guarded.url, attacker) as charger:
        charger.boot()
        for transaction_id in running:
            charger.result("MeterValues", meter_values(transaction_id))
            charger.result("StopTransaction", stop_payload(transaction_id, idTag="TAG"))
            charger.result("StopTransaction", stop_payload(-transaction_id))
    assert [traces(victim) for victim in victims] == before


def traces(place: Place) -> list[tuple[object, ...]]:
    """Return all that a transaction of the station is made of."""
    found: list[tuple[object, ...]] = []
    for table in (
        "charge_records_chargingsession",
        "charge_records_metersample",
        "infrastructure_statuschange",
        "ocpp_messageexchange",
    ):
        found += place.rows(
            f"SELECT t::text FROM {table} t WHERE station_id = %s ORDER BY id", place.pk
        )
    records = "SELECT r::text FROM charge_records_chargerecord r"
    joined = "JOIN charge_records_chargingsession s ON s.id = r.session_id WHERE s.station_id = %s"
    return found + place.rows(f"{records} {joined}", place.pk)
