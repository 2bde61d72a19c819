"""What of a tenant's schema goes into the archive that is handed out."""

import re

# Log-ins in progress, counters of wrong passwords and second factors are no data of the customer.
LEFT_OUT = re.compile(
    r"^(django_session|django_migrations|django_admin_log|axes_.*|mfa_authenticator)$"
)
SECRET_COLUMN = re.compile(r"passw|secret|token|private_key|recovery|sealed|_hash$", re.IGNORECASE)


def is_archived(table: str) -> bool:
    """Say whether the table goes into the archive."""
    return LEFT_OUT.match(table) is None


def secret_columns(columns: list[str]) -> list[str]:
    """Return the columns that stay out: hashes and secrets are of use to a thief only."""
    return [name for name in columns if SECRET_COLUMN.search(name)]
