"""What only a worker can tell of the platform's health (public schema)."""

from django.db import models


class HealthReport(models.Model):
    """One row. Beat queues it, a worker writes it: its age is that of the whole chain."""

    reported_at = models.DateTimeField()
    mails_overdue = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.reported_at.isoformat()
