"""Labels and colours of activations, sessions and charge records."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.charge_records.domain.eka import Verification, VerificationCause
from apps.charge_records.domain.evaluation import EvaluationCause, Kept, Mark
from apps.charge_records.domain.offers import KeySource, OfferState
from apps.charge_records.domain.rates import Level
from apps.charge_records.domain.statuses import (
    ActivationState,
    BdrDetail,
    BdrMain,
    EkaStatus,
    ErrorClass,
    SessionState,
)
from apps.portal.badges import BAD, BUSY, GOOD, QUIET, WARN, Badge

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

VERIFICATION_CHOICES = [
    (Verification.PASSED.value, _("Passed")),
    (Verification.FAILED.value, _("Failed")),
    (Verification.NOT_POSSIBLE.value, _("Not possible")),
    (Verification.PENDING.value, _("Incomplete")),
]

VERIFICATION_CAUSE_CHOICES = [
    (VerificationCause.SETTLEMENT.value, _("Settlement")),
    (VerificationCause.WAITING.value, _("End of the waiting time")),
    (VerificationCause.KEY_SAVED.value, _("Meter data were saved")),
    (VerificationCause.BY_HAND.value, _("By hand")),
]

EVALUATION_CAUSE_CHOICES = [
    (EvaluationCause.SETTLEMENT.value, _("Settlement")),
    (EvaluationCause.WAITING.value, _("End of the waiting time")),
    (EvaluationCause.KEY_SAVED.value, _("Meter data were saved")),
    (EvaluationCause.BY_HAND.value, _("Check by hand")),
    (EvaluationCause.EXCLUDED.value, _("Excluded by hand")),
    (EvaluationCause.GOODWILL.value, _("Given as goodwill")),
    (EvaluationCause.TAKEN_BACK.value, _("Taken back")),
    (EvaluationCause.AGAIN.value, _("Evaluated again")),
    (EvaluationCause.EARLIER.value, _("Before the history was kept")),
]

MARK_CHOICES = [
    (Mark.MANUAL.value, _("Excluded by hand")),
    (Mark.GOODWILL.value, _("Goodwill")),
]

KEY_SOURCE_CHOICES = [
    (KeySource.MESSAGE.value, _("Beside a signed value")),
    (KeySource.RECORD.value, _("Inside a signed record")),
    (KeySource.CONFIGURATION.value, _("Parameter of the station")),
]

OFFER_STATE_CHOICES = [
    (OfferState.OPEN.value, _("To be confirmed")),
    (OfferState.CONFIRMED.value, _("Confirmed")),
    (OfferState.DISMISSED.value, _("Dismissed")),
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

LEVEL_CHOICES = [
    (Level.POINTS.value, _("Charge points")),
    (Level.STATIONS.value, _("Charging stations")),
    (Level.LOCATIONS.value, _("Locations")),
    (Level.ALL.value, _("All together")),
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
    NOT_ASSIGNED = (
        "not_assigned",
        _("eOperate Professional is not assigned to the charging station. An admin can assign it."),
    )
    NOT_BOOKED = (
        "not_booked",
        _("eOperate Professional is not booked. Ask the platform operator to book it."),
    )


class Tab(models.TextChoices):
    """From which side the records are seen: where was charged, or by which contract (CDR-01)."""

    CHARGE_POINT = "charge_point", _("Charge point")
    EMAID = "emaid", _("EMAID")


class Show(models.TextChoices):
    """How the records are shown."""

    LIST = "list", _("List")
    GRAPH = "graph", _("Graph")


class By(models.TextChoices):
    """What a bar of the graph stands for."""

    DAY = "day", _("Day")
    MONTH = "month", _("Month")
    HOUR = "hour", _("Hour of the day")
    LOCATION = "location", _("Location")


ACTIVATION_STATE_BADGES = {
    ActivationState.AUTHORIZED.value: Badge(_("Authorised"), "key", BUSY),
    ActivationState.REFUSED.value: Badge(_("Refused"), "block", WARN),
    ActivationState.CHARGING.value: Badge(_("Charging"), "bolt", BUSY),
    ActivationState.ENDED.value: Badge(_("Ended, receipt awaited"), "hourglass_top", BUSY),
    ActivationState.COMPLETED.value: Badge(_("Completed"), "check_circle", GOOD),
    ActivationState.FAILED.value: Badge(_("Failed"), "error", BAD),
}

BDR_MAIN_BADGES = {
    BdrMain.ERROR.value: Badge(_("Error"), "error", BAD),
    BdrMain.EXCLUSION.value: Badge(_("Exclusion"), "do_not_disturb_on", WARN),
    BdrMain.SUCCESSFUL_WITH_RESTRICTIONS.value: Badge(
        _("Successful with restrictions"), "check_circle", WARN
    ),
    BdrMain.SUCCESSFUL.value: Badge(_("Successful"), "check_circle", GOOD),
    BdrMain.UNKNOWN.value: Badge(_("Unknown"), "help", QUIET),
}

EKA_BADGES = {
    EkaStatus.OPEN.value: Badge(_("Open"), "hourglass_top", QUIET),
    EkaStatus.IRRELEVANT.value: Badge(_("Irrelevant"), "remove", QUIET),
    EkaStatus.VALID.value: Badge(_("Valid"), "verified", GOOD),
    EkaStatus.INVALID.value: Badge(_("Invalid"), "gpp_bad", BAD),
}

VERIFICATION_BADGES = {
    Verification.PASSED.value: Badge(_("Passed"), "verified", GOOD),
    Verification.FAILED.value: Badge(_("Failed"), "gpp_bad", BAD),
    Verification.NOT_POSSIBLE.value: Badge(_("Not possible"), "key_off", WARN),
    Verification.PENDING.value: Badge(_("Incomplete"), "hourglass_top", QUIET),
}

# What the main status means for the settlement (CDR-05).
BDR_MAIN_SENTENCES = {
    BdrMain.ERROR.value: _("The record is wrong and is not settled."),
    BdrMain.EXCLUSION.value: _("The record is left out of the settlement."),
    BdrMain.SUCCESSFUL_WITH_RESTRICTIONS.value: _("The record is complete, but is not billed."),
    BdrMain.SUCCESSFUL.value: _("The record is plausible and is settled automatically."),
    BdrMain.UNKNOWN.value: _("Something is still missing before the record can be judged."),
}

# Why the EKA of a record stays, whatever a check finds now (CDR-11).
KEPT_SENTENCES = {
    Kept.VALID: _(
        "EKA stays valid, with its signed energy: what calibration law allowed to bill stays so."
    ),
    Kept.IRRELEVANT: _(
        "EKA stays irrelevant: calibration law did not apply when the session was settled."
    ),
    Kept.INVALID: _("EKA stays invalid: that the law would not apply now makes nothing billable."),
}

# What had to be forgiven in a session's messages (OCP-07); other remarks are shown as they are.
FLAG_SENTENCES = {
    "time_unparsable": _("A time could not be read; the time of receipt stands in."),
    "time_missing": _("A time was missing; the time of receipt stands in."),
    "time_implausible": _("The clock of the charging station was wrong; its time is kept as sent."),
    "time_without_zone": _("A time came without a time zone; that of the location stands in."),
    "stop_conflicting": _("Another end came later with other values; the first one counts."),
}
