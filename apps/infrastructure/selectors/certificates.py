"""Does a client certificate prove a station of this tenant (security profile 3)?"""

from collections.abc import Sequence
from datetime import datetime

from apps.infrastructure.domain.certificates import (
    Authority,
    CertificateFault,
    Expected,
    check_certificate,
)
from apps.infrastructure.models import CertificateAuthority
from apps.infrastructure.selectors.security import security_policy


def certificate_fault(der: bytes, names: Sequence[str], tenant_name: str, *, now: datetime) -> str:
    """Return why the certificate proves none of the station's names; "" if it does."""
    trusted = CertificateAuthority.objects.filter(is_trusted=True)
    expected = Expected(
        security_policy().operator_name or tenant_name,
        names,
        [Authority(*row) for row in trusted.values_list("certificate", "revocation_list")],
    )
    try:
        check_certificate(der, expected, now=now)
    except CertificateFault as fault:
        return str(fault)
    return ""


def has_trusted_authority() -> bool:
    """Say whether anyone signs certificates of the tenant's stations."""
    return CertificateAuthority.objects.filter(is_trusted=True).exists()
