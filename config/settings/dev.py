"""One machine, plain HTTP: what `make run` uses."""

from config.settings.base import *  # noqa: F403

# With DEBUG every query is kept in memory; a portal that runs for weeks must not do that.
DEBUG = False
EMAIL_BACKEND = "apps.notifications.backends.MailFolder"
MAIL_FOLDER = str(DATA_DIR / "mails")
