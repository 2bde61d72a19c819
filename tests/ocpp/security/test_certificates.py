"""Which client certificate proves a station (security profile 3); no socket, no database."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from apps.infrastructure.domain.certificates import (
    Authority as Trusted,
)
from apps.infrastructure.domain.certificates import (
    CertificateFault,
    Expected,
    check_authority,
    check_certificate,
)
from tests.ocpp.security.certificates import Authority, Issued, ec_key, rsa_key

pytestmark = pytest.mark.req("OCP-05")

OURS, FOREIGN = Authority.make(), Authority.make()
REVOKED = OURS.issue("CB-1")
EXPECTED = Expected(
    "Alpha", ("SERIAL-7", "CB-1"), [Trusted(OURS.pem, OURS.revocation_list(REVOKED))]
)


def check(issued: Issued, expected: Expected = EXPECTED) -> None:
    check_certificate(issued.der, expected, now=datetime.now(UTC))


@pytest.mark.parametrize(
    "make",
    [
        lambda: OURS.issue("CB-1"),
        lambda: OURS.issue("cb-1"),
        lambda: OURS.issue("SERIAL-7"),
        lambda: OURS.issue("CB-1", key=rsa_key()),
        lambda: OURS.issue("CB-1", key=ec_key(ec.SECP224R1())),
    ],
)
def test_the_stations_own_certificate_passes(make: Callable[[], Issued]) -> None:
    check(make())


@pytest.mark.parametrize(
    "make, reason",
    [
        (lambda: FOREIGN.issue("CB-1"), "no authority"),
        (lambda: OURS.issue("CB-2"), "CN"),
        (lambda: OURS.issue("CB-10"), "CN"),
        (lambda: OURS.issue("CB-1", operator="Beta"), "the O"),
        (lambda: OURS.issue("CB-1", key=rsa_key(1024)), "too short"),
        (lambda: OURS.issue("CB-1", key=ec_key(ec.SECP192R1())), "too short"),
        (lambda: OURS.issue("CB-1", days=(-10, -1)), "not valid"),
        (lambda: OURS.issue("CB-1", days=(1, 10)), "not valid"),
        (lambda: OURS.issue("CB-1", usage=ExtendedKeyUsageOID.SERVER_AUTH), "not made for"),
        (lambda: REVOKED, "revoked"),
        (lambda: OURS, "the O"),
    ],
)
def test_any_other_certificate_is_refused(make: Callable[[], Issued], reason: str) -> None:
    with pytest.raises(CertificateFault, match=reason):
        check(make())


@pytest.mark.parametrize("der", [b"", b"nonsense", b"0" * 5000])
def test_what_is_no_certificate_is_refused(der: bytes) -> None:
    with pytest.raises(CertificateFault):
        check_certificate(der, EXPECTED, now=datetime.now(UTC))


def test_an_authority_is_kept_only_with_its_own_list() -> None:
    check_authority(OURS.pem, OURS.revocation_list())
    for certificate, crl, reason in (
        (OURS.issue("CB-1").pem, "", "authority"),
        ("no PEM", "", "PEM"),
        (OURS.pem, FOREIGN.revocation_list(), "not signed"),
        (OURS.pem, "no list", "revocation list"),
    ):
        with pytest.raises(CertificateFault, match=reason):
            check_authority(certificate, crl)
