"""Charging stations: the devices with one OCPP connection (INF-01)."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Location, LocationScoped
from apps.core.models import TimeStamped
from apps.infrastructure.choices import (
    PASSWORD_CHANGE_CHOICES,
    STATION_STATE_CHOICES,
    Protocol,
    SecurityProfile,
)
from apps.infrastructure.domain.statuses import StationState

CHARGE_BOX_ID = RegexValidator(
    r"^[A-Za-z0-9*+_=|@.\-]{1,48}$",
    _("Use 1 to 48 letters, digits and the signs * + - _ = | @ . without blanks."),
)


class Station(TimeStamped, LocationScoped):
    """One charger. Its ids never change in the portal (INF-02); its key is a hash (INF-05)."""

    location_path = "location"

    charge_box_id = models.CharField(
        _("Chargebox ID"),
        max_length=48,
        validators=[CHARGE_BOX_ID],
        help_text=_("The last part of the address that the station dials."),
    )
    station_id = models.CharField(_("charging station ID"), max_length=48, blank=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="stations", verbose_name=_("location")
    )
    state = models.CharField(
        _("state"),
        max_length=20,
        choices=STATION_STATE_CHOICES,
        default=StationState.INSTALLED.value,
    )
    protocol = models.CharField(
        _("protocol"), max_length=10, choices=Protocol.choices, default=Protocol.OCPP_16
    )
    manufacturer = models.CharField(_("manufacturer"), max_length=100, blank=True)
    model = models.CharField(_("model"), max_length=100, blank=True)
    street = models.CharField(_("street"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, default="DE")
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = models.DecimalField(
        _("longitude"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    is_public = models.BooleanField(
        _("POI shown"),
        default=False,
        help_text=_("Shown: the position is published to drivers and map providers."),
    )
    password_hash = models.CharField(_("HTTP Basic password"), max_length=200, blank=True)
    password_set_at = models.DateTimeField(_("password set at"), null=True, blank=True)
    password_is_weak = models.BooleanField(_("short password"), default=False)
    # A new password on its way to the station; it opens the socket beside the present one.
    next_password_hash = models.CharField(max_length=200, blank=True, editable=False)
    next_password_is_weak = models.BooleanField(default=False, editable=False)
    password_change = models.CharField(
        _("last change of the password"),
        max_length=20,
        choices=PASSWORD_CHANGE_CHOICES,
        blank=True,
        editable=False,
    )
    password_command_id = models.BigIntegerField(null=True, editable=False)
    security_profile = models.PositiveSmallIntegerField(
        _("security profile"),
        choices=SecurityProfile.choices,
        default=SecurityProfile.ANY,
        help_text=_("A station that dials in any other way is refused."),
    )

    # What the station said of itself at its last boot; kept as sent, however long.
    reported_vendor = models.TextField(_("reported manufacturer"), blank=True)
    reported_model = models.TextField(_("reported model"), blank=True)
    serial_number = models.TextField(_("serial number"), blank=True)
    firmware_version = models.TextField(_("firmware version"), blank=True)
    iccid = models.TextField("ICCID", blank=True)
    imsi = models.TextField("IMSI", blank=True)
    last_boot_at = models.DateTimeField(_("last boot"), null=True, blank=True)
    firmware_status = models.CharField(_("firmware status"), max_length=64, blank=True)
    diagnostics_status = models.CharField(_("diagnostics status"), max_length=64, blank=True)
    # The word and error reported for connector 0: the station as a whole.
    reported_status = models.CharField(_("reported status"), max_length=64, blank=True)
    reported_error = models.CharField(_("reported error"), max_length=255, blank=True)

    class Meta:
        ordering = ["charge_box_id"]
        constraints = [
            models.UniqueConstraint(Upper("charge_box_id"), name="station_charge_box_id_unique"),
        ]
        permissions = [
            ("command_station", _("Can send commands to charging stations")),
            ("export_station", _("Can export charging stations")),
            ("import_station", _("Can import charging stations")),
            ("secure_station", _("Can set passwords and security of charging stations")),
        ]
        verbose_name = _("charging station")
        verbose_name_plural = _("charging stations")

    def __str__(self) -> str:
        return self.charge_box_id
