"""What the tenant demands of its stations' passwords and certificates."""

from apps.infrastructure.models import SecurityPolicy
from apps.infrastructure.services.passwords import check_length


def security_policy() -> SecurityPolicy:
    """Return the tenant's policy, the defaults where it never set one."""
    return SecurityPolicy.objects.order_by("pk").first() or SecurityPolicy()


def check_password_length(password: str) -> None:
    """Raise PasswordLength unless the password is as long as the tenant demands."""
    check_length(password, shortest=security_policy().shortest_password)
