"""What the tenant demands of its stations' passwords."""

from apps.infrastructure.selectors.security import security_policy
from apps.infrastructure.services.passwords import check_length


def check_password_length(password: str) -> None:
    """Raise PasswordLength unless the password is as long as the tenant demands."""
    check_length(password, shortest=security_policy().shortest_password)
