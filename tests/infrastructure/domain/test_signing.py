"""Which requests of stations are signed, and what the authority makes of them; no database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from apps.infrastructure.domain.certificates import (
    Authority,
    CertificateFault,
    Expected,
    check_authority,
    check_certificate,
)
from apps.infrastructure.domain.signing import (
    CHAIN_MAX,
    LIST_VALID,
    REQUEST_MAX,
    Issuer,
    KeyKind,
    common_name,
    der,
    facts_of,
    is_due,
    is_signed_by,
    issue,
    key_text,
    list_end,
    make_list,
    make_root,
    pem,
    read_chain,
    read_issuer,
    read_request,
    revoked_entry,
    revoked_in,
)
from tests.ocpp.security.certificates import (
    ec_key,
    request_of,
    rsa_key,
    with_broken_signature,
)

pytestmark = pytest.mark.req("OCP-05")

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
NAMES = ("SERIAL-7", "CB-1")
EXPECTED = Expected("Alpha", NAMES, ())


def root(name: str = "Charge authority", **fields: object) -> Issuer:
    options: dict[str, object] = {"kind": KeyKind.EC_P256, "until": NOW + 3650 * DAY, **fields}
    return make_root(name, "Alpha", now=NOW, **options)  # type: ignore[arg-type]


ROOT = root()
# Of a key that was thrown away; the library makes no such request any more.
BY_SHA1 = """
-----BEGIN CERTIFICATE REQUEST-----
MIHaMIGBAgEAMB8xDjAMBgNVBAoMBUFscGhhMQ0wCwYDVQQDDARDQi0xMFkwEwYH
KoZIzj0CAQYIKoZIzj0DAQcDQgAERQFo3DN+micWsN8ooLVYtS+8FMhfnOwpCLau
b6ha/zJA6Sr3RH+TQ0f2YODLXiyUA6FMOV23wYc+wu57+6tdO6AAMAkGByqGSM49
BAEDSQAwRgIhAKfaQ9hdpDzocsk0bAB+SWZS750RwET48q1VfAK66nElAiEA/ASR
m3RfZlHkODgKjq7rfvlheIcluRadZr7xP2KqY5c=
-----END CERTIFICATE REQUEST-----
"""


def signed(text: str, issuer: Issuer = ROOT, *, days: int = 365) -> x509.Certificate:
    return issue(read_request(text, EXPECTED), issuer, days=days, now=NOW)


@pytest.mark.parametrize(
    "make",
    [
        lambda: request_of("CB-1"),
        lambda: request_of("cb-1"),
        lambda: request_of("SERIAL-7"),
        lambda: request_of("CB-1", key=rsa_key(2048)),
        lambda: request_of("CB-1", key=ec_key(ec.SECP224R1())),
        lambda: request_of("CB-1", key=ec_key(ec.SECP384R1()), digest=hashes.SHA384()),
    ],
)
def test_request_when_it_is_the_stations_own_then_it_may_be_signed(make: Callable[[], str]) -> None:
    assert common_name(read_request(make(), EXPECTED)).casefold() in {"cb-1", "serial-7"}


@pytest.mark.parametrize(
    "make, reason",
    [
        (lambda: request_of("CB-2"), "the CN"),
        (lambda: request_of("CB-10"), "the CN"),
        (lambda: request_of("CB-1", operator="Beta"), "the O"),
        (lambda: request_of("CB-1", operator="alpha"), "the O"),
        (lambda: request_of("CB-1", operator=None), "the O"),
        (lambda: request_of("CB-1", key=rsa_key(1024)), "too short"),
        (lambda: request_of("CB-1", key=ec_key(ec.SECP192R1())), "too short"),
        (lambda: request_of("CB-1", key=ed25519.Ed25519PrivateKey.generate()), "another kind"),
        (lambda: BY_SHA1, "weaker than SHA-256"),
        (lambda: with_broken_signature(request_of("CB-1")), "not signed by its own key"),
        (lambda: request_of("CB-1") + " " * REQUEST_MAX, "longer than 5500"),
        (lambda: "", "not a certificate request"),
        (lambda: "nonsense", "not a certificate request"),
        (lambda: pem(ROOT.certificate), "not a certificate request"),
    ],
)
def test_request_when_anything_is_wrong_then_refused_with_its_reason(
    make: Callable[[], str], reason: str
) -> None:
    with pytest.raises(CertificateFault, match=reason):
        read_request(make(), EXPECTED)


def test_certificate_when_issued_then_our_own_check_lets_the_station_in() -> None:
    certificate = signed(request_of("cb-1"))
    expected = Expected("Alpha", NAMES, [Authority(pem(ROOT.certificate))])
    check_certificate(der(certificate), expected, now=NOW)
    check_certificate(der(certificate), expected, now=NOW + 364 * DAY)
    with pytest.raises(CertificateFault, match="not valid"):
        check_certificate(der(certificate), expected, now=NOW + 366 * DAY)
    assert is_signed_by(certificate, pem(ROOT.certificate))
    assert not is_signed_by(certificate, pem(root().certificate))


def test_certificate_when_asked_for_an_authoritys_then_it_is_a_clients_all_the_same() -> None:
    certificate = signed(request_of("CB-1", is_authority=True))
    extensions = certificate.extensions
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        ExtendedKeyUsageOID.CLIENT_AUTH
    ]
    assert not extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign


def test_certificate_when_the_authority_ends_sooner_then_it_ends_with_it() -> None:
    short = root(until=NOW + 10 * DAY)
    assert signed(request_of("CB-1"), short).not_valid_after_utc == NOW + 10 * DAY


def test_certificates_when_signed_for_one_request_then_their_numbers_differ() -> None:
    text = request_of("CB-1")
    first, second = facts_of(signed(text)), facts_of(signed(text))
    assert first.serial_number != second.serial_number
    assert first.fingerprint != second.fingerprint
    assert first.key_digest == second.key_digest
    assert first.subject == "CN=CB-1,O=Alpha"


@pytest.mark.parametrize("kind, bits", [(KeyKind.EC_P256, 256), (KeyKind.RSA_3072, 3072)])
def test_authority_when_made_then_our_own_form_takes_it_and_it_signs(
    kind: KeyKind, bits: int
) -> None:
    made = root(kind=kind)
    assert made.key.key_size == bits
    assert isinstance(made.key, rsa.RSAPrivateKey) is (kind is KeyKind.RSA_3072)
    text = make_list(made, [], number=1, now=NOW)
    check_authority(pem(made.certificate), text)
    again = read_issuer(pem(made.certificate), key_text(made.key))
    assert is_signed_by(signed(request_of("CB-1"), again), pem(made.certificate))
    assert len(pem(signed(request_of("CB-1", key=rsa_key(4096)), again))) * 2 < CHAIN_MAX


def test_authority_when_the_key_is_another_ones_then_not_read() -> None:
    with pytest.raises(ValueError, match="another certificate"):
        read_issuer(pem(ROOT.certificate), key_text(root().key))


def test_list_when_a_certificate_is_on_it_then_that_one_is_refused_and_no_other() -> None:
    text = request_of("CB-1")
    kept, lost = signed(text), signed(text)
    entry = revoked_entry(facts_of(lost).serial_number, NOW)
    first = make_list(ROOT, [entry], number=2, now=NOW)
    again = make_list(ROOT, revoked_in(first), number=3, now=NOW + DAY)
    expected = Expected("Alpha", NAMES, [Authority(pem(ROOT.certificate), again)])
    check_certificate(der(kept), expected, now=NOW)
    with pytest.raises(CertificateFault, match="revoked"):
        check_certificate(der(lost), expected, now=NOW)
    assert list_end(again) == NOW + DAY + LIST_VALID
    number = x509.load_pem_x509_crl(again.encode()).extensions.get_extension_for_class(
        x509.CRLNumber
    )
    assert number.value.crl_number == 3


@pytest.mark.parametrize(
    "life, left, due",
    [
        (365, 31, False),
        (365, 30, True),
        (365, 0, True),
        (365, -5, True),
        (30, 11, False),
        (30, 10, True),
        (7, 3, False),
        (7, 2, True),
    ],
)
def test_renewal_when_the_end_is_near_then_due(life: int, left: int, due: bool) -> None:
    until = NOW + left * DAY
    assert is_due(until - life * DAY, until, now=NOW) is due


def test_chain_when_read_then_the_stations_own_is_the_first() -> None:
    own = signed(request_of("CB-1"))
    assert read_chain(pem(own) + pem(ROOT.certificate)) == [own, ROOT.certificate]
    for text, reason in (("nonsense", "in PEM"), (pem(own) * 20, "longer than")):
        with pytest.raises(CertificateFault, match=reason):
            read_chain(text)
