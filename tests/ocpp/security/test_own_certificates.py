"""A charger gets its certificate from the tenant's own authority and opens with it, over TLS."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from django.db import connection
from django.utils import timezone

from apps.accounts.models import User
from apps.infrastructure.domain.signing import facts_of, read_chain
from apps.infrastructure.models import (
    CertificateAuthority,
    SecurityEvent,
    Station,
    StationCertificate,
)
from apps.infrastructure.services.authorities import (
    AuthorityPlan,
    create_authority,
    withdraw_authority,
)
from apps.infrastructure.services.certificates import ask_for_request, revoke_certificate
from apps.infrastructure.services.password_changes import set_security_profile
from apps.ocpp.simulator import SimulatedCharger
from apps.ocpp.simulator.frames import Call
from apps.ocpp.simulator.link import HandshakeRefusedError
from tests.conftest import STATION_KEY
from tests.ocpp.gateway.clients import Charger, Place, eventually
from tests.ocpp.gateway.servers import GatewayProcess, daphne_tls, free_port
from tests.ocpp.security.certificates import Authority, request_of

pytestmark = pytest.mark.req("OCP-05")

SERVER = Authority.make("Server authority")


@pytest.fixture(scope="module")
def url(committed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The gateway in our own server, which ends TLS itself."""
    folder, port = tmp_path_factory.mktemp("own"), free_port()
    usage = ExtendedKeyUsageOID.SERVER_AUTH
    file = SERVER.issue("127.0.0.1", usage=usage).write(folder / "server.pem")
    with GatewayProcess(folder / "gateway.log", command=daphne_tls(port, file)):
        yield f"wss://127.0.0.1:{port}"


@pytest.fixture
def trusts(tmp_path: Path) -> Callable[[], ssl.SSLContext]:
    """What makes a charger's context that trusts our server and no other."""
    root = tmp_path / "root.pem"
    root.write_text(SERVER.pem)

    def make() -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(root))
        context.check_hostname = False
        return context

    return make


@pytest.fixture
def admin(station: Place, make_user: Callable[..., User]) -> User:
    return station.look(lambda: make_user("admin"))


@pytest.fixture
def own(station: Place, admin: User) -> Iterator[CertificateAuthority]:
    """The tenant's own authority, as its admin makes it."""
    plan = AuthorityPlan(name=f"Ours of {station.charge_box_id}")
    made = station.look(lambda: create_authority(plan, actor=admin, now=timezone.now()))
    yield made
    station.look(lambda: withdraw_authority(made, actor=admin, now=timezone.now()))


def rows(station: Place) -> list[StationCertificate]:
    return station.look(
        lambda: list(StationCertificate.objects.filter(station_id=station.pk).order_by("pk"))
    )


def states(station: Place) -> list[str]:
    return [row.state for row in rows(station)]


def is_told_to_ask(station: Place, admin: User) -> None:
    """Press "Renew now" on the station's page."""

    def press() -> None:
        row = Station.objects.get(pk=station.pk)
        ask_for_request(row, tells_name=True, actor=admin, now=timezone.now())

    station.look(press)


def demand_profile_3(station: Place, admin: User) -> None:
    def demand() -> None:
        row = Station.objects.get(pk=station.pk)
        set_security_profile(row, 3, actor=admin, now=timezone.now())

    station.look(demand)


def revoke_newest(station: Place, admin: User) -> None:
    row = rows(station)[-1]
    station.look(lambda: revoke_certificate(row, actor=admin, now=timezone.now()))


