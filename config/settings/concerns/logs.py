"""Logs on standard error, one line an entry; ids only, no card numbers, no passwords."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "apps.core.logs.OneLineFormatter"},
    },
    "filters": {"redis_away": {"()": "apps.core.logs.RedisAwayFilter"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["redis_away"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "apps": {"level": "INFO"},
        "daphne": {"level": "WARNING"},
        "django.server": {"level": "WARNING", "propagate": True, "handlers": []},
        "axes": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
    },
}
