"""Tenants and the hosts that lead to them (public schema)."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

from apps.core.bulk import WatchedQuerySet
from apps.core.models import TimeStamped
from apps.tenants.choices import TenantKind

SCHEMA_NAME = RegexValidator(
    r"^[a-z][a-z0-9_]{1,39}$",
    _("Use 2 to 40 small letters, digits and underscores, beginning with a letter."),
)

# No books have to be kept for longer (German Commercial Code, section 257: six to ten years).
MOST_ANALYSIS_YEARS = 10


class TenantQuerySet(WatchedQuerySet):
    def customers(self) -> "TenantQuerySet":
        """Return the business partners, without the platform's own schemas."""
        return self.filter(kind=TenantKind.CUSTOMER)


class HostQuerySet(WatchedQuerySet):
    def proven(self) -> "HostQuerySet":
        """Return the hosts that lead to a portal; the others wait for their proof."""
        return self.filter(proven_at__isnull=False)


class Tenant(TimeStamped, TenantMixin):  # type: ignore[django-manager-missing]
    """A business partner with a schema of its own; the schema is cloned from the template."""

    auto_create_schema = False

    schema_name = models.CharField(
        _("short name"),
        max_length=40,
        unique=True,
        validators=[SCHEMA_NAME],
        help_text=_("Names the schema; it cannot be changed later."),
    )
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(
        _("kind"), max_length=20, choices=TenantKind.choices, default=TenantKind.CUSTOMER
    )
    country = models.CharField(_("country"), max_length=2, default="DE")
    default_language = models.CharField(_("default language"), max_length=5, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Berlin")
    provider_ids = models.JSONField(
        _("provider ids"),
        default=list,
        blank=True,
        help_text=_("Country and provider id of the own contracts, for example DEVLT."),
    )
    is_suspended = models.BooleanField(_("suspended"), default=False)
    enforces_products = models.BooleanField(
        _("products are enforced"),
        default=True,
        help_text=_(
            "Off: what a missing product closes is only shown. On: stations without eOperate "
            "Professional refuse RFID cards and EMAIDs."
        ),
    )
    requires_second_factor = models.BooleanField(
        _("everybody needs a second factor"),
        default=False,
        help_text=_("Nobody works in the portal with a password alone."),
    )
    analysis_years = models.PositiveSmallIntegerField(
        _("years of analysis"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_ANALYSIS_YEARS)],
        help_text=_("Charge records are analysed and exported so many years back."),
    )
    delete_after = models.DateTimeField(
        _("to be deleted after"), null=True, blank=True, editable=False
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["schema_name"]
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")

    def __str__(self) -> str:
        return self.name


class Host(DomainMixin):
    """A host name (without port, in the form that DNS knows) that leads to a tenant's portal.

    Until it was seen to lead here (`proven_at`) it leads to nobody's. `proven_by`: who vouched for
    it, empty where it was seen.
    """

    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="domains", verbose_name=_("tenant")
    )
    domain = models.CharField(_("host name"), max_length=253, unique=True, db_index=True)
    is_primary = models.BooleanField(_("primary host"), default=True, db_index=True)
    proven_at = models.DateTimeField(_("proven at"), null=True, blank=True, editable=False)
    proven_by = models.CharField(_("vouched for by"), max_length=254, blank=True, editable=False)
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True, editable=False)
    check_failure = models.CharField(_("failure"), max_length=30, blank=True, editable=False)

    objects = HostQuerySet.as_manager()

    class Meta:
        ordering = ["domain"]
        verbose_name = _("host")
        verbose_name_plural = _("hosts")

    def __str__(self) -> str:
        return self.domain