async def beside(work: Callable[[], object]) -> None:
    """Do what asks the database while the charger lives on."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    await asyncio.to_thread(run)


async def until(condition: Callable[[], bool]) -> None:
    await beside(lambda: eventually(condition))


def test_charger_when_told_to_ask_then_signed_installed_and_in_by_certificate_until_revoked(
    url: str,
    station: Place,
    own: CertificateAuthority,
    admin: User,
    trusts: Callable[[], ssl.SSLContext],
) -> None:
    charger = SimulatedCharger(url, station.charge_box_id, password=STATION_KEY, make_tls=trusts)

    async def live() -> None:
        await charger.connect()
        await charger.boot()
        await beside(lambda: is_told_to_ask(station, admin))
        await until(lambda: states(station) == ["accepted"])
        # The second one is asked for by the charger itself, and takes the first one's place.
        assert await charger.ask_certificate() == "Accepted"
        await until(lambda: states(station) == ["replaced", "accepted"])
        await charger.close()
        actions = [frame.action for frame in charger.link.received if isinstance(frame, Call)]
        assert actions == [
            "ChangeConfiguration", "ExtendedTriggerMessage", "CertificateSigned",
            "CertificateSigned",
        ]  # fmt: skip

        await beside(lambda: demand_profile_3(station, admin))
        charger.password = None
        await charger.connect()
        assert "currentTime" in await charger.heartbeat()
        await charger.close()

        kept, charger.keyring.key = charger.keyring.key, None
        with pytest.raises(HandshakeRefusedError, match="401"):
            await charger.connect()
        charger.keyring.key = kept

        await beside(lambda: revoke_newest(station, admin))
        with pytest.raises(HandshakeRefusedError, match="401"):
            await charger.connect()

    asyncio.run(live())
    first, second = rows(station)
    assert (first.origin, first.requested_by_id, second.origin) == ("person", admin.pk, "station")
    own_certificate = read_chain(charger.keyring.chain)[0]
    assert facts_of(own_certificate).serial_number == second.serial_number
    events = station.look(
        lambda: set(
            SecurityEvent.objects.filter(station_id=station.pk).values_list("type", flat=True)
        )
    )
    assert {"CertificateRevoked", "CertificateRefused"} <= events


def test_answer_when_signed_at_once_then_it_is_there_before_the_certificate(
    gateway: GatewayProcess, station: Place, own: CertificateAuthority
) -> None:
    with Charger.dial(gateway.url, station) as charger:
        for number in range(5):
            message_id = f"ask-{number}"
            text = request_of(station.charge_box_id)
            charger.socket.send(f'[2,"{message_id}","SignCertificate",{{"csr":{json_text(text)}}}]')
            first, second = (charger.next(lambda frame: True) for _time in range(2))
            assert first == [3, message_id, {"status": "Accepted"}]
            assert second[:1] + second[2:3] == [2, "CertificateSigned"]
            charger.reply(second, {"status": "Accepted"})


def json_text(text: str) -> str:
    return '"' + text.replace("\n", "\\n") + '"'


def test_flood_when_it_comes_then_each_is_answered_and_few_are_kept(
    gateway: GatewayProcess, station: Place, own: CertificateAuthority
) -> None:
    with Charger.dial(gateway.url, station) as charger:
        charger.boot()
        request = request_of("another-station")
        answers = [
            charger.result("SignCertificate", {"csr": request})["status"] for _time in range(40)
        ]
        assert answers == ["Rejected"] * 40
    assert rows(station) == []
    noted = station.look(
        lambda: list(
            SecurityEvent.objects.filter(station_id=station.pk)
            .order_by("pk")
            .values_list("type", "count")
        )
    )
    assert noted == [("CertificateRequestRefused", 5), ("TooManyCertificateRequests", 35)]


def test_charger_when_what_comes_is_not_for_its_key_then_refused_and_reported(
    url: str, station: Place, own: CertificateAuthority, trusts: Callable[[], ssl.SSLContext]
) -> None:
    charger = SimulatedCharger(url, station.charge_box_id, password=STATION_KEY, make_tls=trusts)
    charger.configuration.force("CpoName", "Alpha")

    async def live() -> None:
        async with charger:
            await charger.boot()
            charger.keyring.take = lambda chain: False  # type: ignore[method-assign]
            assert await charger.ask_certificate() == "Accepted"
            await until(lambda: states(station) == ["refused"])
            await until(lambda: "InvalidChargePointCertificate" in reported(station))

    asyncio.run(live())


def reported(station: Place) -> list[str]:
    statement = (
        "SELECT type FROM infrastructure_securityevent WHERE station_id = %s AND source = 'station'"
    )
    return [row[0] for row in station.rows(statement, station.pk)]
