"""Security extension: passwords, certificates, logs, signed firmware, TLS, subprotocols."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from django.utils import timezone

from apps.accounts.models import User
from apps.infrastructure.models import CertificateAuthority, Station, StationCertificate
from apps.infrastructure.services.authorities import AuthorityPlan, create_authority
from apps.infrastructure.services.password_changes import push_password, set_security_profile
from apps.ocpp.schemas import Kind, validate
from apps.vocabulary.commands import Command
from tests.conftest import STATION_KEY
from tests.ocpp.conformance.cases import case
from tests.ocpp.conformance.posts import ACCEPTED, Dial, Post
from tests.ocpp.gateway.clients import Charger, Place, eventually, refusal, time_text
from tests.ocpp.gateway.servers import GatewayProcess, daphne_tls, free_port
from tests.ocpp.security.certificates import Authority, ec_key, request_of

NEW_KEY = "0123456789abcdef0123456789abcdef01234567"
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
HASHES = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "ab12",
    "issuerKeyHash": "cd34",
    "serialNumber": "0815",
}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.make()


@pytest.fixture
def trusted(post: Post, authority: Authority) -> Iterator[None]:
    """Let the post's tenant trust the authority."""
    row = CertificateAuthority(name="Authority", certificate=authority.pem)
    post.place.look(row.save)
    yield
    post.place.look(row.delete)


@pytest.fixture
def own(post: Post, operator: User) -> Iterator[CertificateAuthority]:
    """An authority of the tenant's own, which signs."""
    plan, now = AuthorityPlan(name="Ours"), timezone.now()
    made = post.place.look(lambda: create_authority(plan, actor=operator, now=now))
    yield made
    post.place.look(StationCertificate.objects.all().delete)
    post.place.look(made.delete)


@pytest.fixture
def operator(post: Post, make_user: Callable[..., User]) -> User:
    return post.place.look(lambda: make_user("admin"))


def reports_event(post: Post, kind: str) -> None:
    """Report a security event; the station's page shows it."""
    payload = {"type": kind, "timestamp": time_text()}
    assert post.sends("SecurityEventNotification", payload) == {}
    assert post.security_events()[-1] == kind


@case("TC_073_CSMS")
def test_a_new_password_is_pushed_and_the_old_one_ends(
    gateway: GatewayProcess, post: Post, dial: Dial, operator: User
) -> None:
    def push() -> int:
        station = Station.objects.get(pk=post.place.pk)
        return push_password(
            station, NEW_KEY, generated=True, actor=operator, now=timezone.now()
        ).pk

    pk = post.place.look(push)
    frame = post.is_asked("ChangeConfiguration", {"key": "AuthorizationKey", "value": NEW_KEY})
    post.charger.reply(frame, ACCEPTED)
    assert post.ended(pk).verdict == "Accepted"
    post.close()
    assert refusal(gateway.url, post.place, password=STATION_KEY).status_code == 401
    dial(post.place, password=NEW_KEY)


