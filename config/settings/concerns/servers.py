"""Cache, channel layer and Celery: Redis where REDIS_URL is set, else inside the one process."""

import os
from pathlib import Path

from celery.schedules import crontab

from config.settings.concerns.environment import REDIS_URL

# Cached values never cross tenants: every key carries the schema.
CACHE_KEY_FUNCTION = "django_tenants.cache.make_key"

# Seconds. Redis only wakes and brokers, so nobody waits long for one that does not answer. Where a
# connection idles it is asked for a sign of life, so that a half-open one is found.
REDIS_LOST_AFTER = {
    "socket_timeout": 5,
    "socket_connect_timeout": 3,
    "health_check_interval": 10,
}

if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "chargeyard",
            "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
            "KEY_FUNCTION": CACHE_KEY_FUNCTION,
        }
    }
    CHANNEL_LAYERS = {
        "default": {
            # The pubsub layer: the queue-based one loses sockets after an outage of Redis.
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {
                "hosts": [{"address": REDIS_URL, **REDIS_LOST_AFTER}],
                "prefix": "chargeyard",
            },
        }
    }
    CELERY_BROKER_URL = REDIS_URL
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "KEY_FUNCTION": CACHE_KEY_FUNCTION,
        }
    }
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CELERY_BROKER_URL = "memory://localhost//"

ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 4
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "default"
# Never give up: a worker waits for its broker, however long that takes.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A task that a killed worker held comes again after visibility_timeout: longer than any task runs.
# The retries are those of one attempt to queue a task.
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "visibility_timeout": int(os.environ.get("TASK_VISIBILITY_TIMEOUT_S", "3600")),
        # Look for lost tasks every ten seconds, not at every tenth turn of that (kombu's default).
        "unacked_restore_throttle": 1,
        "max_retries": 1,
        "interval_start": 0,
        "interval_max": 1,
        **REDIS_LOST_AFTER,
    }
    if REDIS_URL
    else {}
)
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_ROUTES = {
    "infrastructure.commands.*": {"queue": "commands"},
    "jobs.run": {"queue": "exports"},
}
CELERY_BEAT_SCHEDULE = {
    "accounts-end-support": {"task": "accounts.end_support", "schedule": 60.0},
    "accounts-sweep-tenants": {"task": "accounts.sweep_tenants", "schedule": 3600.0},
    "audit-drop-old-entries": {
        "task": "audit.drop_old_entries_all",
        "schedule": crontab(hour="3", minute="20"),
    },
    "ocpp-drop-old-messages": {
        "task": "ocpp.drop_old_messages_all",
        "schedule": crontab(hour="3", minute="30"),
    },
    "charge-records-drop-old-samples": {
        "task": "charge_records.drop_old_samples_all",
        "schedule": crontab(hour="3", minute="40"),
    },
    "accounts-drop-old-sessions": {
        "task": "accounts.drop_old_sessions_all",
        "schedule": crontab(hour="3", minute="10"),
    },
    "accounts-handle-notices": {"task": "accounts.handle_notices_all", "schedule": 60.0},
    "notifications-deliver-due": {"task": "notifications.deliver_due_all", "schedule": 30.0},
    "help-report-health": {"task": "help.report_health", "schedule": 30.0},
    "jobs-tend": {"task": "jobs.tend_all", "schedule": 30.0},
    "charge-records-catch-up": {"task": "charge_records.catch_up_all", "schedule": 30.0},
    "ocpp-sweep-presence": {"task": "ocpp.sweep_presence", "schedule": 15.0},
    "infrastructure-expire-commands": {
        "task": "infrastructure.expire_commands_all",
        "schedule": 30.0,
    },
    "infrastructure-tend-certificates": {
        "task": "infrastructure.tend_certificates_all",
        "schedule": 300.0,
    },
}

# Who reads /metrics: the bearer of the token; without one, this machine only.
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")
# Whether the figures name tenants.
METRICS_TENANTS = os.environ.get("METRICS_TENANTS", "") == "1"
if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    Path(folder).mkdir(parents=True, exist_ok=True)
