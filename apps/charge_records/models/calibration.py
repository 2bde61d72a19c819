"""What calibration law asks to be kept: signed records, checks of them, offered keys, links."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import LocationScoped
from apps.charge_records.choices import (
    KEY_SOURCE_CHOICES,
    OFFER_STATE_CHOICES,
    VERIFICATION_CAUSE_CHOICES,
    VERIFICATION_CHOICES,
)
from apps.charge_records.domain.offers import OfferState
from apps.charge_records.models.records import ChargeRecord
from apps.charge_records.models.sessions import ChargingSession
from apps.infrastructure.models import ChargePoint


class SignedRecord(LocationScoped):
    """One record that a meter signed for a session, taken out of its wrappings.

    The sampled value as it came stays in the meter values. `text` is the record: what stands
    between its pipes is untouched.
    """

    location_path = "session__station__location"

    session = models.ForeignKey(
        ChargingSession,
        on_delete=models.PROTECT,
        related_name="signed_records",
        verbose_name=_("charging session"),
        db_index=False,
    )
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    format = models.CharField(_("format"), max_length=20)
    text = models.TextField(_("record"))
    # Another session had the very same record before.
    is_reused = models.BooleanField(_("used before"), default=False)
    found_at = models.DateTimeField(_("found at"))

    class Meta:
        ordering = ["session", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "fingerprint"], name="signed_record_once_per_session"
            ),
            # Of two sessions with the same record the first one has it, however they race.
            models.UniqueConstraint(
                fields=["fingerprint"],
                condition=models.Q(is_reused=False),
                name="signed_record_used_once",
            ),
        ]
        default_permissions = ()
        verbose_name = _("signed record")
        verbose_name_plural = _("signed records")

    def __str__(self) -> str:
        return f"{self.format} {self.fingerprint[:12]}"


class VerificationRun(LocationScoped):
    """One check of a session's signed records; the database lets none be changed or deleted.

    Empty `key_fingerprint`: there was no readable key. `verification` is what the check came to,
    `reasons` and `warnings` the codes of `domain/ocmf/codes.py`.
    """

    location_path = "session__station__location"

    session = models.ForeignKey(
        ChargingSession,
        on_delete=models.PROTECT,
        related_name="verification_runs",
        verbose_name=_("charging session"),
        db_index=False,
    )
    ran_at = models.DateTimeField(_("checked at"))
    cause = models.CharField(_("cause"), max_length=20, choices=VERIFICATION_CAUSE_CHOICES)
    verification = models.CharField(_("result"), max_length=20, choices=VERIFICATION_CHOICES)
    reasons = models.JSONField(_("reasons"), default=list)
    warnings = models.JSONField(_("warnings"), default=list)
    meter_number = models.CharField(_("meter number"), max_length=64, blank=True)
    key_fingerprint = models.CharField(_("key fingerprint"), max_length=64, blank=True)
    records = models.PositiveIntegerField(_("signed records"))
    energy_wh = models.DecimalField(
        _("signed energy (Wh)"), max_digits=30, decimal_places=12, null=True
    )

    class Meta:
        ordering = ["session", "-ran_at", "-pk"]
        indexes = [models.Index(fields=["session", "-ran_at"], name="verification_run_by_session")]
        default_permissions = ()
        verbose_name = _("check of signed records")
        verbose_name_plural = _("checks of signed records")

    def __str__(self) -> str:
        return f"{self.session_id} {self.verification}"


class OfferedKey(LocationScoped):
    """A public key that a station named as its meter's; trusted only once a person confirmed it."""

    location_path = "charge_point__station__location"

    charge_point = models.ForeignKey(
        ChargePoint,
        on_delete=models.CASCADE,
        related_name="offered_keys",
        verbose_name=_("charge point"),
        db_index=False,
    )
    # SubjectPublicKeyInfo in hex, whatever notation it came in.
    public_key = models.TextField(_("public key"))
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    curve = models.CharField(_("curve"), max_length=20)
    source = models.CharField(_("source"), max_length=20, choices=KEY_SOURCE_CHOICES)
    # As the signed record that came along says; empty where none did.
    meter_number = models.CharField(_("meter number"), max_length=64, blank=True)
    state = models.CharField(
        _("state"), max_length=20, choices=OFFER_STATE_CHOICES, default=OfferState.OPEN.value
    )
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        ordering = ["charge_point", "-last_seen_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["charge_point", "fingerprint"], name="offered_key_once_per_charge_point"
            )
        ]
        default_permissions = ()
        verbose_name = _("offered public key")
        verbose_name_plural = _("offered public keys")

    def __str__(self) -> str:
        return f"{self.curve} {self.fingerprint[:12]}"


class CheckLink(LocationScoped):
    """A driver's way to the check of one record, without a log-in.

    Only the hash of its token is kept; whoever made the link saw it once.
    """

    location_path = "record__station__location"

    record = models.ForeignKey(
        ChargeRecord,
        on_delete=models.CASCADE,
        related_name="check_links",
        verbose_name=_("charge record"),
    )
    token_hash = models.CharField(_("token (hash)"), max_length=64, unique=True)
    created_at = models.DateTimeField(_("created at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        ordering = ["record", "-created_at"]
        default_permissions = ()
        verbose_name = _("link to a check")
        verbose_name_plural = _("links to checks")

    def __str__(self) -> str:
        return f"{self.record_id} {self.created_at:%Y-%m-%d}"
