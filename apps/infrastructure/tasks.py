"""Background work on the infrastructure."""

from django.utils import timezone

from apps.core.tasks import platform_task, send, tenant_task
from apps.infrastructure.services import certificates
from apps.infrastructure.services.authorities import renew_lists
from apps.infrastructure.services.certificate_requests import SIGN
from apps.infrastructure.services.commands import expire_commands
from apps.tenants.selectors import customer_schemas


@tenant_task("infrastructure.expire_commands")
def expire() -> None:
    """Give up commands that waited too long for their station."""
    expire_commands(now=timezone.now())


@platform_task("infrastructure.expire_commands_all")
def expire_all() -> None:
    """Do so for every tenant."""
    for schema_name in customer_schemas():
        send("infrastructure.expire_commands", schema_name, {})


@tenant_task(SIGN)
def sign_certificate(certificate_id: int) -> None:
    """Sign a station's request and send it the certificate."""
    certificates.sign_request(certificate_id, now=timezone.now())


@tenant_task("infrastructure.tend_certificates")
def tend_certificates() -> None:
    """Sign what still waits, have renewed what ends soon, keep the revocation lists fresh."""
    now = timezone.now()
    certificates.sign_waiting(now=now)
    certificates.renew_due(now=now)
    renew_lists(now=now)


@platform_task("infrastructure.tend_certificates_all")
def tend_all_certificates() -> None:
    """Do so for every tenant."""
    for schema_name in customer_schemas():
        send("infrastructure.tend_certificates", schema_name, {})
