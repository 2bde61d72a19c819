"""Security of the stations: what was noted, what the tenant demands, whose certificates count."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import LocationScoped
from apps.core.bulk import WatchedQuerySet
from apps.core.models import TimeStamped
from apps.infrastructure.choices import (
    CERTIFICATE_ORIGIN_CHOICES,
    CERTIFICATE_STATE_CHOICES,
    SECURITY_SOURCE_CHOICES,
)
from apps.infrastructure.domain.security import CertificateOrigin, CertificateState
from apps.infrastructure.models.commands import StationCommand
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
    """Whose signature makes a station's client certificate valid (security profile 3).

    One with a key is the tenant's own: it can sign requests itself, and revoke what it signed.
    """

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
    # Sealed (services/sealing.py); its name keeps it out of archives and of the trail.
    private_key_sealed = models.TextField(blank=True, editable=False)
    is_signing = models.BooleanField(_("signs requests"), default=False, editable=False)
    certificate_days = models.PositiveSmallIntegerField(
        _("validity of stations' certificates in days"),
        default=365,
        validators=[MinValueValidator(7), MaxValueValidator(1825)],
        help_text=_("They are renewed 30 days before their end."),
    )
    list_number = models.PositiveIntegerField(default=0, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)

    objects = WatchedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_signing"],
                condition=models.Q(is_signing=True),
                name="one_authority_signs",
            ),
        ]
        verbose_name = _("certificate authority")
        verbose_name_plural = _("certificate authorities")

    def __str__(self) -> str:
        return self.name

    @property
    def is_own(self) -> bool:
        """Say whether its key was made here, also where it was destroyed since."""
        return bool(self.private_key_sealed) or self.withdrawn_at is not None


class StationCertificate(LocationScoped):
    """A station's request for a client certificate, and the certificate that came of it."""

    location_path = "station__location"

    station = models.ForeignKey(
        Station,
        on_delete=models.CASCADE,
        related_name="certificates",
        verbose_name=_("charging station"),
        db_index=False,
    )
    state = models.CharField(
        _("state"),
        max_length=20,
        choices=CERTIFICATE_STATE_CHOICES,
        default=CertificateState.REQUESTED.value,
    )
    origin = models.CharField(
        _("asked for"),
        max_length=20,
        choices=CERTIFICATE_ORIGIN_CHOICES,
        default=CertificateOrigin.STATION.value,
    )
    # Who pressed "Renew now", or brought a certificate that somebody else had signed.
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    requested_at = models.DateTimeField(_("requested at"))
    # PEM as the station sent it; "" for a certificate that was entered without a request.
    request = models.TextField(_("certificate request"), blank=True)
    key_digest = models.CharField(max_length=64, db_index=True, editable=False)

    authority = models.ForeignKey(
        CertificateAuthority,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="certificates",
        verbose_name=_("certificate authority"),
    )
    # The whole chain as it is sent, the station's own first.
    chain = models.TextField(_("certificate"), blank=True)
    serial_number = models.CharField(_("serial number"), max_length=40, blank=True)
    subject = models.TextField(_("subject"), blank=True)
    fingerprint = models.CharField(_("SHA-256 fingerprint"), max_length=64, blank=True)
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    signed_at = models.DateTimeField(_("signed at"), null=True, blank=True)
    command = models.ForeignKey(
        StationCommand,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("command"),
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    renewal_asked_at = models.DateTimeField(_("renewal asked at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        ordering = ["-requested_at", "-pk"]
        indexes = [
            models.Index(fields=["station", "-requested_at"], name="certificate_by_station"),
            models.Index(fields=["state", "valid_until"], name="certificate_by_end"),
            models.Index(fields=["fingerprint"], name="certificate_by_fingerprint"),
        ]
        permissions = [("secure_stationcertificate", _("Can revoke certificates of stations"))]
        verbose_name = _("station certificate")
        verbose_name_plural = _("station certificates")

    def __str__(self) -> str:
        return self.serial_number or str(self.pk)
