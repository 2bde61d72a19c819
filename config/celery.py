"""Celery application; tasks are declared with `apps.core.tasks.tenant_task` or `platform_task`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

app = Celery("chargeyard")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
