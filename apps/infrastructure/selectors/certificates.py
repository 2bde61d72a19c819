"""Reading certificates: whose count, which a station has, which end soon (security profile 3)."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from apps.infrastructure.choices import (
    AUTHORITY_SIGNS_BADGE,
    AUTHORITY_TRUSTED_BADGE,
    AUTHORITY_UNTRUSTED_BADGE,
    AUTHORITY_WITHDRAWN_BADGE,
    CERTIFICATE_EXPIRED_BADGE,
    CERTIFICATE_EXPIRING_BADGE,
    CERTIFICATE_STATE_BADGES,
)
from apps.infrastructure.domain.certificates import (
    Authority,
    CertificateFault,
    Expected,
    check_certificate,
)
from apps.infrastructure.domain.security import CertificateState
from apps.infrastructure.domain.signing import RENEWED_BEFORE, end_of
from apps.infrastructure.models import CertificateAuthority, Station, StationCertificate
from apps.infrastructure.selectors.security import operator_name, security_policy
from apps.portal.badges import Badge

NEWEST = 20
# Before its end an authority signs for less than a whole term: time for the next one.
AUTHORITY_ENDS_SOON = timedelta(days=180)


def trusted_authorities() -> list[Authority]:
    """Return whose signature counts, with what each has revoked."""
    trusted = CertificateAuthority.objects.filter(is_trusted=True)
    return [Authority(*row) for row in trusted.values_list("certificate", "revocation_list")]


def certificate_fault(
    der: bytes, names: Sequence[str], tenant_name: str, *, station_id: int, now: datetime
) -> str:
    """Return why the certificate does not prove the station; "" if it does."""
    operator = security_policy().operator_name or tenant_name
    expected = Expected(operator, names, trusted_authorities())
    try:
        check_certificate(der, expected, now=now)
    except CertificateFault as fault:
        return str(fault)
    return recorded_fault(der, station_id)


def recorded_fault(der: bytes, station_id: int) -> str:
    """Return what our own records say against a certificate; "" where they say nothing.

    A station tells its serial number itself: one that told another's could have it signed, so a
    certificate that is on record opens the socket of the station that it was given to, no other.
    """
    noted = StationCertificate.objects.filter(fingerprint=hashlib.sha256(der).hexdigest())
    found = noted.order_by().values_list("station_id", "state")
    if any(state == CertificateState.REVOKED for _owner, state in found):
        return "revoked"
    if found and all(owner != station_id for owner, _state in found):
        return "given to another station"
    return ""


def has_trusted_authority() -> bool:
    """Say whether anyone signs certificates of the tenant's stations."""
    return CertificateAuthority.objects.filter(is_trusted=True).exists()


def signing_authority() -> CertificateAuthority | None:
    """Return the authority that signs requests here; None where somebody outside does, or nobody.

    `is_signing` is true of one at most.
    """
    return CertificateAuthority.objects.filter(is_signing=True, is_trusted=True).first()


def expected_of(station: Station) -> Expected:
    """Return what a certificate of the station, or its request for one, must say."""
    names = (station.serial_number, station.charge_box_id)
    return Expected(operator_name(), names, trusted_authorities())


def certificates_of(station: Station) -> list[StationCertificate]:
    """Return the station's newest certificates and requests, newest first."""
    rows = station.certificates.select_related("authority", "requested_by", "command", "station")
    return list(rows.order_by("-requested_at", "-pk")[:NEWEST])


def open_request(station: Station) -> StationCertificate | None:
    """Return the station's request that nobody has signed yet."""
    waiting = station.certificates.filter(state=CertificateState.REQUESTED.value)
    return waiting.order_by("-requested_at", "-pk").first()


def expiring(now: datetime) -> Q:
    """Return the condition for certificates in use that end within 30 days."""
    return Q(state=CertificateState.ACCEPTED.value, valid_until__gt=now) & Q(
        valid_until__lte=now + RENEWED_BEFORE
    )


def expired(now: datetime) -> Q:
    """Return the condition for certificates that were in use when they ended."""
    return Q(state=CertificateState.ACCEPTED.value, valid_until__lte=now)


def stations_with(condition: Q) -> QuerySet[Any]:
    """Return the keys of stations that have such a certificate."""
    return StationCertificate.objects.filter(condition).order_by().values("station")


def authority_badges(authority: CertificateAuthority, *, now: datetime) -> list[Badge]:
    """Return what holds of an authority: does it count, does it sign, does it end soon?"""
    if authority.withdrawn_at is not None:
        return [AUTHORITY_WITHDRAWN_BADGE]
    if not authority.is_trusted:
        return [AUTHORITY_UNTRUSTED_BADGE]
    badges = [AUTHORITY_SIGNS_BADGE if authority.is_signing else AUTHORITY_TRUSTED_BADGE]
    ends = end_of(authority.certificate)
    if ends is not None and ends <= now:
        badges.append(CERTIFICATE_EXPIRED_BADGE)
    elif ends is not None and ends <= now + AUTHORITY_ENDS_SOON:
        badges.append(CERTIFICATE_EXPIRING_BADGE)
    return badges


def certificate_badge(row: StationCertificate, *, now: datetime) -> Badge:
    """Return how far the certificate got; one in use tells when it ends soon, or has ended."""
    if row.state == CertificateState.ACCEPTED and row.valid_until is not None:
        if row.valid_until <= now:
            return CERTIFICATE_EXPIRED_BADGE
        if row.valid_until <= now + RENEWED_BEFORE:
            return CERTIFICATE_EXPIRING_BADGE
    return CERTIFICATE_STATE_BADGES[row.state]
