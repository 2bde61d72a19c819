"""PostgreSQL: a server by DATABASE_URL, else the embedded one of this instance (DATA_DIR)."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from apps.core.silence import QuietConnection, QuietCursor
from config.settings.concerns.environment import DATA_DIR, DATABASE_URL

ENGINE = "django_tenants.postgresql_backend"

# How every connection of every process ends when PostgreSQL or the way to it is gone; options in
# DATABASE_URL win. Seconds, but tcp_user_timeout (unanswered TCP packets) in milliseconds.
LOST_AFTER = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
QUIET = {"connection_factory": QuietConnection, "cursor_factory": QuietCursor}


def from_url(url: str) -> dict[str, Any]:
    """Return Django's database settings for `postgres://user:password@host:port/name?option=value`.

    Raises ValueError with the remedy when the URL is of another kind.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ValueError(
            "DATABASE_URL must look like postgres://user:password@host:5432/name; "
            f"its scheme is {parts.scheme!r} and its path {parts.path!r}."
        )
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": ENGINE,
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }


def embedded() -> dict[str, Any]:
    """Start this instance's own PostgreSQL unless it runs, and return Django's settings for it."""
    from config.embedded_postgres import EmbeddedPostgres

    return {"ENGINE": ENGINE, **EmbeddedPostgres(DATA_DIR).ensure_started()}


def default_database() -> dict[str, Any]:
    """Return the settings of the one database; connections are kept for a minute."""
    database = from_url(DATABASE_URL) if DATABASE_URL else embedded()
    options = {**LOST_AFTER, **database.get("OPTIONS", {}), **QUIET}
    return {**database, "OPTIONS": options, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


DATABASES = {"default": default_database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
