"""What the tenant demands of its stations' passwords and certificates."""

from django.db import transaction

from apps.audit.domain.kinds import Kind
from apps.audit.services.trail import record
from apps.infrastructure.models import CertificateAuthority, SecurityPolicy
from apps.infrastructure.services.passwords import check_length


def security_policy() -> SecurityPolicy:
    """Return the tenant's policy, the defaults where it never set one."""
    return SecurityPolicy.objects.order_by("pk").first() or SecurityPolicy()


def check_password_length(password: str) -> None:
    """Raise PasswordLength unless the password is as long as the tenant demands."""
    check_length(password, shortest=security_policy().shortest_password)


@transaction.atomic
def save_security_policy(policy: SecurityPolicy) -> None:
    """Keep what the tenant demands; it counts from the next password and handshake on."""
    is_new = policy.pk is None
    policy.full_clean()
    policy.save()
    record(
        Kind.CREATED if is_new else Kind.CHANGED,
        None,
        policy,
        after={"shortest": policy.shortest_password, "operator": policy.operator_name},
    )


@transaction.atomic
def save_authority(authority: CertificateAuthority) -> None:
    """Keep an authority of client certificates; it counts from the next handshake on."""
    is_new = authority.pk is None
    authority.full_clean()
    authority.save()
    record(
        Kind.CREATED if is_new else Kind.CHANGED,
        None,
        authority,
        after={"name": authority.name, "is_trusted": authority.is_trusted},
    )
