from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"

    def ready(self) -> None:
        from celery import current_app

        from apps.core import checks  # noqa: F401

        # Whoever queues a task needs its declaration, not only the worker.
        current_app.autodiscover_tasks(force=True)
