"""What people keep of their lists: filters under a name, and what they chose last."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.bulk import WatchedQuerySet
from apps.core.models import TimeStamped

LONGEST_QUERY = 2000


class SavedView(TimeStamped):
    """A filter of a list under a name; without an owner it is everybody's in the tenant.

    `page` is the model that the list shows ("charge_records.chargerecord"), `query` the address's
    query without its question mark. A view holds no rows: whoever opens it sees what he may see.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="saved_views",
        verbose_name=_("portal user"),
    )
    page = models.CharField(_("list"), max_length=80)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filter"), max_length=LONGEST_QUERY)

    objects = WatchedQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "page", "name"], name="saved_view_once"),
            models.UniqueConstraint(
                fields=["page", "name"],
                condition=models.Q(owner=None),
                name="shared_view_once",
            ),
        ]
        # Everybody keeps own views; the right is about those that all see.
        default_permissions = ("change",)
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")

    def __str__(self) -> str:
        return self.name

    @property
    def is_shared(self) -> bool:
        return self.owner_id is None


class ListChoice(models.Model):
    """What a person chose on a list: the columns (none: as it is), and the view it begins with."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="list_choices"
    )
    page = models.CharField(max_length=80)
    columns = models.JSONField(default=list)
    first_view = models.ForeignKey(
        SavedView, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "page"], name="list_choice_once")]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id} {self.page}"
