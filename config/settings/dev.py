"""One machine, plain HTTP: what `make run` uses."""

import os

from config.settings.base import *  # noqa: F403

# With DEBUG every query is kept in memory; a portal that runs for weeks must not do that.
DEBUG = False
EMAIL_BACKEND = "apps.notifications.backends.MailFolder"
SITE_PORT = os.environ.get("PORT") or "8000"
HOST_CHECK_PORT = int(SITE_PORT)
HOST_CHECK_INNER = True
# On one machine the identity provider stands there, too.
OUTBOUND_PRIVATE_ADDRESSES = os.environ.get("OUTBOUND_PRIVATE_ADDRESSES", "1") == "1"
MAIL_FOLDER = str(DATA_DIR / "mails")
