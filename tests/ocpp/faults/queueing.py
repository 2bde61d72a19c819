"""Settings of the tests, but tasks are queued as they are on servers."""

from config.settings.test import *  # noqa: F403

CELERY_TASK_ALWAYS_EAGER = False
