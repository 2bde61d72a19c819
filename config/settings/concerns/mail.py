"""Mails: whom they come from, and how long a mail server may take."""

import os

# The platform's own address, the same for all tenants: SPF and DKIM speak for its domain. The name
# before it is the tenant's.
MAIL_FROM = os.environ.get("MAIL_FROM", "noreply@localhost.localdomain")
DEFAULT_FROM_EMAIL = MAIL_FROM
SERVER_EMAIL = MAIL_FROM
EMAIL_TIMEOUT = 20
# A folder into which mails are written instead of being sent; the console shows them. Empty: none.
MAIL_FOLDER = ""
