"""Security of the stations: what was noted, what the tenant demands, whose certificates count."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import LocationScoped
from apps.core.bulk import WatchedQuerySet
from apps.core.models import TimeStamped
from apps.infrastructure.choices import SECURITY_SOURCE_CHOICES
from apps.infrastructure.models.stations import Station


class SecurityEvent(LocationScoped):
    """An event of the station's own security log, or a refusal of ours; the newest are kept."""

    location_path = "station__location"

    station = models.ForeignKey(
        Station,
        on_delete=models.CASCADE,
        related_name="security_events",
        verbose_name=_("charging station"),
        db_index=False,
    )
    source = models.CharField(_("source"), max_length=10, choices=SECURITY_SOURCE_CHOICES)
    # As sent, however long; of ours a word of OwnEvent.
    type = models.TextField(_("event"))
    detail = models.TextField(_("details"), blank=True)
    address = models.CharField(_("address"), max_length=64, blank=True)
    occurred_at = models.DateTimeField(_("time"))
    received_at = models.DateTimeField(_("received at"))
    count = models.PositiveIntegerField(_("how often"), default=1)

    class Meta:
        ordering = ["-received_at", "-pk"]
        indexes = [
            models.Index(fields=["station", "-received_at", "-id"], name="security_by_station"),
        ]
        verbose_name = _("security event")
        verbose_name_plural = _("security events")

    def __str__(self) -> str:
        return self.type


class SecurityPolicy(TimeStamped):
    """What the tenant demands of its stations; at most one row, without it the defaults hold."""

    shortest_password = models.PositiveSmallIntegerField(
        _("shortest chosen password"),
        default=8,
        validators=[MinValueValidator(8)],
        choices=[(8, _("8 characters")), (16, _("16 characters"))],
    )
    operator_name = models.CharField(
        _("operator in client certificates"),
        max_length=64,
        blank=True,
        help_text=_("The O of a station's certificate. Empty: the tenant's name."),
    )

    has_name = False
    """A tenant has one; the audit trail tells its kind alone."""

    objects = WatchedQuerySet.as_manager()

    class Meta:
        verbose_name = _("security policy")
        verbose_name_plural = _("security policy")

    def __str__(self) -> str:
        return str(_("Security policy"))


class CertificateAuthority(TimeStamped):
    """Whose signature makes a station's client certificate valid (security profile 3)."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    certificate = models.TextField(
        _("certificate"), help_text=_("PEM, beginning with -----BEGIN CERTIFICATE-----.")
    )
    revocation_list = models.TextField(
        _("revocation list"),
        blank=True,
        help_text=_("PEM, beginning with -----BEGIN X509 CRL-----; signed by this authority."),
    )
    is_trusted = models.BooleanField(_("trusted"), default=True)

    objects = WatchedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("certificate authority")
        verbose_name_plural = _("certificate authorities")

    def __str__(self) -> str:
        return self.name