def is_asked_for_a_request(post: Post) -> ec.EllipticCurvePrivateKey:
    """Ask the station to have a new certificate signed; it sends its request. Return its key."""
    post.is_commanded(
        Command.EXTENDED_TRIGGER_MESSAGE,
        {"message": "sign_certificate"},
        gets=("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}),
        answers=ACCEPTED,
    )
    key = ec_key()
    request = request_of(post.place.charge_box_id, key=key)
    assert post.sends("SignCertificate", {"csr": request}) == ACCEPTED
    return key


def gets_certificate(
    post: Post, key: ec.EllipticCurvePrivateKey, root: str, *, answer: str, shown: str
) -> None:
    """The station gets a certificate for its key, signed by the root, and answers; so it stands."""
    frame = post.charger.command()
    assert frame[2] == "CertificateSigned"
    assert validate(frame[2], Kind.REQUEST, frame[3]).ok
    own, above = x509.load_pem_x509_certificates(frame[3]["certificateChain"].encode())
    assert above == x509.load_pem_x509_certificate(root.encode())
    own.verify_directly_issued_by(above)
    assert own.public_key() == key.public_key()
    assert own.subject.rfc4514_string() == f"CN={post.place.charge_box_id},O=Alpha"
    post.charger.reply(frame, {"status": answer})
    state = "SELECT state FROM infrastructure_stationcertificate WHERE station_id = %s"
    eventually(lambda: post.place.value(state, post.place.pk) == shown)


@case("TC_074_CSMS")
def test_a_certificate_is_renewed_on_demand(post: Post, own: CertificateAuthority) -> None:
    key = is_asked_for_a_request(post)
    gets_certificate(post, key, own.certificate, answer="Accepted", shown="accepted")


def is_given_root(post: Post, use: str, word: str, answer: str = "Accepted") -> None:
    post.is_commanded(
        Command.INSTALL_CERTIFICATE,
        {"use": use, "certificate": PEM},
        gets=("InstallCertificate", {"certificateType": word, "certificate": PEM}),
        answers={"status": answer},
    )


def lists_roots(post: Post, use: str, word: str) -> None:
    row = post.is_commanded(
        Command.GET_INSTALLED_CERTIFICATES,
        {"use": use},
        gets=("GetInstalledCertificateIds", {"certificateType": word}),
        answers={"status": "Accepted", "certificateHashData": [HASHES]},
    )
    assert row.answer["certificateHashData"] == [HASHES]


@case("TC_075_1_CSMS")
def test_a_root_of_the_manufacturer_is_installed_and_listed(post: Post) -> None:
    is_given_root(post, "manufacturer_root", "ManufacturerRootCertificate")
    lists_roots(post, "manufacturer_root", "ManufacturerRootCertificate")


@case("TC_075_2_CSMS")
def test_a_root_of_the_central_system_is_installed_and_listed(post: Post) -> None:
    is_given_root(post, "central_system_root", "CentralSystemRootCertificate")
    lists_roots(post, "central_system_root", "CentralSystemRootCertificate")


@case("TC_076_CSMS")
def test_a_listed_certificate_is_deleted(post: Post) -> None:
    lists_roots(post, "central_system_root", "CentralSystemRootCertificate")
    post.is_commanded(
        Command.DELETE_CERTIFICATE,
        {
            "hash_algorithm": "SHA256",
            "issuer_name_hash": "ab12",
            "issuer_key_hash": "cd34",
            "serial_number": "0815",
        },
        gets=("DeleteCertificate", {"certificateHashData": HASHES}),
        answers=ACCEPTED,
    )


@case("TC_077_CSMS")
def test_a_certificate_that_the_station_refuses_is_an_event(
    post: Post, own: CertificateAuthority
) -> None:
    key = is_asked_for_a_request(post)
    gets_certificate(post, key, own.certificate, answer="Rejected", shown="refused")
    reports_event(post, "InvalidChargePointCertificate")


@case("TC_078_CSMS")
def test_a_root_that_the_station_refuses_is_an_event(post: Post) -> None:
    is_given_root(post, "central_system_root", "CentralSystemRootCertificate", "Rejected")
    reports_event(post, "InvalidCentralSystemCertificate")


@case("TC_079_CSMS")
def test_the_security_log_is_uploaded(post: Post) -> None:
    row = post.is_commanded(
        Command.GET_LOG,
        {"type": "security", "request_id": 4, "location": "https://files.example/logs"},
        gets=(
            "GetLog",
            {
                "logType": "SecurityLog",
                "requestId": 4,
                "log": {"remoteLocation": "https://files.example/logs"},
            },
        ),
        answers={"status": "Accepted", "filename": "security.log"},
    )
    assert row.answer["filename"] == "security.log"
    for status in ("Uploading", "Uploaded"):
        payload = {"status": status, "requestId": 4}
        assert post.sends("LogStatusNotification", payload) == {}
        assert post.station("diagnostics_status") == status


def gets_firmware(post: Post) -> None:
    """Command a signed update."""
    at = "2026-03-09T02:00:00.000Z"
    firmware = {
        "location": "https://firmware.example/1.bin",
        "retrieveDateTime": at,
        "signingCertificate": PEM,
        "signature": "c2lnbmF0dXJl",
    }
    post.is_commanded(
        Command.UPDATE_FIRMWARE_SIGNED,
        {
            "request_id": 6,
            "location": "https://firmware.example/1.bin",
            "retrieve_at": at,
            "signing_certificate": PEM,
            "signature": "c2lnbmF0dXJl",
        },
        gets=("SignedUpdateFirmware", {"requestId": 6, "firmware": firmware}),
        answers=ACCEPTED,
    )


def tells(post: Post, *statuses: str) -> None:
    """Report steps of a signed update; the portal shows each."""
    for status in statuses:
        payload = {"status": status, "requestId": 6}
        assert post.sends("SignedFirmwareStatusNotification", payload) == {}
        assert post.station("firmware_status") == status


@case("TC_080_CSMS")
def test_signed_firmware_is_installed(post: Post) -> None:
    gets_firmware(post)
    tells(post, "Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting")
    post.boots()
    tells(post, "Installed")
    reports_event(post, "FirmwareUpdated")


@case("TC_081_CSMS")
def test_firmware_with_a_wrong_signature_is_an_event(post: Post) -> None:
    gets_firmware(post)
    tells(post, "Downloading", "Downloaded", "InvalidSignature")
    reports_event(post, "InvalidFirmwareSignature")


@case("TC_085_CSMS")
def test_the_right_password_opens_the_socket_and_only_that(
    gateway: GatewayProcess, post: Post, dial: Dial
) -> None:
    post.close()
    assert refusal(gateway.url, post.place, password="not-the-key-0123").status_code == 401
    dial(post.place)


@case("TC_088_CSMS")
def test_the_subprotocol_that_both_speak_is_chosen(gateway: GatewayProcess, post: Post) -> None:
    unknown = Charger.dial(gateway.url, post.place, subprotocols=["ocpp0.1"])
    assert (unknown.socket.subprotocol, unknown.closed_with()) == (None, 1002)
    with Charger.dial(gateway.url, post.place, subprotocols=["ocpp0.1", "ocpp1.6"]) as charger:
        assert charger.socket.subprotocol == "ocpp1.6"


# Over TLS


@dataclass(frozen=True)
class TlsGateway:
    """A gateway of its own that speaks TLS; `context` trusts it."""

    url: str
    folder: Path
    authority: Authority

    def context(self, client: str = "") -> ssl.SSLContext:
        """Return a client's context, with a certificate for the station `client` if any."""
        root = self.folder / "root.pem"
        root.write_text(self.authority.pem)
        context = ssl.create_default_context(cafile=str(root))
        context.check_hostname = False
        if client:
            context.load_cert_chain(self.authority.issue(client).write(self.folder / "client.pem"))
        return context


@pytest.fixture(scope="module")
def tls(
    committed: None, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TlsGateway]:
    folder, tls_port = tmp_path_factory.mktemp("tls"), free_port()
    issued = authority.issue("127.0.0.1", usage=ExtendedKeyUsageOID.SERVER_AUTH)
    file = issued.write(folder / "server.pem")

    with GatewayProcess(folder / "gateway.log", command=daphne_tls(tls_port, file)):
        yield TlsGateway(f"wss://127.0.0.1:{tls_port}", folder, authority)


def powered_up(tls: TlsGateway, place: Place, *, client: str = "") -> Post:
    """Dial in over TLS and boot."""
    return Post.powered_up(tls.url, place, tls=tls.context(client))


@case("TC_083_CSMS")
def test_a_station_is_raised_to_a_higher_security_profile(
    gateway: GatewayProcess, post: Post, tls: TlsGateway, operator: User
) -> None:
    sent = {"key": "SecurityProfile", "value": "2"}
    post.is_commanded(
        Command.CHANGE_CONFIGURATION, sent, gets=("ChangeConfiguration", sent), answers=ACCEPTED
    )
    post.is_commanded(
        Command.RESTART, {"hard": True}, gets=("Reset", {"type": "Hard"}), answers=ACCEPTED
    )
    post.close()

    def demand() -> None:
        station = Station.objects.get(pk=post.place.pk)
        set_security_profile(station, 2, actor=operator, now=timezone.now())

    post.place.look(demand)
    powered_up(tls, post.place).close()
    assert refusal(gateway.url, post.place).status_code == 401


@case("TC_086_CSMS")
def test_a_station_proves_the_server_and_opens_with_its_password(
    post: Post, tls: TlsGateway
) -> None:
    post.close()
    over_tls = powered_up(tls, post.place)
    assert "currentTime" in over_tls.sends("Heartbeat", {})
    over_tls.close()
    with pytest.raises(ssl.SSLCertVerificationError):
        Post.powered_up(tls.url, post.place, tls=ssl.create_default_context())


@case("TC_087_CSMS")
def test_a_station_opens_with_its_certificate(
    post: Post, tls: TlsGateway, trusted: None, operator: User
) -> None:
    def demand() -> None:
        station = Station.objects.get(pk=post.place.pk)
        set_security_profile(station, 3, actor=operator, now=timezone.now())

    post.place.look(demand)
    post.close()
    over_tls = powered_up(tls, post.place, client=post.place.charge_box_id)
    assert "currentTime" in over_tls.sends("Heartbeat", {})
    over_tls.close()
    assert refusal(tls.url, post.place, tls=tls.context()).status_code == 401
