"""Tests: fast password hash, mail kept in memory, tasks run at once in the same thread."""

import os

from config.settings.base import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = os.environ.get(
    "TEST_EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend"
)
MAIL_FOLDER = os.environ.get("TEST_MAIL_FOLDER", str(DATA_DIR / "test-mails"))
OUTBOUND_PRIVATE_ADDRESSES = True
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
