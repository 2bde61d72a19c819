"""The trail: one row for each thing done, written with it, never changed (ACC-07)."""

from typing import Any, ClassVar, Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.audit.choices import KIND_CHOICES, WAY_CHOICES


class EntryQuerySet(models.QuerySet["Entry"]):
    """Query set of the trail; the trigger of the table refuses what changes it."""

    def visible_to(self, user: Any, action: str = "view") -> Self:
        """Return what the user may read: the right first, then the user's locations.

        Whoever is limited to locations reads of what stands there; of a move, both ends count.
        """
        if not user.is_active or not user.has_perm(f"audit.{action}_entry"):
            return self.none()
        return self.at_locations_of(user)

    def at_locations_of(self, user: Any) -> Self:
        """Return the entries of the user's locations, whatever the user's rights."""
        if not getattr(user, "is_limited_to_locations", False):
            return self
        seen = user.seen_location_ids()
        came_from_seen = Q(moved_from_id=None) | Q(moved_from_id__in=seen)
        return self.filter(came_from_seen, location_id__in=seen)

    def about(self, obj: models.Model) -> Self:
        """Return the history of an object, with what is part of it."""
        label, key = obj._meta.label_lower, str(obj.pk)
        return self.filter(Q(model=label, object_id=key) | Q(part_of=f"{label}:{key}"))


class Entry(models.Model):
    """Who did what to which object, before and after, from where, by which way.

    Names stand here as they were: persons and objects may be gone, hence no foreign keys.
    `changes`: {field: [before, after]}; `details`: further facts, {"rows": 120, "format": "csv"}.
    """

    happened_at = models.DateTimeField(_("when"))
    kind = models.CharField(_("what"), max_length=20, choices=KIND_CHOICES)
    way = models.CharField(_("way"), max_length=20, choices=WAY_CHOICES)
    actor_id = models.BigIntegerField(_("person"), null=True, blank=True)
    actor_name = models.CharField(_("who"), max_length=254, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    agent = models.CharField(_("browser"), max_length=80, blank=True)
    model = models.CharField(_("kind of object"), max_length=100, blank=True)
    object_id = models.CharField(_("object"), max_length=64, blank=True)
    object_name = models.CharField(_("object"), max_length=200, blank=True)
    part_of = models.CharField(max_length=170, blank=True)
    location_id = models.BigIntegerField(_("location"), null=True, blank=True)
    moved_from_id = models.BigIntegerField(null=True, blank=True)
    changes = models.JSONField(
        _("before and after"), default=dict, blank=True, encoder=DjangoJSONEncoder
    )
    details = models.JSONField(_("details"), default=dict, blank=True, encoder=DjangoJSONEncoder)

    location_path: ClassVar[str] = "location_id"

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["-happened_at", "-pk"]
        default_permissions = ("view", "export")
        indexes = [
            models.Index(fields=["-happened_at", "-id"], name="audit_by_time"),
            models.Index(fields=["model", "object_id", "-happened_at"], name="audit_by_object"),
            models.Index(
                fields=["part_of", "-happened_at"],
                condition=~Q(part_of=""),
                name="audit_by_whole",
            ),
            models.Index(fields=["actor_id", "-happened_at"], name="audit_by_person"),
            models.Index(fields=["actor_name", "-happened_at"], name="audit_by_name"),
            models.Index(fields=["location_id", "-happened_at"], name="audit_by_location"),
            models.Index(fields=["kind", "-happened_at"], name="audit_by_kind"),
        ]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.object_name}"
