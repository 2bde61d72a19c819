"""Charge points (one vehicle at a time), their connectors and meters (INF-01, INF-18)."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import LocationScoped
from apps.core.models import TimeStamped
from apps.infrastructure.choices import (
    CHARGING_MODE_CHOICES,
    PORTAL_STATUS_CHOICES,
    ConnectorType,
    Current,
)
from apps.infrastructure.domain.charging_modes import ChargingMode
from apps.infrastructure.domain.statuses import PortalStatus
from apps.infrastructure.models.stations import Station


class ChargePoint(TimeStamped, LocationScoped):
    """One place to charge on a station."""

    location_path = "station__location"

    station = models.ForeignKey(
        Station,
        on_delete=models.PROTECT,
        related_name="charge_points",
        verbose_name=_("charging station"),
    )
    number = models.PositiveSmallIntegerField(_("number"), validators=[MinValueValidator(1)])
    charge_port_id = models.CharField(_("charge port ID"), max_length=64, unique=True)
    evse_id = models.CharField(_("EVSE-ID"), max_length=48, blank=True)
    ba_number = models.CharField(_("BA-number"), max_length=32, blank=True)
    current = models.CharField(
        _("current"), max_length=2, choices=Current.choices, default=Current.AC
    )
    charging_mode = models.PositiveSmallIntegerField(
        _("charging mode"), choices=CHARGING_MODE_CHOICES, default=ChargingMode.AC.value
    )
    voltage_v = models.PositiveIntegerField(_("voltage (V)"), null=True, blank=True)
    current_a = models.PositiveIntegerField(_("current (A)"), null=True, blank=True)
    phases = models.PositiveSmallIntegerField(_("phases"), null=True, blank=True)
    max_power_w = models.PositiveIntegerField(
        _("maximum charging power (W)"),
        help_text=_("Sessions that draw more than 110 percent of it on average are implausible."),
    )
    authentication_required = models.BooleanField(_("authentication"), default=True)
    is_under_calibration_law = models.BooleanField(
        _("calibration law"),
        null=True,
        blank=True,
        choices=[
            (None, _("By country and public key")),
            (True, _("Applies")),
            (False, _("Does not apply")),
        ],
        help_text=_("By rule it applies in Germany, where the meter has a public key or must."),
    )
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=PORTAL_STATUS_CHOICES,
        default=PortalStatus.NEEDS_SERVICE.value,
        db_index=True,
    )
    status_since = models.DateTimeField(_("status since"), null=True, blank=True)

    class Meta:
        ordering = ["station__charge_box_id", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["station", "number"], name="charge_point_number_unique_per_station"
            ),
            models.UniqueConstraint(
                fields=["evse_id"], condition=~models.Q(evse_id=""), name="evse_id_unique_when_set"
            ),
        ]
        permissions = [("export_chargepoint", _("Can export charge points"))]
        verbose_name = _("charge point")
        verbose_name_plural = _("charge points")

    def __str__(self) -> str:
        return self.charge_port_id


class Connector(LocationScoped):
    """A plug or socket; `number` is the connectorId of OCPP 1.6, unique on its station."""

    location_path = "charge_point__station__location"

    station = models.ForeignKey(
        Station,
        on_delete=models.PROTECT,
        related_name="connectors",
        verbose_name=_("charging station"),
    )
    charge_point = models.ForeignKey(
        ChargePoint,
        on_delete=models.PROTECT,
        related_name="connectors",
        verbose_name=_("charge point"),
    )
    number = models.PositiveIntegerField(_("connector number"))
    connector_type = models.CharField(
        _("type"), max_length=10, choices=ConnectorType.choices, default=ConnectorType.TYPE_2
    )
    # The word on the wire; empty until the station reports one.
    status = models.CharField(_("reported status"), max_length=64, blank=True)
    error_code = models.CharField(_("error"), max_length=255, blank=True)
    error_info = models.TextField(_("error information"), blank=True)
    vendor_error_code = models.CharField(_("manufacturer's error code"), max_length=255, blank=True)
    status_at = models.DateTimeField(_("reported at"), null=True, blank=True)

    class Meta:
        ordering = ["station", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["station", "number"], name="connector_number_unique_per_station"
            )
        ]
        verbose_name = _("connector")
        verbose_name_plural = _("connectors")

    def __str__(self) -> str:
        return f"{self.station.charge_box_id}/{self.number}"


class Meter(TimeStamped, LocationScoped):
    """Master data of the calibrated meter of a charge point; several over time after a swap."""

    location_path = "charge_point__station__location"

    charge_point = models.ForeignKey(
        ChargePoint, on_delete=models.PROTECT, related_name="meters", verbose_name=_("charge point")
    )
    meter_number = models.CharField(_("meter number"), max_length=64, blank=True)
    public_key = models.TextField(_("public key"), blank=True)
    calibrated_to = models.DateField(_("calibrated to"), null=True, blank=True)
    valid_from = models.DateTimeField(_("in use from"), null=True, blank=True)
    valid_to = models.DateTimeField(_("in use to"), null=True, blank=True)

    class Meta:
        ordering = ["charge_point", "-valid_from"]
        verbose_name = _("meter")
        verbose_name_plural = _("meters")

    def __str__(self) -> str:
        return self.meter_number or str(self.charge_point)
