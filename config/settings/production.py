"""Production: HTTPS in front, secrets from the environment, hosts checked by the tenant table."""

import os

from config.settings.base import *  # noqa: F403

if not os.environ.get("SECRET_KEY"):
    raise RuntimeError("Set SECRET_KEY: production takes no generated key.")

# Former keys: what they signed and sealed stays good until they go from here.
SECRET_KEY_FALLBACKS = [key for key in os.environ.get("SECRET_KEY_FALLBACKS", "").split(",") if key]

EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "") == "1"

SITE_SCHEME = "https"

PROXIES_IN_FRONT = int(os.environ.get("PROXIES_IN_FRONT", "1"))
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
# A host is asked for its proof before it has a certificate; the proxy asks from within.
SECURE_REDIRECT_EXEMPT = [
    r"^healthz$",
    r"^device/",
    r"^\.well-known/chargeyard-host$",
    r"^certificate-wanted$",
]
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
