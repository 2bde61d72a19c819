"""Labels and colours of activations, sessions and charge records."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.charge_records.domain.statuses import (
    ActivationState,
    BdrDetail,
    BdrMain,
    EkaStatus,
    ErrorClass,
    SessionState,
)

ACTIVATION_STATE_CHOICES = [
    (ActivationState.AUTHORIZED.value, _("Authorised")),
    (ActivationState.REFUSED.value, _("Refused")),
    (ActivationState.CHARGING.value, _("Charging")),
    (ActivationState.ENDED.value, _("Ended, receipt awaited")),
    (ActivationState.COMPLETED.value, _("Completed")),
    (ActivationState.FAILED.value, _("Failed")),
]

SESSION_STATE_CHOICES = [
    (SessionState.ACTIVE.value, _("Running")),
    (SessionState.HANGING.value, _("End missing")),
    (SessionState.ENDED.value, _("Ended")),
]

BDR_MAIN_CHOICES = [
    (BdrMain.ERROR.value, _("Error")),
    (BdrMain.EXCLUSION.value, _("Exclusion")),
    (BdrMain.SUCCESSFUL_WITH_RESTRICTIONS.value, _("Successful with restrictions")),
    (BdrMain.SUCCESSFUL.value, _("Successful")),
    (BdrMain.UNKNOWN.value, _("Unknown")),
]

BDR_DETAIL_CHOICES = [
    (BdrDetail.SESSION_DATA_EXISTS.value, _("Session data already exists")),
    (BdrDetail.EMP_UNKNOWN.value, _("EMP unknown")),
    (
        BdrDetail.START_IN_FUTURE.value,
        _("Charging session implausible, start time in the future"),
    ),
    (BdrDetail.NEGATIVE_DURATION.value, _("Negative session duration")),
    (BdrDetail.NEGATIVE_ENERGY.value, _("Negative energy consumption")),
    (BdrDetail.NEGATIVE_POWER.value, _("Negative charging power")),
    (BdrDetail.POWER_IMPLAUSIBLE.value, _("Power implausible for EVSE")),
    (BdrDetail.MANUAL.value, _("Manual")),
    (BdrDetail.GOODWILL.value, _("Goodwill")),
    (BdrDetail.CPO_VOUCHER.value, _("CPO voucher")),
    (BdrDetail.FAIR_MODE.value, _("Fair mode")),
    (BdrDetail.TRANSNATIONAL.value, _("Transnational charging (not supported)")),
    (BdrDetail.CONSUMPTION_TOO_LOW.value, _("Consumption too low")),
    (BdrDetail.CONSUMPTION_TOO_HIGH.value, _("Consumption too high")),
    (BdrDetail.DURATION_TOO_SHORT.value, _("Charging duration too short")),
    (BdrDetail.DURATION_TOO_LONG.value, _("Charging duration too long")),
    (BdrDetail.OWN_CHARGE.value, _("Own charge")),
    (BdrDetail.NO_CALIBRATION_LAW_COMPLIANCE.value, _("No calibration law compliance")),
]

EKA_CHOICES = [
    (EkaStatus.OPEN.value, _("Open")),
    (EkaStatus.IRRELEVANT.value, _("Irrelevant")),
    (EkaStatus.VALID.value, _("Valid")),
    (EkaStatus.INVALID.value, _("Invalid")),
]

ERROR_CLASS_CHOICES = [
    (ErrorClass.NO_CHARGE_RECORD.value, _("Charge port failed to provide charge record")),
    (ErrorClass.CANCELED.value, _("Canceled by EV driver or timeout")),
    (ErrorClass.INCOMPLETE_RECORD.value, _("Received incomplete charge record")),
    (
        ErrorClass.ENERGY_IMPLAUSIBLE.value,
        _("Amount of consumed energy too low or implausible"),
    ),
    (
        ErrorClass.START_IN_FUTURE.value,
        _("Charging session implausible, start time in the future"),
    ),
    (ErrorClass.NEGATIVE_POWER.value, _("Negative charging power")),
    (ErrorClass.NEGATIVE_ENERGY.value, _("Negative energy consumption")),
    (ErrorClass.NEGATIVE_DURATION.value, _("Negative session duration")),
    (ErrorClass.POWER_IMPLAUSIBLE.value, _("Power implausible for EVSE")),
    (ErrorClass.NO_CALIBRATION_LAW_COMPLIANCE.value, _("No calibration law compliance")),
    (ErrorClass.OTHERS.value, _("Others")),
    (ErrorClass.AUTHORIZATION_FAILED.value, _("Authorisation failed")),
]


class Medium(models.TextChoices):
    """With what a driver authenticated (CDR-02)."""

    RFID = "rfid", _("RFID card")
    EMAID = "emaid", _("EMAID")
    REMOTE = "remote", _("Remote start")
    FREE = "free", _("Without authentication")
    UNKNOWN = "unknown", _("Unknown")


class Refusal(models.TextChoices):
    """Why an activation was refused (ACL-03)."""

    UNKNOWN_CARD = "unknown_card", _("The card is not known.")
    BLOCKED = "blocked", _("The card is blocked.")
    EXPIRED = "expired", _("The card has expired.")
    CONCURRENT = "concurrent", _("The card is charging elsewhere.")
    NOT_IN_OPERATION = "not_in_operation", _("The charging station is not yet in operation.")
