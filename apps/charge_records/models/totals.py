"""Roll-ups kept up to date by settlement, so that no page ever sums raw rows (CDR-07, CDR-09).

They stand at the charge point: a station that moves to another location takes them along like its
records, so that a number and the list behind it agree.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import LocationScoped
from apps.charge_records.choices import ERROR_CLASS_CHOICES
from apps.charge_records.domain.statuses import ErrorClass
from apps.infrastructure.models import ChargePoint, Station

ERROR_LABELS = dict(ERROR_CLASS_CHOICES)


def errors_of(error_class: ErrorClass) -> models.IntegerField:
    """Return the column of an error class; its name is the value of the class."""
    return models.IntegerField(ERROR_LABELS[error_class.value], default=0)


class DailyTotal(LocationScoped):
    """What the sessions and activations of a charge point came to on one local day.

    `charge_point` None: of a station with several, and nobody knows at which one. An activation
    counts as one error at most, in the class of its first error; no check keeps columns positive,
    for a change is added as a difference.
    """

    location_path = "station__location"

    station = models.ForeignKey(
        Station,
        on_delete=models.CASCADE,
        related_name="daily_totals",
        verbose_name=_("charging station"),
        db_index=False,
    )
    charge_point = models.ForeignKey(
        ChargePoint,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="daily_totals",
        verbose_name=_("charge point"),
    )
    day = models.DateField(_("day"))

    # Of charge records: plausible ones, and those that are left out.
    sessions = models.IntegerField(_("sessions"), default=0)
    implausible_sessions = models.IntegerField(_("implausible sessions"), default=0)
    energy_wh = models.BigIntegerField(_("energy (Wh)"), default=0)
    occupied_s = models.BigIntegerField(_("charging time (s)"), default=0)

    # Of activations that are over.
    activations = models.IntegerField(_("activations"), default=0)
    authorization_failures = models.IntegerField(
        ERROR_LABELS[ErrorClass.AUTHORIZATION_FAILED.value], default=0
    )
    counted_errors = models.IntegerField(_("errors"), default=0)
    no_charge_record = errors_of(ErrorClass.NO_CHARGE_RECORD)
    canceled = errors_of(ErrorClass.CANCELED)
    incomplete_record = errors_of(ErrorClass.INCOMPLETE_RECORD)
    energy_implausible = errors_of(ErrorClass.ENERGY_IMPLAUSIBLE)
    start_in_future = errors_of(ErrorClass.START_IN_FUTURE)
    negative_power = errors_of(ErrorClass.NEGATIVE_POWER)
    negative_energy = errors_of(ErrorClass.NEGATIVE_ENERGY)
    negative_duration = errors_of(ErrorClass.NEGATIVE_DURATION)
    power_implausible = errors_of(ErrorClass.POWER_IMPLAUSIBLE)
    no_calibration_law_compliance = errors_of(ErrorClass.NO_CALIBRATION_LAW_COMPLIANCE)
    others = errors_of(ErrorClass.OTHERS)

    class Meta:
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(
                fields=["station", "charge_point", "day"],
                nulls_distinct=False,
                name="daily_total_once",
            ),
        ]
        indexes = [models.Index(fields=["day"], name="daily_total_by_day")]
        verbose_name = _("daily total")
        verbose_name_plural = _("daily totals")

    def __str__(self) -> str:
        return f"{self.station_id} {self.charge_point_id} {self.day}"


class HourlyTotal(LocationScoped):
    """Plausible sessions and energy of a charge point by the local hour of the start.

    For the chart of today; old ones go.
    """

    location_path = "station__location"

    station = models.ForeignKey(
        Station,
        on_delete=models.CASCADE,
        related_name="hourly_totals",
        verbose_name=_("charging station"),
        db_index=False,
    )
    charge_point = models.ForeignKey(
        ChargePoint,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="hourly_totals",
        verbose_name=_("charge point"),
        db_index=False,
    )
    day = models.DateField(_("day"))
    hour = models.SmallIntegerField(_("hour"))
    sessions = models.IntegerField(_("sessions"), default=0)
    energy_wh = models.BigIntegerField(_("energy (Wh)"), default=0)

    class Meta:
        ordering = ["-day", "-hour"]
        constraints = [
            models.UniqueConstraint(
                fields=["station", "charge_point", "day", "hour"],
                nulls_distinct=False,
                name="hourly_total_once",
            ),
        ]
        indexes = [models.Index(fields=["day"], name="hourly_total_by_day")]
        verbose_name = _("hourly total")
        verbose_name_plural = _("hourly totals")

    def __str__(self) -> str:
        return f"{self.station_id} {self.charge_point_id} {self.day} {self.hour}"
