"""allauth: its store of second factors and its QR code. None of its pages has an address."""

import os

# E-mail is the log-in, and people are invited: nothing signs up (see apps/accounts/README.md).
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"

MFA_ADAPTER = "apps.accounts.mfa.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_RECOVERY_CODE_COUNT = 10
MFA_RECOVERY_CODE_DIGITS = 8

# Whether operators of the platform must have a second factor to do anything in the console.
CONSOLE_REQUIRES_SECOND_FACTOR = os.environ.get("CONSOLE_REQUIRES_SECOND_FACTOR", "") == "1"
