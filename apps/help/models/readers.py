"""What a person has seen. In the public schema, beside what is read; a person is known by key."""

from django.db import models

from apps.help.models.malfunctions import Malfunction
from apps.tenants.models import Tenant


class Reader(models.Model):
    """When somebody of a tenant last looked at release notes and documents."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    user_id = models.BigIntegerField()
    release_seen = models.CharField(max_length=20, blank=True)
    documents_seen_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user_id"], name="help_reader_once")
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id}:{self.user_id}"


class Dismissal(models.Model):
    """Somebody put a banner away; it comes back with the next update."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    user_id = models.BigIntegerField()
    malfunction = models.ForeignKey(Malfunction, on_delete=models.CASCADE, related_name="+")
    dismissed_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "user_id", "malfunction"], name="help_dismissal_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id}:{self.user_id}:{self.malfunction_id}"
