"""Log-in, sessions, headers: what every environment shares; production adds HTTPS."""

import os

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE

from config.settings.concerns.environment import BASE_DIR

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False

# OWASP ASVS 5.0, 6.2: length, no composition rules, nothing like the name, no known passwords.
# `tools/known_passwords.py` made the list and says of what.
KNOWN_PASSWORDS = BASE_DIR / "fixtures" / "passwords" / "known.bin"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "first_name", "last_name")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "apps.accounts.services.password_rules.KnownPasswordValidator"},
    {"NAME": "apps.accounts.services.password_rules.ContextValidator"},
]

# Lock by user name in the tenant's own table: an address is shared by a whole office.
AXES_FAILURE_LIMIT = 10
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_USERNAME_CALLABLE = "apps.portal.login.counted_name"
AXES_COOLOFF_TIME = None
AXES_RESET_ON_SUCCESS = True
# What is refused already counts for nothing more.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_ENABLE_ADMIN = False
AXES_HANDLER = "apps.accounts.lockout.LockoutHandler"
AXES_LOCKOUT_CALLABLE = "apps.accounts.lockout.refusal"
AXES_CLIENT_IP_CALLABLE = "apps.core.addresses.client_address"
# The failures of an address in an hour are counted from this log.
AXES_ENABLE_ACCESS_FAILURE_LOG = True
# The audit trail tells of log-ins, and forgets them in time; nobody reads a second log.
AXES_DISABLE_ACCESS_LOG = True
FAILURES_PER_ADDRESS_AND_HOUR = 30
# How many proxies stand in front and write X-Forwarded-For; 0: the header counts for nothing.
PROXIES_IN_FRONT = int(os.environ.get("PROXIES_IN_FRONT", "0"))
AXES_VERBOSE = False
# What a refused log-in carried is kept without these.
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code", "credential"]

# Whether addresses that people type (of identity providers, say) may lead into a private network,
# then also without TLS. A provider inside the company needs it.
OUTBOUND_PRIVATE_ADDRESSES = os.environ.get("OUTBOUND_PRIVATE_ADDRESSES", "") == "1"

# How long the audit trail is kept. Contracts and tax law ask for years; the database lets no entry
# go within its first year, whatever stands here.
AUDIT_KEPT_DAYS = int(os.environ.get("AUDIT_KEPT_DAYS", "1095"))

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = False
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

# The theme's Alpine evaluates expressions and sets styles inline; no inline script is needed.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, UNSAFE_EVAL],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF, "ws:", "wss:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Files come in through forms that check them; a message of a charger is far smaller.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "import"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "export"
# The stock switch takes one "=" away and lets "==", "+", "-", "@" pass; ours escapes all of them.
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = False
IMPORT_EXPORT_TMP_STORAGE_CLASS = "import_export.tmp_storages.CacheStorage"
IMPORT_EXPORT_USE_TRANSACTIONS = True
